"""The whole path of an edit, through every layer: the API or the CLI, the store, the planner, the
link, the agent, the file on disk, and the agent's word about it back in the API."""
import json
import os
import pathlib
import stat

from lib.reeve import (PATIENCE, Api, ApiError, ReeveTest, instances, subscriber, wait_applied,
                       wait_for, wait_node)

A, B = "10.0.0.1:8820", "[2001:db8::2]:8821"


def swoole(*nodes):
    """The exact bytes of a pushed list; nodes are (ip, port, status, weight)."""
    keys = ("ip", "port", "status", "weight")
    return json.dumps([dict(zip(keys, node)) for node in nodes], separators=(",", ":")).encode()


def identity(path):
    """Changes when the file is written or replaced."""
    seen = os.stat(path)
    return seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns


class DevPath(ReeveTest):
    """`reeve dev`: one process has both halves."""

    def setUp(self):
        super().setUp()
        self.dev_ = self.dev()
        self.api, self.node = self.dev_.api, self.dev_.node
        self.file = self.dev_.data / "lists/pay.conf"

    def subscribed(self, service="pay", **body):
        """A service with two instances, on this node's disk."""
        body.setdefault("instances", instances(A, B))
        self.api.put(f"/services/{service}", body)
        self.api.put(f"/services/{service}/subscribers/{self.node}", {})
        wait_applied(self.api, service, self.node)

    def expect_file(self, *nodes):
        wait_applied(self.api, "pay", self.node)
        self.assertEqual(self.file.read_bytes(), swoole(*nodes))

    def test_dev_json_names_what_answers_and_goes_at_the_end(self):
        facts, file = self.dev_.facts, self.dev_.data / "dev.json"
        self.assertEqual(set(facts), {"console", "token", "agent", "agent_socket", "supervisor",
                                      "node", "data"})
        self.assertRegex(facts["console"], r"^http://127\.0\.0\.1:\d+$")
        self.assertRegex(facts["agent"], r"^http://127\.0\.0\.1:\d+$")
        self.assertIsNone(facts["supervisor"])
        self.assertEqual(pathlib.Path(facts["data"]), self.dev_.data)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertEqual(self.api.get("/whoami")["role"], "administrator")
        self.assertEqual(self.dev_.agent_api.get("/status")["node"], facts["node"])
        self.assertEqual(self.dev_.stop(), 0)
        self.assertFalse(file.exists())

    def test_it_says_how_soon_it_was_ready(self):
        # It answers as soon as dev.json is there, and says so right after.
        wait_for(lambda: "ready in " in self.dev_.process.output(), "the ready time")
        self.assertRegex(self.dev_.process.output(), r"ready in \d+ ms")

    def test_an_edit_is_on_disk_byte_for_byte(self):
        self.subscribed(instances=[*instances(A, weight=70), *instances(B, weight=30)])
        self.expect_file(("10.0.0.1", 8820, "online", 70), ("2001:db8::2", 8821, "online", 30))
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o644)

    def test_every_kind_of_edit_reaches_the_file(self):
        self.subscribed()
        self.api.patch("/services/pay", {"instances": instances(A, weight=5) + instances(B)})
        self.expect_file(("10.0.0.1", 8820, "online", 5), ("2001:db8::2", 8821, "online", 100))
        self.api.patch(f"/services/pay/instances/{A}", {"weight": 6})
        self.expect_file(("10.0.0.1", 8820, "online", 6), ("2001:db8::2", 8821, "online", 100))
        self.api.patch(f"/services/pay/instances/{B}", {"status": "offline"})
        self.expect_file(("10.0.0.1", 8820, "online", 6), ("2001:db8::2", 8821, "offline", 100))
        self.api.patch(f"/services/pay/instances/{B}", {"status": "online"})
        self.expect_file(("10.0.0.1", 8820, "online", 6), ("2001:db8::2", 8821, "online", 100))
        self.api.delete(f"/services/pay/instances/{B}")
        self.expect_file(("10.0.0.1", 8820, "online", 6))

    def test_the_json_format_has_every_field(self):
        path = self.dev_.data / "lists/pay.json"
        outputs = {"outputs": [{"format": "json", "path": str(path), "mode": "0640"}]}
        listed = instances(A)
        listed[0] |= {"labels": {"idc": "bj"}, "ports": {"metrics": 9100}}
        service = self.api.put("/services/pay", {"description": "payments", "instances": listed})
        self.api.put(f"/services/pay/subscribers/{self.node}", outputs)
        wait_applied(self.api, "pay", self.node)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o640)
        written = json.loads(path.read_text())
        self.assertEqual(written["service"], "pay")
        self.assertEqual(written["description"], "payments")
        self.assertEqual(written["revision"], service["revision"])
        self.assertGreaterEqual(written["version"], service["version"])
        self.assertEqual(len(written["instances"]), 1)
        for key in ("ip", "port", "weight", "labels", "ports", "status"):
            self.assertEqual(written["instances"][0][key], service["instances"][0][key], key)
        self.assertFalse(self.file.exists(), "another output was asked for")

    def test_live_state_is_a_new_version_of_the_same_revision(self):
        self.subscribed()
        before = subscriber(self.api, "pay", self.node)["applied"]
        self.api.patch(f"/services/pay/instances/{A}", {"status": "offline"})
        after = wait_applied(self.api, "pay", self.node)["applied"]
        self.assertEqual(after["revision"], before["revision"])
        self.assertGreater(after["version"], before["version"])

    def test_the_last_eligible_instance_is_not_taken_out_by_accident(self):
        self.subscribed()
        self.api.patch(f"/services/pay/instances/{A}", {"status": "offline"})
        wait_applied(self.api, "pay", self.node)
        kept = self.file.read_bytes()
        with self.assertRaises(ApiError) as refused:
            self.api.patch(f"/services/pay/instances/{B}", {"status": "offline"})
        self.assertEqual((refused.exception.status, refused.exception.code),
                         (409, "would_be_empty"))
        self.assertEqual(self.file.read_bytes(), kept)
        self.api.patch(f"/services/pay/instances/{B}?force=true", {"status": "offline"})
        wait_applied(self.api, "pay", self.node)
        self.assertNotIn(b"online", self.file.read_bytes())

    def test_a_service_with_subscribers_is_deleted_with_them_when_asked(self):
        self.subscribed()
        with self.assertRaises(ApiError) as refused:
            self.api.delete("/services/pay")
        self.assertEqual((refused.exception.status, refused.exception.code), (409, "in_use"))
        self.assertIn(self.node, str([fault["message"] for fault in refused.exception.faults]))
        self.api.delete("/services/pay?cascade=true")
        for path in ("/services/pay", "/services/pay/subscribers"):
            with self.assertRaises(ApiError) as gone:
                self.api.get(path)
            self.assertEqual(gone.exception.status, 404)
        self.assertTrue(self.file.exists(), "apps may still read it")

    def test_deleted_and_made_again_is_another_object(self):
        self.subscribed()
        first = self.api.get("/services/pay")
        self.api.delete("/services/pay?cascade=true")
        second = self.api.put("/services/pay", {"instances": instances(B)})
        self.assertNotEqual(first["uid"], second["uid"])
        self.assertEqual(second["revision"], 1)
        self.assertGreater(second["version"], first["version"])
        self.assertEqual(self.api.get("/services/pay/subscribers")["items"], [])
        self.api.put(f"/services/pay/subscribers/{self.node}", {})
        self.expect_file(("2001:db8::2", 8821, "online", 100))

    def test_selectors_follow_the_labels_of_nodes(self):
        self.api.put("/services/pay", {"instances": instances(A),
                                       "subscriptions": [{"selector": {"idc": "bj"}}]})
        self.assertIsNone(subscriber(self.api, "pay", self.node))
        self.api.patch(f"/nodes/{self.node}", {"labels": {"idc": "bj"}})
        self.expect_file(("10.0.0.1", 8820, "online", 100))
        self.api.patch(f"/nodes/{self.node}", {"labels": {"idc": "sh"}})
        self.assertIsNone(subscriber(self.api, "pay", self.node))
        kept = identity(self.file)
        self.api.patch("/services/pay", {"instances": instances(A, B)})
        # Another service's list comes after whatever an edit of this one would have brought.
        self.subscribed("other")
        self.assertEqual(identity(self.file), kept)

    def test_the_cli_takes_the_same_path(self):
        manifest = self.folder / "pay.yaml"
        manifest.write_text("kind: service\nname: pay\ninstances:\n"
                            "  - {ip: 10.0.0.1, port: 8820, weight: 100}\n"
                            f"subscriptions:\n  - nodes: [{self.node}]\n")
        for arguments in (["apply", "-f", manifest],
                          ["instance", "set", "pay", A, "--weight", "40"],
                          ["service", "get", "pay"], ["status"]):
            done = self.dev_.cli(*arguments)
            self.assertEqual(done.returncode, 0, f"{arguments}: {done.stderr}")
        self.expect_file(("10.0.0.1", 8820, "online", 40))


class SplitPath(ReeveTest):
    """Manager and agent as processes of their own, each ended and started again."""

    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.agent_ = self.agent(self.manager_, "web-1")
        self.subscribe("pay")
        self.file = self.agent_.list_path("pay")

    def subscribe(self, service):
        self.manager_.api.put(f"/services/{service}", {
            "instances": instances(A), "subscriptions": [{"nodes": ["web-1"]}]})
        wait_applied(self.manager_.api, service, "web-1")

    def local_api(self):
        return Api(self.agent_.local_http())

    def test_an_agent_works_from_its_disk_with_no_manager_in_sight(self):
        self.manager_.stop()
        self.assertEqual(self.agent_.stop(), 0)
        kept = identity(self.file)
        self.agent_.process.log.unlink()
        self.agent_.start()
        local = self.local_api()
        self.assertEqual(local.get("/services/pay")["instances"][0]["ip"], "10.0.0.1")
        wait_for(lambda: local.get("/status")["manager"].get("error"), "the first failed try")
        self.assertFalse(local.get("/status")["manager"]["connected"])
        wait_for(lambda: local.get("/services")["items"][0]["state"] == "current",
                 "the agent to have looked at its files")
        self.assertEqual(identity(self.file), kept)

    def test_a_new_manager_process_finds_its_agents_again_and_rewrites_nothing(self):
        self.subscribe("other")
        kept = {path: identity(path) for path in sorted(self.agent_.data.glob("lists/*"))}
        self.assertEqual(len(kept), 2)
        revision = self.manager_.api.get("/status")["revision"]
        self.assertEqual(self.manager_.stop(), 0)
        self.manager_.start()
        self.assertGreaterEqual(self.manager_.api.get("/status")["revision"], revision)
        wait_node(self.manager_.api, "web-1", "up")
        for service in ("pay", "other"):
            wait_applied(self.manager_.api, service, "web-1")
        self.assertEqual({path: identity(path) for path in kept}, kept)
        self.manager_.api.patch(f"/services/pay/instances/{A}", {"weight": 7})
        wait_applied(self.manager_.api, "pay", "web-1")
        self.assertEqual(json.loads(self.file.read_text())[0]["weight"], 7)

    def test_what_changed_while_an_agent_was_away_is_there_when_it_is_back(self):
        self.assertEqual(self.agent_.stop(), 0)
        wait_node(self.manager_.api, "web-1", "down", patience=PATIENCE)
        self.manager_.api.patch(f"/services/pay/instances/{A}", {"weight": 9})
        self.assertEqual(subscriber(self.manager_.api, "pay", "web-1")["state"], "down")
        self.agent_.start()
        wait_applied(self.manager_.api, "pay", "web-1")
        self.assertEqual(json.loads(self.file.read_text())[0]["weight"], 9)


class Departing(ReeveTest):
    """Who is a subscriber no more, and what becomes of the file."""

    def test_a_file_goes_when_asked_also_from_a_node_that_was_away(self):
        manager = self.manager()
        near, far = (self.agent(manager, name) for name in ("near", "far"))
        self.api_with_list(manager, near.name, far.name)
        files = [agent.list_path("pay") for agent in (near, far)]
        far.stop()
        wait_node(manager.api, "far", "down")

        for name in ("near", "far"):
            done = manager.cli("subscriber", "delete", "pay", name, "--remove-file")
            self.assertEqual((done.returncode, done.stderr), (0, ""))

        wait_for(lambda: not files[0].exists(), "the near file to go")
        self.assertTrue(files[1].exists())
        far.start()
        wait_for(lambda: not files[1].exists(), "the far file to go")
        wait_for(lambda: self.departures(manager) == 2, "both departures to be written down")
        self.assertEqual(manager.api.get("/services/pay/subscribers")["items"], [])

    def test_a_file_that_somebody_changed_stays(self):
        manager = self.manager()
        agent = self.agent(manager, "near")
        self.api_with_list(manager, "near")
        file = agent.list_path("pay")
        file.write_text("by hand")

        manager.api.delete("/services/pay/subscribers/near?remove_file=true")

        wait_for(lambda: self.departures(manager) == 1, "the departure to be written down")
        self.assertEqual(file.read_text(), "by hand")

    def api_with_list(self, manager, *nodes):
        manager.api.put("/services/pay", {"instances": instances(A)})
        for node in nodes:
            wait_node(manager.api, node, "up")
            manager.api.put(f"/services/pay/subscribers/{node}", {})
            wait_applied(manager.api, "pay", node)

    @staticmethod
    def departures(manager):
        items = manager.api.get("/audit?object=service/pay&limit=1000")["items"]
        return sum(entry["action"] == "subscriber.left" for entry in items)


if __name__ == "__main__":
    import unittest
    unittest.main()
