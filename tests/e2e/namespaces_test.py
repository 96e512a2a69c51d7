"""A machine and its manager in network namespaces, joined by a switch in another: addresses that
loopback does not have."""
import json
import unittest

from lib.netns import ApiWithin, Switch, why_not
from lib.reeve import Agent, Manager, ReeveTest, instances, wait_applied

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
