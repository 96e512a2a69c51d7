"""Machines that may not join, and certificates of others. Each is refused with a sentence that says
what to do, and the refusal is in the audit log."""
import contextlib
import functools
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest

from lib.pressure import connect, head, host_and_port, status_of
from lib.reeve import (Agent, Api, ApiError, Background, ReeveTest, free_port, instances,
                       wait_applied, wait_for, wait_node)


def connections(agent):
    """How often it was welcomed, in all its starts."""
    return len(re.findall(r"info +connected to the manager", agent.process.output()))


class Capture:
    """Stands between an agent and its manager, and keeps what the agent sends on each connection."""

    def __init__(self, link):
        self.link = host_and_port(link)
        self.sent = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]

    def __enter__(self):
        self.threads = [Background(self.accept)]
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # ends the accept; the agent has ended before
        for thread in self.threads:
            thread.finish()
        self.listener.close()

    def accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            far = connect(self.link)
            self.sent.append(b"")
            at = len(self.sent) - 1
            for source, sink, keeps in ((near, far, at), (far, near, None)):
                self.threads.append(Background(functools.partial(self.pump, source, sink, keeps)))

    def pump(self, source, sink, keeps):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if keeps is not None:
                    self.sent[keeps] += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def replay(self, data):
        """What the manager answers to these bytes."""
        answer = b""
        with connect(self.link) as connection, contextlib.suppress(OSError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                answer += part
        return answer


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

    def test_a_token_for_other_names(self):
        token = self.manager_.join_token(unlimited=True, name_pattern="web-*")
        sentence = self.refused("db-1", token)
        self.assertIn("web-*", sentence)
        self.expect_audited("node.join", "names like", "node/db-1")
        self.agent(self.manager_, "web-1", token=token)
        wait_node(self.api, "web-1", "up")

    def test_another_machine_in_the_place_of_a_node(self):
        old = self.agent(self.manager_, "web-1")
        before = wait_node(self.api, "web-1", "up")
        token = self.manager_.join_token(node="WEB-1")
        self.assertIn("takes the place", self.refused("web-2", token))
        new = self.own(Agent(self.folder / "new", self.manager_.link, token, "web-1")).start()
        wait_for(lambda: "another machine has taken the place" in old.process.output(),
                 "the old machine to be told")
        wait_for(lambda: connections(new) == 1, "the new one")
        after = wait_node(self.api, "web-1", "up")
        self.assertEqual(after["uid"], before["uid"])
        with self.assertRaises(ApiError) as none:
            self.manager_.join_token(node="web-9")
        self.assertEqual(none.exception.field, "/node")

    def test_a_token_replayed_from_a_capture(self):
        with Capture(self.manager_.link) as capture:
            token = self.manager_.join_token(uses=1)
            agent = self.own(Agent(self.folder / "tapped", capture.address, token, "web-1")).start()
            wait_node(self.api, "web-1", "up")
            agent.stop()
        sent = capture.sent[0]
        self.assertGreater(len(sent), 500)
        self.assertNotIn(token.split(".")[1].encode(), sent)
        # The bytes again: whoever has no more than those gets nothing.
        answer = capture.replay(sent)
        self.assertNotIn(b"certificate", answer)
        entry = self.expect_audited("link.connect", "", "link")
        self.assertRegex(entry["why"], "TLS|handshake|record|certificate")
        # The token itself, as of a machine that was broken into: by another key, under either name.
        for name in ("web-1", "web-2"):
            self.refused(name, token)
        self.expect_audited("node.join", "", "node/web-1")
        self.assertEqual([node["name"] for node in self.api.get("/nodes")["items"]], ["web-1"])

    def test_a_looping_joiner_does_not_fill_the_audit(self):
        for _ in range(5):
            self.refused("web-1", "0" * 64 + "." + "0" * 64)
        refused = [entry for entry in self.api.get("/audit")["items"] if entry["refused"]]
        self.assertLessEqual(len(refused), 2, refused)

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


class ShutOut(ReeveTest):
    """How those who are shut out are seen from outside."""

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


class Strangers(ShutOut):
    """Certificates that are good elsewhere, or were good."""

    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.other = self.manager(name="other")

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

    def test_a_removed_node_keeps_its_lists_and_says_why_it_is_alone(self):
        agent = self.agent(self.manager_, "web-1")
        wait_node(self.manager_.api, "web-1", "up")
        self.manager_.api.put("/services/pay", {"instances": instances("10.0.0.1:80"),
                                                "subscriptions": [{"selector": {"a": "b"}}]})
        self.manager_.api.patch("/nodes/web-1", {"labels": {"a": "b"}})
        wait_applied(self.manager_.api, "pay", "web-1")
        self.manager_.api.delete("/nodes/web-1")
        said = wait_for(lambda: re.search("not connected to the manager.*removed.*",
                                          agent.process.output()), "the agent to be told")[0]
        self.assertIn("--join", said)
        self.assertIn("10.0.0.1", agent.list_path("pay").read_text())

        # Started again with its old key, and a token that it does not use.
        agent.stop()
        agent.start()
        wait_for(lambda: agent.process.output().count("removed from the cluster") > 1,
                 "the agent to be refused again")
        local = Api(re.findall(r"local_http=(http://[0-9.:]+)", agent.process.output())[-1])
        status = local.get("/status")["manager"]
        self.assertFalse(status["connected"])
        self.assertIn("removed from the cluster", status["error"])
        self.assertIn("10.0.0.1", agent.list_path("pay").read_text())
        wait_for(lambda: self.refusals(self.manager_.api), "the refusal to be audited")
        self.assertEqual(len(self.refusals(self.manager_.api)), 1)


class Removed(ShutOut):
    """`reeve node delete`: what the operator sees before, while and after."""

    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.api = self.manager_.api
        self.agent_ = self.agent(self.manager_, "web-1")
        wait_node(self.api, "web-1", "up")
        self.api.patch("/nodes/web-1", {"labels": {"role": "web"}})
        self.api.put("/services/pay", {"instances": instances("10.0.0.1:80"),
                                       "subscriptions": [{"selector": {"role": "web"}}]})
        wait_applied(self.api, "pay", "web-1")

    def unconfirmed(self):
        return [one["node"] for one in self.api.get("/status")["unconfirmed"]]

    def test_a_node_that_is_up_confirms(self):
        asked = self.manager_.cli("node", "delete", "web-1", "--dry-run")
        self.assertIn("up, its lists are pay; files stay", asked.stdout)
        self.assertIn("its agent is waited for", asked.stdout)
        done = self.manager_.cli("node", "delete", "web-1")
        self.assertEqual((done.returncode, done.stdout), (0, "node web-1: deleted\n"))
        self.assertIn("its lists are pay; waiting for its agent to confirm", done.stderr)
        self.assertEqual(self.unconfirmed(), [])
        self.assertIn("10.0.0.1", self.agent_.list_path("pay").read_text())
        wait_for(lambda: "was removed" in self.agent_.process.output(), "the agent to be told")

    def test_a_node_that_is_away_stays_unconfirmed_until_it_is_told(self):
        self.agent_.stop()
        wait_node(self.api, "web-1", "down")
        done = self.manager_.cli("node", "delete", "web-1", "--json")
        self.assertEqual(json.loads(done.stdout)["unconfirmed"], ["web-1"])
        self.assertEqual(done.stderr, "")
        status = self.manager_.cli("status").stdout
        self.assertIn("unconfirmed: node web-1 was removed and has not been told", status)
        self.agent_.start()
        wait_for(lambda: self.unconfirmed() == [], "the agent to have been told")
        wait_for(lambda: "was removed" in self.agent_.process.output(), "the agent to say so")
        told = [entry for entry in self.api.get("/audit?object=node/web-1")["items"]
                if entry["action"] == "node.told"]
        self.assertEqual(len(told), 1)

    def test_a_machine_that_is_gone_for_good_is_forgotten_by_force(self):
        self.agent_.kill()
        done = self.manager_.cli("node", "delete", "web-1", "--force")
        self.assertIn("unconfirmed: web-1: it was not waited for", done.stdout)
        again = self.manager_.cli("node", "delete", "web-1")
        self.assertEqual(again.returncode, 1)
        self.assertEqual(self.unconfirmed(), ["web-1"])
        forgotten = self.manager_.cli("node", "delete", "web-1", "--force")
        self.assertEqual(forgotten.stdout, "node web-1: forgotten\n")
        self.assertEqual(self.unconfirmed(), [])


@unittest.skipUnless(shutil.which("openssl"), "needs the program openssl")
class Certificates(ShutOut):
    """Certificates that the cluster's own CA could have given, but not to this machine or not for
    now."""

    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.agent_ = self.agent(self.manager_, "web-1")
        self.uid = wait_node(self.manager_.api, "web-1", "up")["uid"]
        self.agent_.stop()
        self.own_ = self.agent_.data / "agent"

    def certify(self, folder, begin, end, uid=None):
        """Puts a certificate of the cluster's CA for the folder's key in the place of its own."""
        ca = self.manager_.data / "manager"
        work = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (work / "index").touch()
        (work / "config").write_text(
            f"[ca]\ndefault_ca = d\n[d]\nnew_certs_dir = {work}\ndatabase = {work}/index\n"
            "rand_serial = yes\ndefault_md = sha256\npolicy = p\n[p]\ncommonName = optional\n")
        cluster = json.loads((self.own_ / "identity.json").read_text())["cluster"]
        (work / "names").write_text("extendedKeyUsage = clientAuth\nsubjectAltName = critical,"
                                    f"URI:reeve://{cluster}/node/{uid or self.uid}\n")

        def openssl(*arguments):
            subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
        openssl("req", "-new", "-key", folder / "key.pem", "-subj", "/CN=x", "-out", work / "csr")
        openssl("ca", "-batch", "-notext", "-config", work / "config", "-cert", ca / "ca.pem",
                "-keyfile", ca / "ca.key", "-in", work / "csr", "-out", work / "cert",
                "-startdate", begin, "-enddate", end, "-extfile", work / "names")
        shutil.copy(work / "cert", folder / "cert.pem")

    def test_one_that_expired_is_renewed_and_gets_nothing_before(self):
        self.certify(self.own_, "20200101000000Z", "20200201000000Z")
        expired = (self.own_ / "cert.pem").read_text()
        self.agent_.start()
        wait_for(lambda: "certificate renewed" in self.agent_.process.output(), "the renewal")
        wait_for(lambda: connections(self.agent_) > 1, "the agent with the new one")
        self.assertNotEqual((self.own_ / "cert.pem").read_text(), expired)
        wait_node(self.manager_.api, "web-1", "up")
        entry = wait_for(lambda: self.refusals(self.manager_.api), "the audit")[0]
        self.assertIn("has expired", entry["why"])
        self.assertEqual(entry["object"], "node/web-1")

    def test_one_that_expired_of_a_removed_node_is_not_renewed(self):
        self.certify(self.own_, "20200101000000Z", "20200201000000Z")
        self.manager_.api.delete("/nodes/web-1")
        self.agent_.start()
        wait_for(lambda: "removed from the cluster" in self.agent_.process.output(), "the refusal")
        self.assertNotIn("certificate renewed", self.agent_.process.output())

    def test_one_that_is_not_yet_valid(self):
        self.certify(self.own_, "20900101000000Z", "20910101000000Z")
        self.assertEqual(self.hand_shake(self.manager_, self.own_), b"")
        entry = wait_for(lambda: self.refusals(self.manager_.api), "the refusal to be audited")[0]
        self.assertIn("not yet valid", entry["why"])

    def test_one_that_names_another_node(self):
        other = self.agent(self.manager_, "web-2")
        wait_node(self.manager_.api, "web-2", "up")
        other.stop()
        # web-2's key in the name of web-1.
        self.certify(other.data / "agent", "20200101000000Z", "20900101000000Z")
        answer = self.hand_shake(self.manager_, other.data / "agent")
        self.assertEqual(status_of(answer), 403, answer)
        entry = wait_for(lambda: self.refusals(self.manager_.api), "the refusal to be audited")[0]
        self.assertIn("no longer enrolled", entry["why"])

    def test_a_copied_disk_is_refused_while_the_first_talks(self):
        copy = self.folder / "copy"
        shutil.copytree(self.agent_.data, copy)
        self.agent_.start()
        wait_for(lambda: connections(self.agent_) > 1, "it")
        clone = self.own(Agent(copy, self.manager_.link, "0", "web-1")).start()
        said = wait_for(lambda: re.search("not connected to the manager.*", clone.process.output()),
                        "the clone to be refused")[0]
        self.assertIn("connected from", said)
        notice = wait_for(lambda: [one for one in self.manager_.api.get("/notices")["items"]
                                   if one["kind"] == "node.second_connection"], "a notice")[0]
        self.assertEqual(len(re.findall(r"127\.0\.0\.1:\d+", notice["text"])), 2, notice)
        self.assertEqual(len(self.manager_.api.get("/nodes")["items"]), 1)


class NextAuthority(ReeveTest):
    """The CA is changed for the next one while an agent is connected, and nobody is shut out."""

    def test_a_rotation(self):
        manager = self.manager()
        agent = self.agent(manager, "web-1")
        wait_node(manager.api, "web-1", "up")
        old_token = manager.join_token(unlimited=True)
        away = self.agent(manager, "web-2")
        wait_node(manager.api, "web-2", "up")
        away.stop()
        old = manager.api.get("/ca")["fingerprint"]
        self.assertEqual(manager.cli("ca", "rotate").returncode, 0)
        wait_for(lambda: manager.api.get("/ca")["waiting_for"] == ["web-2"], "web-1 to know both")
        # Whoever joins now knows both too; who was away is waited for, over a restart.
        manager.stop()
        manager.start()
        self.agent(manager, "web-3", token=old_token)
        wait_for(lambda: manager.api.get("/ca")["waiting_for"] == ["web-2"], "the others' hellos")
        self.assertEqual(manager.api.get("/ca")["fingerprint"], old)
        refused = manager.cli("ca", "finish")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("web-2", refused.stderr)
        away.start()
        wait_for(lambda: manager.api.get("/ca")["waiting"] == 0, "web-2 to know both")
        manager.cli("ca", "finish")

        self.assertNotEqual(manager.api.get("/ca")["fingerprint"], old)
        own = agent.data / "agent"
        wait_for(lambda: (own / "ca.pem").read_text().count("BEGIN") == 1, "web-1 to drop the old")
        before = connections(agent)
        manager.stop()
        manager.start()
        wait_for(lambda: connections(agent) > before, "web-1 to come back under the new one alone")
        late = self.own(Agent(self.folder / "late", manager.link, old_token, "web-4")).start()
        self.assertEqual(late.process.popen.wait(30), 1)
        self.agent(manager, "web-5")
        wait_node(manager.api, "web-5", "up")


class Addresses(ReeveTest):
    """Several managers' addresses, and managers that say where they are."""

    def test_the_next_address_where_one_does_not_answer(self):
        manager = self.manager()
        agent = self.agent(manager, "web-1")
        wait_node(manager.api, "web-1", "up")
        agent.stop()
        at = agent.arguments.index("--manager")
        agent.arguments[at:at + 2] = ["--manager", f"127.0.0.1:{free_port()}",
                                      "--manager", manager.link]
        agent.start()
        wait_for(lambda: connections(agent) > 1, "the second try")

    def test_the_manager_says_where_it_is(self):
        port = free_port()
        manager = self.manager("--advertise", f"127.0.0.1:{port}", "--advertise", "m2.example.org",
                               link_port=port)
        agent = self.agent(manager, "web-1")
        wait_node(manager.api, "web-1", "up")
        identity = json.loads((agent.data / "agent/identity.json").read_text())
        self.assertEqual(identity["managers"], [f"127.0.0.1:{port}", "m2.example.org:7701"])


if __name__ == "__main__":
    unittest.main()
