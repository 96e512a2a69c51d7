"""Stores and identities from before: an old copy of the manager's store, a store of an older Reeve, and
a second machine with an agent's identity. None may undo what people decided since."""
import contextlib
import pathlib
import shutil
import sqlite3
import unittest

from lib.reeve import Agent, ReeveTest, instances, subscriber, wait_applied, wait_for, wait_node

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures/store"


class Copies(ReeveTest):
    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.agent_ = self.agent(self.manager_, "web-1")
        self.push(weight=1)

    def push(self, weight):
        self.manager_.api.put("/services/pay", {
            "instances": instances("10.0.0.1:80", weight=weight),
            "subscriptions": [{"nodes": ["web-1"]}]})
        wait_applied(self.manager_.api, "pay", "web-1")

    def notice(self, kind):
        found = [notice for notice in self.manager_.api.get("/notices")["items"]
                 if notice["kind"] == kind]
        return found and found[0]

    def failed(self, service):
        seen = subscriber(self.manager_.api, service, "web-1")
        return seen and seen["state"] == "failed" and seen

    def test_an_old_store_pushes_nothing_to_nodes_that_have_newer_lists(self):
        folder, copy = self.manager_.data / "manager", self.folder / "copy"
        self.assertEqual(self.manager_.stop(), 0)
        shutil.copytree(folder, copy)
        self.manager_.start()
        self.push(weight=2)
        file = self.agent_.list_path("pay")
        newest = file.read_bytes()
        self.assertEqual(self.manager_.stop(), 0)
        shutil.rmtree(folder)
        shutil.copytree(copy, folder)

        self.manager_.start()
        notice = wait_for(lambda: self.notice("manager.hold"), "a notice that the store is old")
        self.assertIn("nothing is pushed", notice["title"])
        self.assertEqual(notice["level"], "error")
        wait_node(self.manager_.api, "web-1", "up")
        self.manager_.api.patch("/services/pay", {"description": "an edit of the old store"})
        self.assertEqual(self.manager_.stop(), 0)
        self.assertEqual(file.read_bytes(), newest)

    def test_an_old_store_that_has_caught_up_in_revisions_does_not_put_an_old_list_back(self):
        folder, copy = self.manager_.data / "manager", self.folder / "copy"
        self.manager_.stop()
        shutil.copytree(folder, copy)
        self.manager_.start()
        self.push(weight=2)
        newest = self.agent_.list_path("pay").read_bytes()
        self.agent_.stop()
        self.manager_.stop()
        shutil.rmtree(folder)
        shutil.copytree(copy, folder)
        self.manager_.start()
        for weight in range(40):
            self.manager_.api.put("/services/other", {
                "instances": instances("10.0.0.9:80", weight=weight + 1),
                "subscriptions": [{"nodes": ["web-1"]}]})

        self.agent_.start()
        wait_applied(self.manager_.api, "other", "web-1")
        self.assertEqual(self.agent_.list_path("pay").read_bytes(), newest)
        refused = wait_for(lambda: self.failed("pay"), "the agent's word about the old list")
        self.assertIn("version", refused["error"])

    def test_a_second_machine_with_the_same_identity_is_refused_with_a_notice(self):
        copied = self.folder / "copied"
        shutil.copytree(self.agent_.data, copied, ignore=shutil.ignore_patterns("*.sock"))
        second = self.own(Agent(copied, self.manager_.link, "", "web-1")).start()
        wait_for(lambda: "is connected from" in second.process.output(),
                 "the second agent to be told")
        notice = wait_for(lambda: self.notice("node.second_connection"), "a notice about it")
        self.assertIn("web-1", notice["title"])
        self.push(weight=2)
        self.assertIn(b'"weight":2', self.agent_.list_path("pay").read_bytes())
        self.assertIn(b'"weight":1', (copied / "lists/pay.conf").read_bytes())


class OlderFormat(ReeveTest):
    def test_a_store_of_an_older_reeve_is_copied_and_served(self):
        manager = self.manager()
        self.assertEqual(manager.stop(), 0)
        store = manager.data / "manager/store.db"
        with contextlib.closing(sqlite3.connect(store)) as database:
            newest = self.number(database, "format")
            (token,) = database.execute(
                "SELECT CAST(value AS TEXT) FROM entries WHERE CAST(key AS TEXT) LIKE '%/tokens/%'"
            ).fetchone()
        store.unlink()
        with contextlib.closing(sqlite3.connect(store)) as database:
            database.executescript((FIXTURES / "format-1.sql").read_text())
            # The administrator of this data folder, whose token the test knows.
            database.execute("INSERT INTO entries VALUES (?, ?, 1, 1)",
                             (b"/reeve/1/default/tokens/known", token.encode()))
            database.commit()

        manager.start()

        service = manager.api.get("/services/pay")
        self.assertEqual((service["name"], service["revision"]), ("Pay", 2))
        self.assertEqual([instance["status"] for instance in service["instances"]],
                         ["online", "offline"])
        manager.api.patch("/services/pay", {"description": "an edit of the newer Reeve"})
        self.assertEqual(manager.stop(), 0)
        (copy,) = store.parent.glob("store.db.format-1.*")
        self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        for file, expected in ((copy, 1), (store, newest)):
            with contextlib.closing(sqlite3.connect(file)) as database:
                self.assertEqual(self.number(database, "format"), expected)

    @staticmethod
    def number(database, name):
        return database.execute("SELECT value FROM numbers WHERE name = ?", (name,)).fetchone()[0]


if __name__ == "__main__":
    unittest.main()
