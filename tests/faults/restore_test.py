"""Backup and restore: a backup under edits, what it takes to open it, a manager that is back with an
old store or with none, and the hold that keeps it from undoing what nodes have."""
import contextlib
import json
import os
import pathlib
import shutil
import stat
import threading
import unittest

from lib.reeve import (Manager, ReeveTest, instances, run_cli, subscriber, wait_applied, wait_for,
                       wait_node)


class Restore(ReeveTest):
    def setUp(self):
        super().setUp()
        self.old = self.manager()
        self.agent_ = self.agent(self.old, "web-1")
        self.push(self.old, "pay", weight=1)
        self.backup = self.folder / "some.backup"

    def push(self, manager, service, weight, wait=True):
        manager.api.put(f"/services/{service}", {
            "instances": instances("10.0.0.1:80", weight=weight),
            "subscriptions": [{"nodes": ["web-1"]}]})
        if wait:
            wait_applied(manager.api, service, "web-1")

    def back_up(self, *options):
        done = self.old.cli("backup", self.backup, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def restore(self, name="new", *options):
        return run_cli("restore", self.backup, *options, data=self.folder / name)

    def restored_manager(self, name="new"):
        """On the ports of the old one, which has ended."""
        link_port = self.old.link.rsplit(":", 1)[1]
        console_port = self.old.arguments[self.old.arguments.index("--listen") + 1].rsplit(":", 1)[1]
        return self.own(Manager(self.folder / name, console_port=console_port,
                                link_port=link_port)).start()

    def files(self):
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
                for path in sorted((self.agent_.data / "lists").iterdir())}

    def test_a_restored_manager_pushes_nothing_until_it_is_told_to(self):
        self.back_up("--plain")
        self.push(self.old, "pay", weight=2)
        self.push(self.old, "shop", weight=3)
        token = self.old.join_token()
        late = self.agent(self.old, "web-2", token=token)
        wait_node(self.old.api, "web-2", "up")
        before = self.files()
        self.assertEqual(self.old.stop(), 0)
        self.assertEqual(self.restore().returncode, 0)

        manager = self.restored_manager()
        wait_node(manager.api, "web-1", "up")
        hold = wait_for(lambda: self.hold_with_differences(manager, 2), "the words of the agent")
        self.assertEqual(hold["mark"]["reason"], "restored")
        self.assertEqual(subscriber(manager.api, "pay", "web-1")["state"], "pending")
        wait_for(lambda: manager.api.get("/hold")["unknown"], "the node that joined since")
        manager.api.patch("/services/pay", {"description": "an edit in hold"})
        with self.assertRaises(Exception) as refused:
            manager.api.post("/services/pay/push")
        self.assertIn("hold", str(refused.exception))
        kinds = [n["kind"] for n in manager.api.get("/notices")["items"]]
        self.assertEqual(kinds.count("manager.hold"), 1)
        self.check_status(manager)

        self.assertEqual(manager.stop(), 0)
        manager.start()
        wait_node(manager.api, "web-1", "up")
        self.assertTrue(manager.api.get("/hold")["is_on"])
        self.assertEqual(self.files(), before)

        self.check_resume(manager)
        self.assertTrue(late.process.is_running())

    def hold_with_differences(self, manager, count):
        hold = manager.api.get("/hold")
        return hold if hold["differences"] == count else None

    def check_status(self, manager):
        shown = manager.cli("status")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("IN HOLD", shown.stdout)
        self.assertIn("would get", shown.stdout.lower())
        self.assertIn("unknown here", shown.stdout)
        self.assertRegex(shown.stdout, r"reeve --data \S+ resume`")
        status = json.loads(manager.cli("status", "--json").stdout)
        by_service = {item["service"]: item for item in status["hold"]["items"]}
        self.assertNotEqual(by_service["pay"]["has"], by_service["pay"]["would_get"])
        self.assertNotIn("would_get", {k: v for k, v in by_service[""].items() if v is not None})

    def check_resume(self, manager):
        refused = manager.cli("resume")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--yes", refused.stderr)
        epoch = manager.api.get("/status")["cluster"]["epoch"]
        done = manager.cli("resume", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        status = manager.api.get("/status")
        self.assertGreater(status["cluster"]["epoch"], epoch)
        self.assertIsNone(status.get("hold"))
        wait_applied(manager.api, "pay", "web-1")
        self.assertIn(b'"weight":1', self.agent_.list_path("pay").read_bytes())
        self.assertEqual(manager.cli("resume", "--yes").returncode, 1)
        self.push(manager, "pay", weight=7)
        self.assertIn(b'"weight":7', self.agent_.list_path("pay").read_bytes())
        actions = [e["action"] for e in manager.api.get("/audit?limit=1000")["items"]]
        self.assertIn("hold.resume", actions)

    def test_an_old_store_put_back_by_hand_holds_too(self):
        own, copy = self.old.data / "manager", self.folder / "copy"
        self.assertEqual(self.old.stop(), 0)
        shutil.copytree(own, copy)
        self.old.start()
        self.push(self.old, "pay", weight=2)
        self.push(self.old, "shop", weight=2)
        before = self.files()
        self.assertEqual(self.old.stop(), 0)
        shutil.rmtree(own)
        shutil.copytree(copy, own)

        self.old.start()
        hold = wait_for(lambda: self.hold_with_differences(self.old, 2), "the hold")
        self.assertEqual(hold["mark"]["reason"], "ahead")
        self.assertIn("web-1", hold["mark"]["why"])
        self.assertEqual(self.files(), before)
        self.check_resume(self.old)

    def test_a_manager_with_an_empty_store_takes_nothing_from_a_node(self):
        for lost, why in (("store.db*", "the certificate is for another name"),
                          ("*", "unknown CA")):
            with self.subTest(lost=lost):
                before = self.files()
                self.assertEqual(self.old.stop(), 0)
                for path in (self.old.data / "manager").glob(lost):
                    path.unlink()
                size = len(self.agent_.process.output())
                self.old.start()
                wait_for(lambda: why in self.agent_.process.output()[size:],
                         "the agent to say why it does not follow")
                self.assertEqual(self.files(), before)
                self.assertEqual(self.old.api.get("/nodes")["items"], [])

    def test_a_backup_under_edits_is_of_one_moment(self):
        ended = threading.Event()

        def edit():
            weight = 0
            while not ended.is_set():
                weight = weight % 100 + 1
                for service in ("first", "second"):
                    self.old.api.put(f"/services/{service}",
                                     {"instances": instances("10.0.0.1:80", weight=weight)})
        editor = self.background(edit)
        try:
            for turn in range(5):
                wait_for(lambda: self.knows(self.old, "second"), "an edit")
                self.back_up("--plain", "--force")
        finally:
            ended.set()
            editor.finish()
        self.assertEqual(self.old.stop(), 0)
        done = self.restore()
        self.assertEqual(done.returncode, 0, done.stderr)
        manager = self.restored_manager()
        first, second = (manager.api.get(f"/services/{name}")["instances"][0]["weight"]
                         for name in ("first", "second"))
        self.assertIn((first - second) % 100, (0, 1))

    @staticmethod
    def knows(manager, service):
        with contextlib.suppress(Exception):
            return manager.api.get(f"/services/{service}")

    def test_a_passphrase_opens_and_no_other(self):
        right, wrong = self.folder / "right", self.folder / "wrong"
        right.write_text("correct horse\n")
        wrong.write_text("battery staple\n")
        said = self.back_up("--passphrase-file", right)
        self.assertNotIn("NOT encrypted", said.stdout)
        self.assertEqual(stat.S_IMODE(self.backup.stat().st_mode), 0o600)
        raw = self.backup.read_bytes()
        self.assertNotIn(b"PRIVATE KEY", raw)
        self.assertNotIn(b"SQLite", raw)

        for options, word in (((), "--passphrase-file"), (("--passphrase-file", wrong), "not the pass")):
            refused = self.restore("new", *options)
            self.assertEqual(refused.returncode, 1)
            self.assertIn(word, refused.stderr)
            self.assertFalse((self.folder / "new").exists())
        self.backup.write_bytes(raw[:-20])
        refused = self.restore("new", "--passphrase-file", right)
        self.assertIn("damaged", refused.stderr)
        self.backup.write_bytes(raw)
        done = self.restore("new", "--passphrase-file", right)
        self.assertEqual(done.returncode, 0, done.stderr)
        own = self.folder / "new/manager"
        self.assertEqual(stat.S_IMODE(own.stat().st_mode), 0o700)
        for name in ("store.db", "ca.key"):
            self.assertEqual(stat.S_IMODE((own / name).stat().st_mode), 0o600)
        self.assertEqual((own / "ca.key").read_bytes(),
                         (self.old.data / "manager/ca.key").read_bytes())
        self.assertFalse([p for p in os.listdir(self.folder) if p.endswith(".part")])

    def test_a_backup_in_the_middle_of_a_rotation_goes_on_with_it(self):
        self.assertEqual(self.old.cli("ca", "rotate").returncode, 0)
        wait_for(lambda: self.old.api.get("/ca")["waiting"] == 0, "web-1 to know both")
        before = self.old.api.get("/ca")
        self.back_up("--plain")
        self.assertEqual(self.old.stop(), 0)
        self.assertEqual(self.restore().returncode, 0)

        manager = self.restored_manager()
        wait_node(manager.api, "web-1", "up")
        after = manager.api.get("/ca")
        self.assertEqual(after["fingerprint"], before["fingerprint"])
        self.assertEqual(after["next"], before["next"])
        for name in ("ca.key", "ca.next.key"):
            path = self.folder / "new/manager" / name
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(manager.cli("resume", "--yes").returncode, 0)
        wait_for(lambda: manager.api.get("/ca")["waiting"] == 0, "web-1 to know both")
        done = manager.cli("ca", "finish")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.agent(manager, "web-2")
        wait_node(manager.api, "web-2", "up")

    def test_refusals_say_what_to_do(self):
        said = self.back_up()
        self.assertIn("NOT encrypted", said.stdout)
        again = self.old.cli("backup", self.backup)
        self.assertEqual(again.returncode, 1)
        self.assertIn("--force", again.stderr)
        viewer = self.old.api.post("/tokens", {"name": "v", "role": "operator"})["token"]
        refused = run_cli("backup", self.folder / "x", env={
            "REEVE_ADDR": self.old.facts["console"], "REEVE_TOKEN": viewer})
        self.assertEqual(refused.returncode, 1)
        self.assertIn("administrator", refused.stderr)
        self.assertFalse((self.folder / "x").exists())
        full = self.restore(pathlib.Path(self.old.data).name)
        self.assertEqual(full.returncode, 1)
        self.assertIn("not empty", full.stderr)
        audit = [e["action"] for e in self.old.api.get("/audit?limit=1000")["items"]]
        self.assertEqual(audit.count("backup.take"), 1)
        text = self.backup.read_bytes().replace(b"reeve-backup 1", b"reeve-backup 9", 1)
        self.backup.write_bytes(text)
        self.assertIn("newer reeve", self.restore().stderr)


if __name__ == "__main__":
    unittest.main()
