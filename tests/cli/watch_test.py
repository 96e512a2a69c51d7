#!/usr/bin/env python3
"""--watch: the view again whenever what it is about changes, on a terminal in one place, else one
after the other, with --json a line each; Ctrl-C ends it with 130."""
import json
import signal
import unittest

from lib.reeve import PATIENCE, Process, REEVE, ReeveTest, instances, wait_for
from lib.terminal import Terminal


class Watch(ReeveTest):
    def setUp(self):
        super().setUp()
        self.reeve = self.dev()
        self.put("10.0.0.1:80")

    def put(self, *endpoints):
        self.reeve.api.put("/services/pay", {"instances": instances(*endpoints)})

    def watch(self, *words):
        process = Process([REEVE, *words, "--watch", "--data", self.reeve.data],
                          self.folder / "watch.log")
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        process.signal(signal.SIGINT)
        self.assertEqual(process.popen.wait(PATIENCE), 130)

    def test_into_a_pipe_goes_the_view_after_each_change(self):
        watched = self.watch("service", "get", "pay")
        wait_for(lambda: "10.0.0.1:80" in watched.output(), "the first view")
        self.put("10.0.0.1:80", "10.0.0.2:80")
        wait_for(lambda: "10.0.0.2:80" in watched.output(), "the second")
        self.end(watched)
        self.assertEqual(watched.output().count("10.0.0.2:80"), 1)
        self.assertNotIn("\033", watched.output())

    def test_with_json_each_change_is_a_line(self):
        watched = self.watch("service", "get", "pay", "--json")
        wait_for(lambda: watched.output().count("\n") == 1, "the first line")
        self.put("10.0.0.1:80", "10.0.0.2:80")
        wait_for(lambda: watched.output().count("\n") == 2, "the second")
        self.end(watched)
        lines = [json.loads(line) for line in watched.output().splitlines()]
        self.assertEqual([len(one["instances"]) for one in lines], [1, 2])

    def test_what_is_not_there_is_an_error_and_not_waited_for(self):
        run = self.reeve.cli("service", "get", "none", "--watch")
        self.assertEqual((run.returncode, run.stdout), (1, ""), run)

    def test_what_goes_meanwhile_ends_it(self):
        watched = self.watch("service", "get", "pay")
        wait_for(lambda: "10.0.0.1:80" in watched.output(), "the first view")
        self.reeve.api.delete("/services/pay")
        self.assertEqual(watched.popen.wait(PATIENCE), 1)

    def test_a_terminal_is_redrawn_and_left_as_it_was(self):
        terminal = Terminal(self, "service", "ls", "--watch", "--data", self.reeve.data,
                            cwd=self.folder)
        wait_for(lambda: b"1/1" in terminal.said, "the first view")
        self.put("10.0.0.1:80", "10.0.0.2:80")
        wait_for(lambda: b"2/2" in terminal.said, "the second")
        self.assertTrue(terminal.said.startswith(b"\033[?1049h"), terminal.said)
        terminal.type(b"\x03")
        self.assertEqual(terminal.process.wait(PATIENCE), 130)
        wait_for(lambda: b"\033[?1049l" in terminal.said, "the usual screen")
        self.assertIn(b"2/2", terminal.said.split(b"\033[?1049l")[1], "the last view stays")

    def test_a_manager_that_goes_and_comes_back_is_watched_on(self):
        manager = self.manager()
        manager.api.put("/services/mail", {"instances": instances("10.0.0.1:80")})
        watched = Process([REEVE, "service", "ls", "--watch", "--json", "--data", manager.data],
                          self.folder / "watch.log")
        self.addCleanup(watched.kill)
        wait_for(lambda: "mail" in watched.output(), "the first view")
        manager.kill()
        manager.start()
        manager.api.put("/services/news", {"instances": instances("10.0.0.1:80")})
        wait_for(lambda: "news" in watched.output(), "what is new")
        self.end(watched)


if __name__ == "__main__":
    unittest.main()
