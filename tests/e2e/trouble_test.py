"""Three machines and their manager, each in a network namespace, through the troubles of a real
network: packets dropped by nftables, a wire that is slow and loses some, a machine that gets another
address, a manager's address that is gone. Who is cut off keeps its list, whole; it is called down
only by the rule; afterwards it has the newest list alone, sent once."""
import json
import os
import threading
import time
import unittest

from lib.netns import ApiWithin, Switch, add_address, counted_bytes, ip, nft, why_not
from lib.reeve import (Agent, Background, Manager, ReeveTest, subscriber, wait_applied, wait_for, wait_node)

WHY_NOT = why_not()
NODES = ("near", "slow", "far")
ADDRESS = {"near": "10.77.0.2", "slow": "10.77.0.3", "far": "10.77.0.4"}
MANAGER, MANAGER_TOO = "10.77.0.1", "10.77.0.100"
LEASE, HEARTBEAT, GRACE = 15, 5, 60
# Finding out that the other side is gone, a try at an address that does not answer, a pause.
UNTIL_BACK = 60
HANDSHAKES = 40_000  # bytes that some connections and heartbeats take beside the lists


class Reader(Background):
    """Reads the files as apps do, all the time: what a node had once it never loses."""

    def __init__(self, paths):
        self.paths = paths
        self.faults = []
        self.newest = {}
        self.has_ended = threading.Event()
        super().__init__(self.read)

    def read(self):
        while not self.has_ended.wait(0.01):
            for name, path in self.paths.items():
                self.look(name, path)

    def look(self, name, path):
        try:
            weights = {one["weight"] for one in json.loads(path.read_text())}
        except FileNotFoundError:
            weights = set()
        except ValueError as broken:
            weights = {str(broken)}
        before = self.newest.get(name)
        if before is None and not weights:
            return
        if len(weights) != 1 or (before or 0) > min(weights):
            self.faults.append(f"{name} had list {before} and has {weights}")
        else:
            self.newest[name] = min(weights)

    def end(self):
        self.has_ended.set()
        self.finish()
        return self.faults


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Trouble(ReeveTest):
    def setUp(self):
        super().setUp()
        self.switch = Switch(self, "bad")
        self.spaces = {"manager": self.switch.plug("manager", f"{MANAGER}/24", f"{MANAGER_TOO}/24")}
        manager = Manager(self.folder / "manager", link_host="0.0.0.0", link_port=7701,
                          console_port=7700,
                          prefix=("ip", "netns", "exec", self.spaces["manager"]))
        self.started = time.monotonic()
        self.manager_ = self.own(manager).start()
        self.api = self.manager_.api = ApiWithin(self.spaces["manager"], manager.api)
        self.agents = {name: self.join(name) for name in NODES}
        self.reader = Reader({name: agent.list_path("pay") for name, agent in self.agents.items()})
        self.addCleanup(self.reader.end)

    def join(self, name):
        space = self.switch.plug(name, f"{ADDRESS[name]}/24",
                                 delay=0.1 if name == "slow" else None)
        self.spaces[name] = space
        nft(space, """table inet heard {
              counter link { }
              chain arrived { type filter hook input priority 10; tcp sport 7701 counter name link; }
            }""")
        if name == "slow":
            self.drop(space, "some", "iifname eth0 numgen random mod 100 < 2")
        agent = Agent(self.folder / name, f"{MANAGER},{MANAGER_TOO}", self.manager_.join_token(),
                      name, prefix=("ip", "netns", "exec", space))
        return self.own(agent).start()

    def drop(self, space, why, which):
        nft(space, f"""table inet {why} {{
              chain arriving {{ type filter hook input priority 0; {which} drop; }}
            }}""")

    def cut(self, name, manager=None):
        """From now on nothing comes through between the machine and the manager, or one address of
        it; where it would arrive it is dropped, and whoever sent it is not told."""
        own = f"ip saddr {manager}" if manager else "iifname eth0"
        there = f"ip daddr {manager}" if manager else "iifname eth0"
        self.drop(self.spaces[name], f"cut_{name}", own)
        self.drop(self.spaces["manager"], f"cut_{name}", f"{there} ip saddr {ADDRESS[name]}")

    def heal(self, name):
        for space in (name, "manager"):
            nft(self.spaces[space], f"delete table inet cut_{name}")

    def put_list(self, weight):
        """A list that is not sent in one packet; all its instances have the weight."""
        listed = [{"ip": f"10.0.{i // 250}.{i % 250 + 1}", "port": 8820, "weight": weight}
                  for i in range(500)]
        self.api.put("/services/pay", {"instances": listed,
                                       "subscriptions": [{"nodes": list(NODES)}]})

    def expect_list(self, weight, *names):
        for name in names:
            wait_applied(self.api, "pay", name)
            self.assertEqual(json.loads(self.agents[name].list_path("pay").read_text())[0]["weight"],
                             weight)

    def taken(self, name):
        return counted_bytes(self.spaces[name], "heard", "link")

    def connections(self, name):
        """How often its agent was welcomed."""
        return self.manager_.process.output().count(f"agent connected node={name} ")

    def seat(self, address):
        """The status of the machine in the service of all nodes; None if it is not there."""
        listed = self.api.get("/services/node_manager")["instances"]
        return next((one["status"] for one in listed if one["ip"] == address), None)

    def test_lists_survive_lost_packets_slow_wires_and_changing_addresses(self):
        size = self.learn_the_size_of_a_list()
        self.lose_packets_for_a_moment(size)
        self.cut("near")
        since = time.monotonic()
        taken = self.taken("near")
        self.put_list(3)
        self.cut("slow", MANAGER)
        self.move("far", "10.77.0.44")
        self.expect_another_manager("slow", MANAGER_TOO)
        for weight in (4, 5):
            self.put_list(weight)
            self.expect_list(weight, "slow", "far")
        self.expect_down("near", since, self.started + GRACE)
        self.assertEqual(self.reader.newest["near"], 2)

        self.heal("near")
        self.cut("far")
        since = time.monotonic()
        self.put_list(6)
        self.expect_up("near")
        self.expect_list(6, "near", "slow")
        self.assertLess(self.taken("near") - taken, 2 * size + HANDSHAKES)
        self.expect_down("far", since, since)
        self.heal("far")
        self.expect_up("far")
        self.expect_list(6, "far")
        self.expect_calm()

    def learn_the_size_of_a_list(self):
        """On the wire, as one node takes it."""
        for name in NODES:
            wait_node(self.api, name, "up")
        before = self.taken("near")
        self.put_list(1)
        self.expect_list(1, *NODES)
        return self.taken("near") - before

    def lose_packets_for_a_moment(self, size):
        """Less than a lease: nobody is told, and the connection lives."""
        before = self.taken("near")
        self.cut("near")
        self.put_list(2)
        self.expect_list(2, "slow", "far")
        self.assertEqual(subscriber(self.api, "pay", "near")["state"], "pending")
        self.heal("near")
        self.expect_list(2, "near")
        self.assertEqual(self.connections("near"), 1)
        self.assertLess(self.taken("near") - before, size * 1.5)

    def move(self, name, address):
        before, ADDRESS[name] = ADDRESS[name], address
        wait_for(lambda: self.seat(before) == "online", f"{name} in the service of all nodes")
        ip("-n", self.spaces[name], "addr", "del", f"{before}/24", "dev", "eth0")
        add_address(self.spaces[name], f"{address}/24")
        wait_for(lambda: self.api.get(f"/nodes/{name}")["address"].startswith(address + ":"),
                 f"{name} to come from {address}", UNTIL_BACK)
        wait_for(lambda: self.seat(address) == "online", "the service of all nodes to follow")
        self.assertIsNone(self.seat(before))

    def expect_another_manager(self, name, address):
        def is_there():
            link = self.agents[name].local_status()["manager"]
            return link["connected"] and link["address"].startswith(address)
        wait_for(is_there, f"{name} to be connected to {address}", UNTIL_BACK)

    def expect_down(self, name, since, earliest):
        """No word for the length of a lease, and the manager has been there for a while."""
        wait_node(self.api, name, "down", UNTIL_BACK + GRACE)
        now = time.monotonic()
        self.assertGreaterEqual(now, earliest)
        self.assertGreater(now - since, LEASE - HEARTBEAT - 1)
        self.assertEqual(subscriber(self.api, "pay", name)["state"], "down")
        wait_for(lambda: self.seat(ADDRESS[name]) == "offline", "the service of all nodes to follow")

    def expect_up(self, name):
        wait_node(self.api, name, "up", UNTIL_BACK)
        wait_for(lambda: self.seat(ADDRESS[name]) == "online", "the service of all nodes to follow")

    def expect_calm(self):
        """Nothing was lost on the way, and nobody came more often than the troubles were."""
        self.assertEqual(self.reader.end(), [])
        self.assertEqual(self.reader.newest, dict.fromkeys(NODES, 6))
        for name, most in (("near", 2), ("slow", 2), ("far", 3)):
            self.assertLessEqual(self.connections(name), most, name)
        self.assertEqual({one["state"] for one in self.api.get("/nodes")["items"]}, {"up"})


if __name__ == "__main__":
    unittest.main()
