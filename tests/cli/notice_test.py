#!/usr/bin/env python3
"""Notices from the command line: a restored manager raises one, which is unread until it is read, by
each token for itself."""
import json
import unittest

from lib.reeve import ReeveTest, run_cli, wait_for
from lib.terminal import Terminal


class Notice(ReeveTest):
    def setUp(self):
        super().setUp()
        old = self.manager(name="old")
        backup = self.folder / "some.backup"
        self.assertEqual(old.cli("backup", backup, "--plain").returncode, 0)
        old.kill()
        self.assertEqual(run_cli("restore", backup, data=self.folder / "new").returncode, 0)
        self.reeve = self.manager(name="new")
        wait_for(lambda: self.reeve.api.get("/notices")["items"], "the notice of the hold")
        self.uid = self.reeve.api.get("/notices")["items"][0]["uid"]

    def good(self, *words, **kw):
        run = run_cli(*words, data=self.reeve.data, **kw)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run)
        return run.stdout

    def test_one_is_unread_until_it_is_read(self):
        self.assertIn("1 unread: `", self.good("status"))
        listed = self.good("notice", "ls", "--unread")
        self.assertRegex(listed, rf"(?m)^error +.*hold.* {self.uid}$")
        self.assertEqual(json.loads(self.good("status", "--json"))["unread_notices"], 1)

        self.assertIn("resume", self.good("notice", "get", self.uid))
        self.assertEqual(self.good("notice", "read", self.uid), "1 notice read\n")

        self.assertIn("no unread notices", self.good("notice", "ls", "--unread"))
        self.assertNotIn("unread", self.good("status"))
        [item] = json.loads(self.good("notice", "ls", "--json"))["items"]
        self.assertTrue(item["read"])

    def test_what_one_token_has_read_another_has_not(self):
        self.good("notice", "read", "--all")
        secret = self.good("token", "create", "li", "--role", "viewer").strip()
        other = {"REEVE_ADDR": self.reeve.facts["console"], "REEVE_TOKEN": secret}
        self.assertIn(self.uid, run_cli("notice", "ls", "--unread", env=other).stdout)
        self.assertEqual(run_cli("notice", "read", "--all", env=other).returncode, 0)
        self.assertIn("no unread", run_cli("notice", "ls", "--unread", env=other).stdout)

    def test_on_a_narrow_terminal_the_title_is_cut_and_not_the_uid(self):
        terminal = Terminal(self, "notice", "ls", "--data", self.reeve.data, cwd=self.folder,
                            width=60)
        self.assertEqual(terminal.process.wait(), 0)
        wait_for(lambda: self.uid in terminal.text(), "the notice")
        for line in terminal.text().splitlines():
            self.assertLessEqual(len(line), 60, line)


if __name__ == "__main__":
    unittest.main()
