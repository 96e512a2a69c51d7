"""Machines that may not join, and certificates of others. Each is refused with a sentence that says
what to do, and the refusal is in the audit log."""
import re
import ssl
import unittest

from lib.pressure import connect, head, host_and_port, status_of
from lib.reeve import Agent, ReeveTest, instances, wait_applied, wait_for, wait_node


class Join(ReeveTest):
    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.api = self.manager_.api

    def refused(self, name, token, *options):
        """What an agent says that tried to join and gave up."""
        data = self.folder / f"agent-{len(self.roles)}"
        agent = self.own(Agent(data, self.manager_.link, token, name, *options)).start()
        wait_for(lambda: not agent.process.is_running(), "the agent to give up")
        said = agent.process.output()
        self.assertEqual(agent.process.popen.returncode, 1, said)
        self.assertFalse((data / "agent/identity.json").exists())
        # One sentence to the person who started it, after whatever it logged.
        sentence = said.strip().splitlines()[-1]
        self.assertTrue(sentence.startswith("reeve: "), said)
        return sentence

    def expect_audited(self, action, words, object=None):
        def entries():
            return [entry for entry in self.api.get("/audit")["items"]
                    if entry["action"] == action and entry["refused"] and words in entry["why"]
                    and object in (None, entry["object"])]
        entry = wait_for(entries, f"a refused {action} in the audit log that says {words!r}, it has "
                         f"{self.api.get('/audit')['items'][:3]}")[0]
        self.assertEqual(entry["from"], "127.0.0.1")
        return entry

    def expect_no_node(self):
        self.assertEqual(self.api.get("/nodes")["items"], [])

    def test_a_malformed_token(self):
        for token in ("secret", "0" * 64, "g" * 64 + "." + "0" * 64):
            sentence = self.refused("web-1", token)
            self.assertIn("64 hexadecimal digits", sentence)
            self.assertNotIn(token, sentence, "a token is a secret")
        self.expect_no_node()

    def test_a_wrong_token(self):
        good = self.manager_.join_token()
        wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
        sentence = self.refused("web-1", wrong)
        self.assertIn("not known", sentence)
        self.assertIn("reeve join-token create", sentence)
        self.expect_audited("node.join", "not known", "node/web-1")
        self.expect_no_node()

    def test_a_token_of_another_cluster(self):
        other = self.manager(name="other")
        sentence = self.refused("web-1", other.join_token())
        self.assertRegex(sentence, "CA|certificate")
        self.expect_no_node()

    def test_a_token_that_is_used_up(self):
        token = self.manager_.join_token(uses=1)
        self.agent(self.manager_, "web-1", token=token)
        wait_node(self.api, "web-1", "up")
        sentence = self.refused("web-2", token)
        self.assertIn("used up", sentence)
        self.expect_audited("node.join", "used up", "node/web-2")
        self.assertEqual([node["name"] for node in self.api.get("/nodes")["items"]], ["web-1"])

    def test_a_token_whose_time_is_over(self):
        token = self.manager_.join_token(lifetime="1ms")
        sentence = self.refused("web-1", token)
        self.assertIn("was good until", sentence)
        self.expect_audited("node.join", "was good until", "node/web-1")
        self.expect_no_node()

    def test_a_token_that_was_removed(self):
        made = self.api.post("/join-tokens", {"unlimited": True})
        self.api.delete(f"/join-tokens/{made['uid']}")
        self.assertIn("not known", self.refused("web-1", made["token"]))

    def test_a_name_that_is_taken(self):
        self.agent(self.manager_, "web-1")
        wait_node(self.api, "web-1", "up")
        for name in ("web-1", "WEB-1"):
            sentence = self.refused(name, self.manager_.join_token())
            self.assertIn("web-1", sentence)
            self.assertIn("--name", sentence)
        self.expect_audited("node.join", "enrolled", "node/web-1")
        self.assertEqual(len(self.api.get("/nodes")["items"]), 1)

    def test_a_name_that_is_none(self):
        sentence = self.refused("web 1", self.manager_.join_token())
        self.assertIn("web 1", sentence)
        self.expect_no_node()

    def test_joining_needs_a_token_and_an_address(self):
        agent = self.own(Agent(self.folder / "lost", self.manager_.link, "x", "web-1"))
        for missing, word in (("--join", "join"), ("--manager", "manager")):
            at = agent.arguments.index(missing)
            arguments = agent.arguments[:at] + agent.arguments[at + 2:]
            lost = Agent(self.folder / f"lost{missing}", "", "", "web-1")
            lost.arguments = arguments
            self.own(lost).start()
            self.assertEqual(lost.process.popen.wait(30), 1)
            self.assertIn(word, lost.process.output())


class Strangers(ReeveTest):
    """Certificates that are good elsewhere."""

    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.other = self.manager(name="other")

    def hand_shake(self, manager, agent_folder):
        """The answer to /link with an agent's own key and certificate; b"" where TLS ended it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(agent_folder / "cert.pem", agent_folder / "key.pem")
        try:
            with context.wrap_socket(connect(host_and_port(manager.link))) as connection:
                connection.sendall(head("GET", "/link", Connection="Upgrade", Upgrade="websocket",
                                        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
                                        Sec_WebSocket_Version="13"))
                return connection.recv(65536)
        except (ssl.SSLError, ConnectionError):
            return b""

    def refusals(self, api):
        return [entry for entry in api.get("/audit")["items"]
                if entry["action"] == "link.connect" and entry["refused"]]

    def test_a_certificate_of_another_ca(self):
        agent = self.agent(self.other, "web-1")
        wait_node(self.other.api, "web-1", "up")
        self.assertEqual(self.hand_shake(self.manager_, agent.data / "agent"), b"")
        entry = wait_for(lambda: self.refusals(self.manager_.api), "the refusal to be audited")[0]
        self.assertEqual(entry["from"], "127.0.0.1")
        self.assertRegex(entry["why"], "certificate")
        self.assertEqual(self.manager_.api.get("/nodes")["items"], [])

    def test_an_agent_led_to_another_cluster_stays_with_its_own(self):
        agent = self.agent(self.other, "web-1")
        self.other.api.put("/services/pay", {"instances": instances("10.0.0.1:80"),
                                             "subscriptions": [{"nodes": ["web-1"]}]})
        wait_applied(self.other.api, "pay", "web-1")
        agent.stop()
        self.manager_.api.put("/services/pay", {"instances": instances("10.0.0.2:80"),
                                                "subscriptions": [{"nodes": ["web-1"]}]})
        at = agent.arguments.index("--manager")
        agent.arguments[at + 1] = self.manager_.link
        agent.start()
        said = wait_for(lambda: re.search("not connected to the manager.*", agent.process.output()),
                        "the agent to say why it does not connect")[0]
        self.assertRegex(said, "certificate|CA")
        self.assertIn("10.0.0.1", agent.list_path("pay").read_text())
        agent.stop()

    def test_a_node_that_was_removed(self):
        agent = self.agent(self.manager_, "web-1")
        wait_node(self.manager_.api, "web-1", "up")
        self.manager_.api.delete("/nodes/web-1")
        wait_for(lambda: "was removed" in agent.process.output(), "the agent to be told")
        answer = self.hand_shake(self.manager_, agent.data / "agent")
        self.assertEqual(status_of(answer), 403, answer)
        entry = wait_for(lambda: self.refusals(self.manager_.api), "the refusal to be audited")[0]
        self.assertIn("not enrolled", entry["why"])


if __name__ == "__main__":
    unittest.main()
