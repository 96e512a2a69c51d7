"""Agents in network namespaces of their own against a manager in a third, joined by a switch in a
fourth: what it takes for a machine to be cut off is a link that is set down. Nothing of it touches
the machine's own network."""
import ctypes
import json
import os
import shutil
import subprocess
import threading
import unittest

from lib.reeve import Api, Agent, Manager, ReeveTest, instances, subscriber, wait_applied, wait_node

CLONE_NEWNET = 0x40000000
# A manager declares no node down in its first minute; then a lease of 15 s has to pass.
UNTIL_DOWN = 120


def why_not():
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not shutil.which("ip"):
        return "ip is not installed (iproute2)"
    probe = f"reeve-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    if made.returncode != 0:
        return f"cannot make a network namespace: {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return None


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"ip {' '.join(arguments)}: {done.stderr}")


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

    def plug(self, word, *addresses):
        """A namespace with these addresses."""
        name = self._add(word)
        ip("-n", self.own, "link", "add", word, "type", "veth", "peer", "name", "eth0",
           "netns", name)
        ip("-n", self.own, "link", "set", word, "master", "br0", "up")
        for address in addresses:
            # Without waiting for somebody else to claim the address (IPv6).
            ip("-n", name, "addr", "add", address, "dev", "eth0",
               *(["nodad"] if ":" in address else []))
        ip("-n", name, "link", "set", "eth0", "up")
        return name

    def set_link(self, word, state):
        ip("-n", self.own, "link", "set", word, state)


def within(namespace, call):
    """What `call()` answers, made by a thread whose sockets are in the namespace."""
    outcome = {}

    def run():
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

    thread = threading.Thread(target=run)
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


WHY_NOT = why_not()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Namespaces(ReeveTest):
    def start(self, word, addresses, link):
        """A manager in a namespace, which agents reach at `link`."""
        self.switch = Switch(self, word)
        namespace = self.switch.plug("manager", *addresses)
        manager = Manager(self.folder / "manager", link_host=link, link_port=7701,
                          console_port=7700, prefix=("ip", "netns", "exec", namespace))
        self.manager_ = self.own(manager).start()
        self.api = self.manager_.api = ApiWithin(namespace, manager.api)

    def join(self, word, *addresses):
        namespace = self.switch.plug(word, *addresses)
        agent = Agent(self.folder / word, self.manager_.link, self.manager_.join_token(), word,
                      prefix=("ip", "netns", "exec", namespace))
        return self.own(agent).start()

    def put_list(self, weight, nodes):
        self.api.put("/services/pay", {"instances": instances("10.0.0.1:8820", weight=weight),
                                       "subscriptions": [{"nodes": nodes}]})

    def expect_list(self, agent, weight):
        wait_applied(self.api, "pay", agent.name)
        listed = json.loads(agent.list_path("pay").read_text())
        self.assertEqual([one["weight"] for one in listed], [weight])

    def test_lists_land_on_machines_and_one_cut_off_is_down_until_it_is_back(self):
        self.start("v4", ["10.77.0.1/24"], "10.77.0.1")
        near, far = self.join("near", "10.77.0.2/24"), self.join("far", "10.77.0.3/24")
        both = [near.name, far.name]
        self.put_list(1, both)
        for agent in (near, far):
            self.expect_list(agent, 1)
        self.assertTrue(self.api.get("/nodes/far")["address"].startswith("10.77.0.3"))

        self.switch.set_link("far", "down")
        self.put_list(2, both)
        self.expect_list(near, 2)
        wait_node(self.api, "far", "down", UNTIL_DOWN)
        self.assertEqual(subscriber(self.api, "pay", "far")["state"], "down")
        self.assertEqual(self.api.get("/nodes/near")["state"], "up")
        self.put_list(3, both)
        self.expect_list(near, 3)
        self.assertEqual(json.loads(far.list_path("pay").read_text())[0]["weight"], 1)

        self.switch.set_link("far", "up")
        wait_node(self.api, "far", "up")
        self.expect_list(far, 3)

    def test_ipv6_all_the_way(self):
        self.start("v6", ["fd00:77::1/64"], "[fd00:77::1]")
        agent = self.join("six", "fd00:77::2/64")
        self.api.put("/services/pay", {"instances": instances("[fd00:77::9]:8820"),
                                       "subscriptions": [{"nodes": ["six"]}]})
        wait_applied(self.api, "pay", "six")
        listed = json.loads(agent.list_path("pay").read_text())
        self.assertEqual(listed[0]["ip"], "fd00:77::9")
        self.assertTrue(self.api.get("/nodes/six")["address"].startswith("[fd00:77::2]"))


if __name__ == "__main__":
    unittest.main()
