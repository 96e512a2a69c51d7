"""Kills keeper, guardian, or both at random moments while programs write numbered lines, crash, and
are started and stopped: nothing dies of it, no line is missing or doubled, every status is right."""

import contextlib
import os
import pathlib
import random
import signal
import time
import unittest

from lib.keeper import (ALWAYS, BACKOFF, NEVER, RUNNING, START, STOP, STOPPED, UPGRADE, EXITED, Keeper,
                        KEEPER, Refused, spec)

ROUNDS = int(os.environ.get("REEVE_FAULT_ROUNDS", "12"))
WRITERS = 12
SEED = int(os.environ.get("REEVE_FAULT_SEED", random.randrange(1 << 30)))
# Unbuffered, about 500 lines a second each; TERM ends them between two lines.
WRITER = ("$SIG{TERM} = sub { $end = 1 }; $| = 1;"
          "for ($i = 0; !$end; ++$i) { syswrite STDOUT, \"$i\\n\"; select undef, undef, undef, 0.002 }")
# Says so if another copy of it runs.
CRASHER = "exec 9> $0; flock -n 9 || echo second; sleep 0.02; exit 7"


def backups_of(log):
    """The log's files, oldest first."""
    numbered = [(int(path.name.rsplit(".", 1)[1]), path) for path in log.parent.glob(log.name + ".*")
                if path.name.rsplit(".", 1)[1].isdigit()]
    return [path for _, path in sorted(numbered, reverse=True)] + [log]


def everything_in(log):
    """In the middle of a rotation, or before its first byte, nothing."""
    with contextlib.suppress(FileNotFoundError):
        return b"".join(path.read_bytes() for path in backups_of(log))
    return b""


def state_of(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()[0]


def copies_of(mark):
    """Pids of the living processes whose command line has this mark."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            words = pathlib.Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
            if mark.encode() in words and state_of(name) != "Z":
                found.append(int(name))
        except OSError:
            continue
    return found


class KeeperKillTest(unittest.TestCase):
    def setUp(self):
        print("seed", SEED)
        self.random = random.Random(SEED)
        self.keeper = Keeper()
        self.keeper.start()
        self.addCleanup(self.keeper.__exit__)
        self.mark = f"mark-{os.getpid()}-{self.id()}"
        with self.keeper.talk() as client:
            for at in range(WRITERS):
                client.set(f"writer{at}", spec(["perl", "-e", WRITER, f"{self.mark}-w{at}"],
                                               self.keeper.log(f"writer{at}"), max_bytes=4000, backups=900))
            client.set("crasher", spec(["sh", "-c", CRASHER, str(self.keeper.top / "lock")],
                                       self.keeper.log("crasher"), autorestart=ALWAYS, policy=1, first_wait=1,
                                       longest_wait=10**7, budget=10**9))
            client.set("flapper", spec(["sleep", "1000", f"{self.mark}-f"][:2],
                                       self.keeper.log("flapper"), startsecs=0))
            self.pids = {name: report["pid"] for name, report in client.list().items()}
        deadline = time.monotonic() + 20
        while not all(everything_in(self.keeper.log(f"writer{at}")) for at in range(WRITERS)):
            self.assertLess(time.monotonic(), deadline, "every writer has begun")
            time.sleep(0.01)

    def replace_keeper(self, kill):
        """Kills, and waits for the next keeper to say who it is."""
        guardian, keeper = self.keeper.header()
        kill(guardian, keeper)
        deadline = time.monotonic() + 10
        while self.keeper.header()[1] == keeper:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.002)

    def check_alive(self, client):
        reports = client.list()
        for at in range(WRITERS):
            name = f"writer{at}"
            self.assertEqual((reports[name]["pid"], reports[name]["state"], reports[name]["ends"]),
                             (self.pids[name], RUNNING, 0), reports[name])
        return reports

    def check_lines(self):
        with self.keeper.talk() as client:
            for at in range(WRITERS):
                client.ask(STOP, f"writer{at}")
            for at in range(WRITERS):
                client.wait_state(f"writer{at}", STOPPED)
        deadline = time.monotonic() + 5
        for at in range(WRITERS):
            while True:
                lines = everything_in(self.keeper.log(f"writer{at}")).split(b"\n")
                wanted = [b"%d" % line for line in range(len(lines) - 1)] + [b""]
                if lines == wanted and len(lines) > 1:
                    break
                if time.monotonic() > deadline:
                    wrong = next((i for i, (a, b) in enumerate(zip(lines, wanted)) if a != b), len(lines))
                    self.fail(f"writer{at}: line {wrong} of {len(lines)} is {lines[wrong:wrong + 3]}")
                time.sleep(0.05)

    def live_through(self, deed):
        """Does it again and again, with a start or stop under way."""
        crashes = 0
        for turn in range(ROUNDS):
            client = self.keeper.client()
            client.send(STOP if turn % 2 else START, "flapper")
            time.sleep(self.random.random() * 0.1)
            deed()
            client.close()
            with self.keeper.talk() as other:
                reports = self.check_alive(other)
            self.assertGreaterEqual(reports["crasher"]["ends"], crashes)
            crashes = reports["crasher"]["ends"]
            for at in range(WRITERS):
                self.assertEqual(len(copies_of(f"{self.mark}-w{at}")), 1)
        self.assertEqual(self.keeper.log("crasher").read_bytes(), b"")  # no second copy
        self.assertGreater(crashes, 0)
        return reports

    def test_a_killed_keeper_costs_nothing(self):
        reports = self.live_through(lambda: self.replace_keeper(lambda _, keeper: os.kill(keeper, signal.SIGKILL)))
        self.assertEqual((reports["crasher"]["status"], reports["crasher"]["known"]), (7 << 8, 1))
        self.check_lines()

    def test_a_killed_guardian_is_replaced(self):
        def deed():
            self.replace_keeper(lambda guardian, _: os.kill(guardian, signal.SIGKILL))
        reports = self.live_through(deed)
        self.assertEqual((reports["crasher"]["status"], reports["crasher"]["known"]), (7 << 8, 1))
        self.check_lines()

    def test_both_killed_lose_no_line_of_what_lives(self):
        def kill_both(guardian, keeper):
            os.kill(guardian, signal.SIGSTOP)  # or it would start another one in between
            os.kill(keeper, signal.SIGKILL)
            os.kill(guardian, signal.SIGKILL)
            self.keeper.guardian.wait()
            self.keeper.start()

        def deed():
            self.replace_keeper(kill_both)
        self.live_through(deed)
        self.check_lines()

    def test_an_upgrade_in_place_costs_nothing(self):
        def deed():
            with self.keeper.talk() as client:
                before = self.keeper.header()
                client.ask(UPGRADE, words=KEEPER)
                self.assertEqual(self.keeper.header(), before)  # the same pids
        self.live_through(deed)
        self.check_lines()

    def test_a_program_that_refuses_the_state_changes_nothing(self):
        with self.keeper.talk() as client:
            for program, says in (("/bin/false", "refuses"), ("/nonexistent", "no such file"),
                                  ("/bin/true", "is no reeve-keeper")):
                with self.assertRaisesRegex(Refused, says):
                    client.ask(UPGRADE, words=program)
            self.check_alive(client)
        self.check_lines()

    def test_statuses_of_those_that_end_while_there_is_no_keeper_are_known(self):
        with self.keeper.talk() as client:
            for code in range(5):
                os.mkfifo(self.keeper.top / f"go{code}")
                client.set(f"ends{code}", spec(["sh", "-c", f"read x < {self.keeper.top}/go{code}; echo last; exit {code}"],
                                               self.keeper.log(f"ends{code}"), autorestart=NEVER))
            pids = {code: client.wait(f"ends{code}", lambda report: report["pid"])["pid"] for code in range(5)}
        keeper = self.keeper.header()[1]
        os.kill(keeper, signal.SIGSTOP)
        for code in range(5):
            with open(self.keeper.top / f"go{code}", "w") as go:
                go.write("\n")
        deadline = time.monotonic() + 5
        while any(state_of(pid) != "Z" for pid in pids.values()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        self.replace_keeper(lambda _, pid: os.kill(pid, signal.SIGKILL))
        with self.keeper.talk() as client:
            for code in range(5):
                report = client.wait_state(f"ends{code}", EXITED)
                self.assertEqual((report["status"], report["known"], report["ends"]), (code << 8, 1, 1))
                deadline = time.monotonic() + 5
                while self.keeper.log(f"ends{code}").read_bytes() != b"last\n":
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.005)


if __name__ == "__main__":
    unittest.main()
