"""Pushes by hand as an operator makes them, to three machines in network namespaces: a canary, all
of them while one is cut off, and back to what was before."""
import json
import unittest

from lib.netns import ApiWithin, Switch, nft, why_not
from lib.reeve import Agent, Manager, ReeveTest, instances, wait_for, wait_node

WHY_NOT = why_not()
CUT = """table inet cut {
  chain in { type filter hook input priority 0; policy drop; }
  chain out { type filter hook output priority 0; policy drop; }
}"""


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Pushes(ReeveTest):
    NODES = ("one", "two", "three")

    def setUp(self):
        super().setUp()
        self.switch = Switch(self, "push")
        self.namespaces = {"manager": self.switch.plug("manager", "10.77.0.1/24")}
        within = ("ip", "netns", "exec", self.namespaces["manager"])
        manager = Manager(self.folder / "manager", link_host="10.77.0.1", link_port=7701,
                          console_port=7700, prefix=within)
        self.manager = self.own(manager).start()
        self.api = ApiWithin(self.namespaces["manager"], manager.api)
        manager.api = self.api
        self.agents = {node: self.join(node, f"10.77.0.{last}/24")
                       for last, node in enumerate(self.NODES, 2)}
        for node in self.NODES:
            wait_node(self.api, node, "up")
        self.edit("10.0.0.1:80")

    def join(self, node, address):
        self.namespaces[node] = self.switch.plug(node, address)
        agent = Agent(self.folder / node, self.manager.link, self.manager.join_token(), node,
                      prefix=("ip", "netns", "exec", self.namespaces[node]))
        return self.own(agent).start()

    def cut_off(self, node):
        nft(self.namespaces[node], CUT)

    def mend(self, node):
        nft(self.namespaces[node], "delete table inet cut")

    def edit(self, *addresses):
        """A new revision; answers its number."""
        edited = self.api.put("/services/pay", {
            "push": "manual", "instances": instances(*addresses),
            "subscriptions": [{"nodes": list(self.NODES)}]})
        return edited["revision"]

    def push(self, verb="push", **asked):
        return self.api.post(f"/services/pay/{verb}", asked)["operation"]["uid"]

    def operation(self, uid):
        return self.api.get(f"/operations/{uid}")["operation"]

    def ended(self, uid):
        wait_for(lambda: self.operation(uid)["state"] != "running", f"operation {uid} ends")
        return self.operation(uid)

    def ports_on(self, node):
        """What apps on the machine read: the ports of the list, or nothing."""
        path = self.agents[node].list_path("pay")
        return [one["port"] for one in json.loads(path.read_text())] if path.exists() else None

    def subscriber(self, node):
        return self.api.get(f"/services/pay/subscribers/{node}")

    def test_canary_all_one_cut_off_and_rollback(self):
        for node in self.NODES:
            self.assertEqual(self.subscriber(node)["state"], "waiting")
            self.assertIsNone(self.ports_on(node))
        self.assertEqual(self.ended(self.push())["state"], "done")
        self.assertEqual([self.ports_on(node) for node in self.NODES], [[80]] * 3)

        newest = self.edit("10.0.0.1:80", "10.0.0.2:81")
        canary = self.ended(self.push(nodes=["one"]))
        self.assertEqual((canary["state"], canary["total"], canary["revision"]),
                         ("done", 1, newest))
        self.assertEqual([self.ports_on(node) for node in self.NODES], [[80, 81], [80], [80]])

        self.cut_off("three")
        to_all = self.push()
        wait_for(lambda: self.operation(to_all)["done"] == 2, "those who are there have it")
        self.assertEqual(self.operation(to_all)["state"], "running")
        self.assertEqual([self.ports_on(node) for node in self.NODES], [[80, 81], [80, 81], [80]])
        waits = {r["target"] for r in self.operation(to_all)["results"] if r["state"] == "running"}
        self.assertEqual(waits, {"three"})

        back = self.push("rollback", revision=newest - 1)
        wait_for(lambda: self.operation(back)["done"] == 2, "those who are there are back")
        self.assertEqual([self.ports_on(node) for node in self.NODES], [[80]] * 3)
        overtaken = self.ended(to_all)
        self.assertEqual(overtaken["state"], "cancelled")
        self.assertEqual([r["error"] for r in overtaken["results"] if r["target"] == "three"],
                         [f"revision {newest - 1} took its place"])

        self.mend("three")
        self.assertEqual(self.ended(back)["state"], "done")
        self.assertEqual(self.subscriber("three")["state"], "current")
        self.assertEqual(self.ports_on("three"), [80])

    def test_live_state_reaches_what_was_pushed_while_an_edit_waits(self):
        self.edit("10.0.0.1:80", "10.0.0.2:81")
        self.assertEqual(self.ended(self.push())["state"], "done")
        self.edit("10.0.0.1:80", "10.0.0.3:82")

        self.api.patch("/services/pay/instances/10.0.0.2:81", {"status": "offline"})

        def statuses():
            listed = json.loads(self.agents["two"].list_path("pay").read_text())
            return {one["port"]: one["status"] for one in listed}
        wait_for(lambda: statuses() == {80: "online", 81: "offline"}, "81 is offline on two")


if __name__ == "__main__":
    unittest.main()
