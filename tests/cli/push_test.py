#!/usr/bin/env python3
"""Pushing by hand from the command line: canary, all, rollback, what would change, and an operation
that waits for a node which is not there."""
import json
import signal
import unittest

from lib.reeve import (PATIENCE, REEVE, Process, ReeveTest, instances, wait_applied, wait_for,
                       wait_node)
from lib.terminal import Terminal


class PushTest(ReeveTest):
    def setUp(self):
        super().setUp()
        self.reeve = self.dev()
        self.node = self.reeve.node
        self.put("10.0.0.1:80")
        self.good("subscriber", "add", "pay", self.node)

    def put(self, *endpoints, **fields):
        self.reeve.api.put("/services/pay", {"push": "manual", "instances": instances(*endpoints),
                                             **fields})

    def good(self, *words):
        run = self.reeve.cli(*words)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run)
        return run.stdout

    def on_disk(self):
        return (self.reeve.data / "lists" / "pay.conf").read_text()


class Push(PushTest):
    def test_an_edit_waits_until_it_is_pushed_and_goes_back_by_a_rollback(self):
        self.assertRegex(self.good("subscriber", "ls", "pay"), rf"(?m)^{self.node} +waiting ")
        self.assertIn("pay: revision 1 is not pushed", self.good("status"))
        self.assertEqual(self.good("service", "push", "pay"),
                         "push service/pay: 1 of 1 done\n")
        self.assertIn("10.0.0.1", self.on_disk())
        self.assertIn("all is well", self.good("status"))

        self.put("10.0.0.2:80")
        self.assertIn("1 of 2", self.good("service", "ls"))
        self.assertIn("pushed by hand; all have revision 1", self.good("service", "get", "pay"))
        self.assertIn("`", self.good("status"))
        self.good("service", "push", "pay", "--node", self.node)
        self.assertIn("10.0.0.2", self.on_disk())
        revisions = self.good("service", "revisions", "pay")
        self.assertRegex(revisions, rf"(?m)^ +2  {self.node} ")
        self.assertRegex(revisions, r"(?m)^ +1  all ")

        self.assertEqual(self.good("service", "rollback", "pay", "1"),
                         "rollback service/pay: 1 of 1 done\n")
        self.assertIn("10.0.0.1", self.on_disk())

    def test_what_a_push_would_change_is_shown(self):
        self.assertEqual(self.good("service", "diff", "pay"),
                         "pay: nothing → revision 1\n  + 10.0.0.1:80 weight=100\n")
        self.good("service", "push", "pay")
        wait_applied(self.reeve.api, "pay", self.node)
        self.assertEqual(self.good("service", "diff", "pay"),
                         "pay: revision 1 → revision 1\n  the same\n")
        self.reeve.api.put("/services/pay", {
            "push": "manual", "description": "new",
            "instances": instances("10.0.0.1:80", weight=50) + instances("10.0.0.2:80")})
        self.assertEqual(self.good("service", "diff", "pay", "--node", self.node),
                         f"pay: revision 1 on {self.node} → revision 2\n"
                         "  ~ description - → new\n"
                         "  ~ 10.0.0.1:80  weight 100 → 50\n"
                         "  + 10.0.0.2:80 weight=100\n")
        self.assertEqual(self.reeve.cli("service", "diff", "pay", "--exit-code").returncode, 1)
        diff = json.loads(self.good("service", "diff", "pay", "--from", "2", "--to", "1", "--json"))
        self.assertEqual((diff["same"], [one["ip"] for one in diff["removed"]]),
                         (False, ["10.0.0.2"]))

    def test_the_same_in_colours_on_a_terminal(self):
        terminal = Terminal(self, "service", "diff", "pay", "--data", self.reeve.data,
                            cwd=self.folder)
        self.assertEqual(terminal.process.wait(PATIENCE), 0)
        wait_for(lambda: b"weight" in terminal.said, "the difference")
        self.assertIn(b"\033[32m  + 10.0.0.1:80 weight=100\033[0m", terminal.said)

    def test_misuse_is_exit_code_2(self):
        for words in (["rollback", "pay"], ["rollback", "pay", "last"], ["rollback", "pay", "0"],
                      ["push", "pay", "--revision", "x"], ["diff"]):
            self.assertEqual(self.reeve.cli("service", *words).returncode, 2, words)
        self.assertEqual(self.reeve.cli("service", "rollback", "pay", "99").returncode, 1)


class Waiting(ReeveTest):
    """A subscriber whose agent is stopped: for as long as its lease lasts a push waits for it."""

    def setUp(self):
        super().setUp()
        self.reeve = self.manager()
        agent = self.agent(self.reeve, "web-1")
        wait_node(self.reeve.api, "web-1", "up")
        self.reeve.api.put("/services/pay", {"push": "manual",
                                             "instances": instances("10.0.0.1:80")})
        self.reeve.api.put("/services/pay/subscribers/web-1", {})
        agent.process.signal(signal.SIGSTOP)

    def started(self):
        operations = self.reeve.api.get("/operations")["items"]
        return operations[0]["uid"] if operations else None

    def push(self, *options):
        process = Process([REEVE, "service", "push", "pay", "--data", self.reeve.data, *options],
                          self.folder / "push.log")
        self.addCleanup(process.kill)
        return process

    def test_progress_is_a_line_now_and_then_and_ctrl_c_leaves_the_operation(self):
        push = self.push()
        wait_for(lambda: "push service/pay: 0 of 1 done, waiting for web-1\n" in push.output(),
                 "a line of progress")
        push.signal(signal.SIGINT)
        self.assertEqual(push.popen.wait(PATIENCE), 130)
        uid = self.started()
        self.assertIn(f"operation watch {uid}` follows it", push.output())
        self.assertIn(f"operation cancel {uid}` ends it", push.output())
        shown = self.reeve.cli("operation", "get", uid)
        self.assertEqual(shown.returncode, 0, shown)
        self.assertRegex(shown.stdout, r"(?m)^web-1 +running$")
        cancelled = self.reeve.cli("operation", "cancel", uid)
        self.assertEqual((cancelled.returncode, cancelled.stderr), (0, ""), cancelled)
        self.assertIn("cancelled; what is done stays done", cancelled.stdout)
        watched = self.reeve.cli("operation", "watch", uid)
        self.assertEqual(watched.returncode, 1, watched)
        self.assertRegex(self.reeve.cli("operation", "ls").stdout, rf"push pay +cancelled +0/1 .*{uid}")

    def test_on_a_terminal_progress_stands_in_one_line(self):
        terminal = Terminal(self, "service", "push", "pay", "--data", self.reeve.data,
                            cwd=self.folder, width=30)
        wait_for(lambda: b"push service/pay" in terminal.said, "progress")
        self.assertIn("\r\033[Kpush service/pay: 0 of 1 don…", terminal.said.decode())
        terminal.type(b"\x03")
        self.assertEqual(terminal.process.wait(PATIENCE), 130)

    def test_with_json_an_interruption_is_the_error_and_stderr_is_silent(self):
        push = self.push("--json")
        wait_for(self.started, "the operation")
        push.signal(signal.SIGINT)
        self.assertEqual(push.popen.wait(PATIENCE), 130)
        self.assertEqual(json.loads(push.output())["error"]["code"], "cancelled")

    def test_who_does_not_wait_is_told_how_to_follow(self):
        started = self.reeve.cli("service", "push", "pay", "--no-wait")
        self.assertEqual(started.returncode, 0, started)
        self.assertIn(f"operation watch {self.started()}`", started.stdout)


class Hooks(ReeveTest):
    def test_a_hook_that_fails_and_a_file_that_somebody_changes_are_told(self):
        manager = self.manager()
        script = self.folder / "reload"
        script.write_text("#!/bin/sh\necho about to fail\nexit 3\n")
        script.chmod(0o755)
        data = self.folder / "web-1"
        data.mkdir()
        (data / "reeve.yaml").write_text(json.dumps({"hooks": [{"command": [str(script), "pay"]}]}))
        self.agent(manager, "web-1", "--config", data / "reeve.yaml")
        wait_node(manager.api, "web-1", "up")
        manager.api.put("/services/pay", {"instances": instances("10.0.0.1:80")})
        added = manager.cli("subscriber", "add", "pay", "web-1", "--on-change", f"{script} pay",
                            "--debounce", "0s")
        self.assertEqual((added.returncode, added.stderr), (0, ""), added)

        wait_for(lambda: "exit 3: about to fail" in manager.cli("subscriber", "ls", "pay").stdout,
                 "the hook's outcome")
        shown = manager.cli("subscriber", "get", "pay", "web-1").stdout
        self.assertIn(f"hook     {script} pay: exit 3\n  | about to fail\n", shown)
        (data / "lists" / "pay.conf").write_text("[]")
        wait_for(lambda: "put back" in manager.cli("subscriber", "ls", "pay").stdout, "the drift")
        self.assertIn("pay.conf: changed ", manager.cli("subscriber", "get", "pay", "web-1").stdout)


if __name__ == "__main__":
    unittest.main()
