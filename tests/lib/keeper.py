"""Drives the real reeve-keeper in a temporary folder: its protocol, its processes, its end."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

KEEPER = os.environ.get("REEVE_KEEPER", "")

STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL = 0, 10, 20, 30, 40, 100, 200
HELLO, SET, REMOVE, START, STOP, RESTART, SIGNAL, ROTATE, LIST, SUBSCRIBE, UPGRADE, SHUTDOWN = range(1, 13)
ANSWER, REPORT, EVENTS, GAP = 100, 101, 102, 103
NEVER, UNEXPECTED, ALWAYS = 0, 1, 2
SUPERVISORD, BACKOFF_POLICY = 0, 1
SECOND = 10**9
SPEC_TAGS = {"uid": 4, "gid": 5, "umask": 7, "policy": 9, "autorestart": 10, "startsecs": 12,
             "startretries": 13, "stopwait": 14, "first_wait": 15, "longest_wait": 16, "budget": 18,
             "held_for": 20, "stop_signal": 21, "stop_as_group": 22, "kill_as_group": 23,
             "own_cgroup": 24, "merge": 25, "mark": 31}
REPORT_TAGS = {3: "name", 20: "uid", 21: "state", 22: "pid", 23: "incarnation", 24: "ends",
               25: "restarts", 26: "failures", 27: "started", 28: "ended", 29: "held_until",
               30: "status", 31: "known", 32: "trouble", 33: "reason", 34: "mark", 35: "started_mark"}
EVENT_TAGS = {51: "sequence", 52: "wall", 53: "slot", 54: "kind", 23: "incarnation", 20: "uid",
              21: "state", 22: "pid", 30: "status", 31: "known"}


def number(tag, value):
    return struct.pack("<HIq", tag, 8, value)


def text(tag, value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<HI", tag, len(data)) + data


def fields(data):
    at = 0
    while at < len(data):
        tag, length = struct.unpack_from("<HI", data, at)
        yield tag, data[at + 6:at + 6 + length]
        at += 6 + length


def value_of(tag, data):
    return data.decode(errors="replace") if tag in (3, 6, 7, 33) else struct.unpack("<q", data)[0]


def output(file, max_bytes=50 << 20, backups=10, ours=True):
    """`ours`: touched as the keeper, not as the program's user."""
    return text(28, str(file)) + number(29, max_bytes) + number(30, backups) + number(32, int(ours))


def spec(command, out="", err="", environment=None, directory="", exitcodes=(0,), groups=(),
         max_bytes=50 << 20, backups=10, ours=True, **numbers):
    """The bytes of a process' spec; `numbers` are the keys of SPEC_TAGS."""
    data = b"".join(text(1, word) for word in command)
    for name, value in (environment or {"PATH": os.environ["PATH"]}).items():
        data += text(2, f"{name}={value}")
    data += text(3, directory) + b"".join(number(11, code) for code in exitcodes)
    for name, value in {"startsecs": 0, "policy": SUPERVISORD, **numbers}.items():
        data += number(SPEC_TAGS[name], int(value))
    data += b"".join(number(6, group) for group in groups)
    return data + text(26, output(out, max_bytes, backups, ours)) + text(27, output(err, max_bytes, backups, ours))


class Refused(Exception):
    pass


class Client:
    """One connection. Events that come meanwhile gather in `events`."""

    def __init__(self, folder, patience=20):
        deadline = time.monotonic() + patience
        self.events, self.reports, self.gaps, self.answers, self.last_id = [], [], 0, {}, 0
        place = os.open(folder, os.O_PATH)
        try:
            while True:
                self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                self.socket.settimeout(patience)
                try:
                    self.socket.connect(f"/proc/self/fd/{place}/keeper.sock")
                    return
                except OSError:
                    self.socket.close()
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.002)
        finally:
            os.close(place)

    def close(self):
        self.socket.close()

    def wait_end(self):
        """It closes the connection when the last of its processes has ended."""
        while self.socket.recv(65536):
            pass

    def send(self, ask, name="", first=0, second=0, words="", fds=()):
        self.last_id += 1
        packet = number(1, ask) + number(2, self.last_id) + (text(3, name) if name else b"")
        packet += number(4, first) + number(5, second) + (text(6, words) if words else b"")
        socket.send_fds(self.socket, [packet], list(fds))
        return self.last_id

    def receive(self):
        packet = self.socket.recv(65536)
        if not packet:
            raise ConnectionError("the keeper has gone")
        every = list(fields(packet))
        kind = struct.unpack("<q", every[0][1])[0]
        if kind == ANSWER:
            found = {tag: value_of(tag, data) for tag, data in every}
            self.answers[found[2]] = found
        elif kind == REPORT:
            self.reports.append({name: value_of(tag, data) for tag, data in every
                                 for name in [REPORT_TAGS.get(tag)] if name})
        elif kind == EVENTS:
            self.events += [{EVENT_TAGS[tag]: value_of(tag, part) for tag, part in fields(data)}
                            for at, data in every if at == 50]
        elif kind == GAP:
            self.gaps += 1

    def wait_answer(self, wanted):
        while wanted not in self.answers:
            self.receive()
        found = self.answers.pop(wanted)
        if 7 in found:
            raise Refused(found[7])
        return found

    def ask(self, *words, **more):
        return self.wait_answer(self.send(*words, **more))

    def send_set(self, name, data, start=True):
        fd = os.memfd_create("spec", os.MFD_ALLOW_SEALING)
        try:
            os.write(fd, data)
            fcntl.fcntl(fd, 1033, 0x2 | 0x4 | 0x8)  # F_ADD_SEALS: shrink, grow, write
            return self.send(SET, name, int(start), fds=[fd])
        finally:
            os.close(fd)

    def set(self, name, data, start=True):
        return self.wait_answer(self.send_set(name, data, start))

    def list(self):
        self.reports = []
        self.ask(LIST)
        return {report["name"]: {**{key: 0 for key in REPORT_TAGS.values()}, **report}
                for report in self.reports}

    def one(self, name):
        return self.list()[name]

    def wait(self, name, said, seconds=20):
        """Waits until the report of `name` fits."""
        deadline = time.monotonic() + seconds
        while True:
            report = self.one(name)
            if said(report):
                return report
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} stays {report}")
            time.sleep(0.005)

    def wait_state(self, name, state, seconds=20):
        return self.wait(name, lambda report: report["state"] == state, seconds)


class Keeper:
    """A guardian and keeper of their own; ended, with all their programs, at the end of a `with`."""

    def __init__(self, program=None):
        self.program = program or KEEPER
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="reeve-keeper-"))
        self.folder = self.top / "keeper"
        self.guardian = None
        self.pids = set()

    def __enter__(self):
        self.start()
        return self

    def start(self):
        if self.guardian:
            self.said.close()
        self.said = open(self.top / "said", "ab")
        self.guardian = subprocess.Popen([self.program, str(self.folder)], stderr=self.said)
        self.folder_ready()

    def folder_ready(self):
        deadline = time.monotonic() + 10
        while not self.folder.exists():
            if time.monotonic() > deadline:
                raise TimeoutError((self.top / "said").read_text())
            time.sleep(0.002)

    def client(self):
        return Client(self.folder)

    def header(self):
        """(guardian, keeper) as the table says."""
        data = (self.folder / "table").read_bytes()[:4096]
        return struct.unpack_from("<ii", data, 64)

    @contextlib.contextmanager
    def talk(self):
        client = self.client()
        try:
            yield client
        finally:
            client.close()

    def log(self, name):
        return self.top / "logs" / f"{name}.log"

    def __exit__(self, *_):
        try:
            with self.talk() as client:
                programs = [report["pid"] for report in client.list().values() if report["pid"]]
                client.ask(SHUTDOWN, first=1)
            for pid in programs:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
        except (OSError, TimeoutError) as trouble:
            for pid in self.header():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            print("the keeper did not answer at the end:", trouble)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.guardian.wait(5)
        self.said.close()
        words = (self.top / "said").read_text(errors="replace")
        shutil.rmtree(self.top, ignore_errors=True)
        if "Sanitizer" in words or "runtime error" in words:
            raise AssertionError(words)
