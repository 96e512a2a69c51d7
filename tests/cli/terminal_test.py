"""What the program does on a terminal: a passphrase is not shown, and Ctrl-C there leaves a terminal
that shows what is typed."""
import signal
import unittest

from lib.reeve import PATIENCE, ReeveTest, wait_for
from lib.terminal import Terminal


class Passphrase(ReeveTest):
    def ask(self):
        terminal = Terminal(self, "backup", "some.backup", "--data", "none", cwd=self.folder)
        wait_for(lambda: b"passphrase" in terminal.said, "the question")
        wait_for(lambda: not terminal.shows_what_is_typed(), "the terminal to hide what is typed")
        return terminal

    def test_ctrl_c_ends_it_and_leaves_a_terminal_that_shows_what_is_typed(self):
        terminal = self.ask()
        terminal.type(b"half of i\x03")
        self.assertEqual(terminal.process.wait(PATIENCE), -signal.SIGINT)
        self.assertTrue(terminal.shows_what_is_typed())
        self.assertNotIn(b"half", terminal.said)

    def test_a_signal_from_elsewhere_does_so_too(self):
        terminal = self.ask()
        terminal.process.send_signal(signal.SIGTERM)
        self.assertEqual(terminal.process.wait(PATIENCE), -signal.SIGTERM)
        self.assertTrue(terminal.shows_what_is_typed())

    def test_who_stops_it_and_comes_back_is_asked_again(self):
        terminal = self.ask()
        asked = terminal.said.count(b"passphrase")
        # Without a shell beside it nobody could continue it, so the system lets it go on at once.
        terminal.process.send_signal(signal.SIGTSTP)
        wait_for(lambda: terminal.said.count(b"passphrase") > asked, "the question again")
        wait_for(lambda: not terminal.shows_what_is_typed(), "the terminal to hide what is typed")

        for turn in range(2):
            terminal.type(b"correct horse\n")
            if turn == 0:
                wait_for(lambda: b"the same again" in terminal.said, "the second question")
                wait_for(lambda: not terminal.shows_what_is_typed(), "the terminal to hide it")
        self.assertEqual(terminal.process.wait(PATIENCE), 1)
        wait_for(lambda: b"no manager was found" in terminal.said, "what comes next")
        self.assertNotIn(b"horse", terminal.said)
        self.assertTrue(terminal.shows_what_is_typed())


if __name__ == "__main__":
    unittest.main()
