"""Machines of a test as network namespaces, joined by a switch in one of its own: nothing of it
touches the machine's own network. Packets that nftables drops and wires that carry every frame late
make the trouble."""
import collections
import ctypes
import fcntl
import json
import os
import select
import shutil
import socket
import struct
import subprocess
import threading
import time

from lib.reeve import Api, Background

CLONE_NEWNET = 0x40000000


def why_not():
    """Why namespaces cannot be had here; None where they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not shutil.which("ip"):
        return "ip is not installed (iproute2)"
    probe = f"reeve-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    if made.returncode != 0:
        return f"cannot make a network namespace: {made.stderr.strip()}"
    # In a chroot whose root is no mount point, they can be made but not entered.
    entered = subprocess.run(["ip", "-n", probe, "link", "show", "lo"], capture_output=True, text=True)
    subprocess.run(["ip", "netns", "del", probe], check=True)
    if entered.returncode != 0:
        return f"cannot enter a network namespace: {entered.stderr.strip()}"
    return None


def run(*words, stdin=None):
    done = subprocess.run(words, input=stdin, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def ip(*arguments):
    return run("ip", *arguments)


def add_address(namespace, address):
    # Without waiting for somebody else to claim the address (IPv6).
    ip("-n", namespace, "addr", "add", address, "dev", "eth0",
       *(["nodad"] if ":" in address else []))


def nft(namespace, rules):
    """Rules in the language of nft(8), in the namespace."""
    return run("ip", "netns", "exec", namespace, "nft", "-f", "-", stdin=rules)


def within(namespace, call):
    """What `call()` answers, made by a thread whose sockets are in the namespace."""
    outcome = {}

    def run_there():
        try:
            handle = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"enter {namespace}")
            finally:
                os.close(handle)
            outcome["value"] = call()
        except BaseException as failure:  # handed to the caller, whatever it is
            outcome["failure"] = failure

    thread = threading.Thread(target=run_there)
    thread.start()
    thread.join()
    if "failure" in outcome:
        raise outcome["failure"]
    return outcome["value"]


class ApiWithin(Api):
    """The API of a manager that listens in a namespace."""

    def __init__(self, namespace, api):
        super().__init__(api.url, api.token)
        self.namespace = namespace

    def raw(self, *arguments, **kw):
        return within(self.namespace, lambda: Api.raw(self, *arguments, **kw))


class Switch:
    """A namespace with a bridge, and namespaces that each have `eth0` plugged into it."""

    def __init__(self, test, word):
        self.prefix = f"reeve-{os.getpid()}-{word}"
        self.test = test
        self.own = self._add("switch")
        ip("-n", self.own, "link", "add", "br0", "type", "bridge")
        ip("-n", self.own, "link", "set", "br0", "up")

    def _add(self, word):
        name = f"{self.prefix}-{word}"
        ip("netns", "add", name)
        self.test.addCleanup(subprocess.run, ["ip", "netns", "del", name], capture_output=True)
        ip("-n", name, "link", "set", "lo", "up")
        return name

    def plug(self, word, *addresses, delay=None):
        """A namespace with these addresses; with a `delay` every frame takes so many seconds more,
        each way."""
        name = self._add(word)
        ip("-n", self.own, "link", "add", word, "type", "veth", "peer", "name", "eth0",
           "netns", name)
        if delay is None:
            ip("-n", self.own, "link", "set", word, "master", "br0", "up")
        else:
            ip("-n", self.own, "link", "set", word, "up")
            self._lay_slow_wire(word, delay)
        for address in addresses:
            add_address(name, address)
        ip("-n", name, "link", "set", "eth0", "up")
        without_offload(name)
        return name

    def _lay_slow_wire(self, word, delay):
        """From the machine's end to a plug of its own in the bridge."""
        end, plug = f"{word}-wire", f"{word}-plug"
        ip("-n", self.own, "link", "add", end, "type", "veth", "peer", "name", plug)
        ip("-n", self.own, "link", "set", end, "up")
        ip("-n", self.own, "link", "set", plug, "master", "br0", "up")
        self.test.addCleanup(SlowWire(self.own, word, end, delay).close)


class SlowWire:
    """Carries the frames of two interfaces to each other, each so many seconds late, in order."""

    def __init__(self, namespace, left, right, delay):
        self.delay = delay
        self.ends = within(namespace, lambda: [packet_socket(left), packet_socket(right)])
        self.under_way = collections.deque()  # (due, where to, frame)
        self.ending, self.end = socket.socketpair()
        self.thread = Background(self._carry)

    def close(self):
        self.end.close()
        try:
            self.thread.finish()
        finally:
            for one in (*self.ends, self.ending):
                one.close()

    def _carry(self):
        while True:
            pause = max(0, self.under_way[0][0] - time.monotonic()) if self.under_way else None
            ready, _, _ = select.select([*self.ends, self.ending], [], [], pause)
            if self.ending in ready:
                return
            for end in ready:
                self._take(end)
            while self.under_way and self.under_way[0][0] <= time.monotonic():
                _, to, frame = self.under_way.popleft()
                to.send(frame)

    def _take(self, end):
        frame, where = end.recvfrom(65536)
        if where[2] == socket.PACKET_OUTGOING:  # what we sent ourselves
            return
        other = self.ends[1 - self.ends.index(end)]
        self.under_way.append((time.monotonic() + self.delay, other, frame))


def packet_socket(interface):
    every_protocol = 0x0003
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(every_protocol))
    made.bind((interface, every_protocol))
    return made


def without_offload(namespace):
    """Lets eth0 write the checksums and cut the packets that a real card would: a wire in user
    space carries them as they are."""
    ethtool, set_checksums, size = 0x8946, 0x17, struct.calcsize("16sP")  # linux/ethtool.h
    wish = ctypes.create_string_buffer(struct.pack("II", set_checksums, 0))
    request = struct.pack("16sP", b"eth0", ctypes.addressof(wish)).ljust(max(size, 40), b"\0")

    def ask():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
            fcntl.ioctl(handle, ethtool, request)
    within(namespace, ask)


def counted_bytes(namespace, table, counter):
    listed = json.loads(run("ip", "netns", "exec", namespace, "nft", "-j", "list", "counter", "inet",
                            table, counter))
    return next(item["counter"]["bytes"] for item in listed["nftables"] if "counter" in item)
