"""Programs that behave badly, on the real reeve-keeper: each gets its right state and reason, and
nothing else is disturbed."""

import contextlib
import os
import pathlib
import shutil
import signal
import stat
import struct
import subprocess
import time
import unittest

from lib.keeper import (ALWAYS, BACKOFF, BACKOFF_POLICY, EXITED, FATAL, NEVER, REMOVE, ROTATE, RUNNING, SECOND,
                        LIST, RESTART, SIGNAL, START, STOP, STOPPED, SUBSCRIBE, Keeper, Refused, spec)

NOBODY = 65534
CYCLES = int(os.environ.get("REEVE_FAULT_CYCLES", "300"))


def wait_until(said, what, seconds=15):
    deadline = time.monotonic() + seconds
    while not said():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.005)


def is_alive(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class KeeperProgramsTest(unittest.TestCase):
    def setUp(self):
        self.keeper = Keeper()
        self.keeper.start()
        self.addCleanup(self.keeper.__exit__)
        self.client = self.keeper.client()
        self.addCleanup(self.client.close)
        self.client.set("neighbour", spec(["sleep", "1000"], self.keeper.log("neighbour")))
        self.neighbour = self.client.one("neighbour")["pid"]

    def tearDown(self):
        report = self.client.one("neighbour")
        self.assertEqual((report["pid"], report["state"]), (self.neighbour, RUNNING))

    def set(self, name, command, **more):
        self.client.set(name, spec(command, self.keeper.log(name), **more))

    def said(self, name):
        """What is in its log; in the middle of a rotation, or before its first byte, nothing."""
        with contextlib.suppress(FileNotFoundError):
            return self.keeper.log(name).read_bytes()
        return b""

    def wait_said(self, name, words):
        wait_until(lambda: words in self.said(name), f"{name} says {words}")

    def fails(self, name, command, why, **more):
        self.set(name, command, startretries=0, **more)
        self.assertRegex(self.client.wait_state(name, FATAL)["reason"], why)

    def test_what_cannot_be_started_says_why(self):
        plain = self.keeper.top / "plain"
        plain.write_text("no program")
        self.fails("missing", ["/no/such/program"], 'run "/no/such/program": no such file')
        self.fails("unfound", ["no-such-program"], 'run "no-such-program": no such file')
        self.fails("plain", [str(plain)], "permission denied")
        plain.chmod(0o755)
        self.fails("unreadable", [str(plain)], "exec format error")
        self.fails("homeless", ["true"], 'change to folder "/no/folder": no such file', directory="/no/folder")

    def test_logs_that_cannot_be_had_say_why(self):
        with self.assertRaisesRegex(Refused, 'is of process "neighbour"'):
            self.client.set("thief", spec(["true"], self.keeper.log("neighbour")))
        link = self.keeper.top / "link"
        link.symlink_to("/etc/passwd")
        for name, path in (("folder", self.keeper.top), ("linked", link), ("device", "/dev/null")):
            self.client.set(name, spec(["true"], path, startretries=0))
            self.assertRegex(self.client.wait_state(name, FATAL)["reason"], "log file")

    def test_bad_names_and_specs_are_refused(self):
        for name in ("", "../x", ".hidden", "a/b", "x" * 200):
            with self.assertRaises(Refused):
                self.client.set(name, spec(["true"]))
        with self.assertRaisesRegex(Refused, "damaged|cut off"):
            self.client.set("torn", spec(["true"])[:-3])
        with self.assertRaisesRegex(Refused, "no command"):
            self.client.set("empty", spec([]))
        with self.assertRaisesRegex(Refused, "sealed memfd"):
            self.client.ask(2, "bare")

    def test_a_child_begins_clean(self):
        self.set("clean", ["sh", "-c", "cat /proc/self/status; echo; ls /proc/self/fd; umask;"
                           "pwd; env; cut -d' ' -f1,5,6 /proc/$$/stat; echo $$ $(ulimit -n) end"],
                 directory="/usr", umask=0o027, environment={"ONE": "1"}, autorestart=NEVER)
        self.wait_said("clean", b"end")
        status, said = self.said("clean").decode().split("\n\n")
        said = said.split("\n")
        for line in status.split("\n"):
            if line.startswith(("SigBlk", "SigIgn", "SigCgt")):
                self.assertEqual(line.split()[1], "0" * 16, line)
        self.assertEqual(said[:4], ["0", "1", "2", "3"])  # 3 is what ls reads
        self.assertEqual(said[4:6], ["0027", "/usr"])
        self.assertIn("ONE=1", said)
        self.assertNotIn("HOME", "".join(said))
        pid, nofile, _ = said[-2].split()
        self.assertIn(f"{pid} {pid} {pid}", said)  # its own session and group
        soft, _ = subprocess.run(["sh", "-c", "ulimit -n; ulimit -Hn"], capture_output=True,
                                 check=True).stdout.split()
        self.assertEqual(nofile.encode(), soft)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_a_program_of_another_user_writes_to_its_own_stdout(self):
        self.set("nobody", ["sh", "-c", "id -u; id -g; id -G; echo again > /dev/stdout"], uid=NOBODY, gid=NOBODY,
                 groups=(4, 5), autorestart=NEVER)
        self.wait_said("nobody", b"again\n")
        self.assertEqual(self.said("nobody"), b"65534\n65534\n65534 4 5\nagain\n")
        fifo = (self.keeper.folder / "fifos" / "nobody.out").stat()
        self.assertEqual((fifo.st_uid, stat.S_IMODE(fifo.st_mode)), (NOBODY, 0o600))

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_a_log_of_its_own_is_touched_with_the_programs_rights(self):
        closed, own = self.keeper.top / "closed", self.keeper.top / "own"
        closed.mkdir(mode=0o700)
        own.mkdir()
        os.chown(own, NOBODY, NOBODY)
        self.keeper.top.chmod(0o755)
        self.client.set("thief", spec(["echo", "x"], closed / "x.log", ours=False, uid=NOBODY, gid=NOBODY,
                                      startretries=0))
        self.assertRegex(self.client.wait_state("thief", FATAL)["reason"], "x.log.*permission denied")
        self.assertEqual(os.listdir(closed), [])

        log = own / "deep" / "x.log"
        self.client.set("owner", spec(["sh", "-c", "seq 20000; sleep 1000"], log, ours=False, uid=NOBODY, gid=NOBODY,
                                      max_bytes=50_000))
        backup = log.with_name("x.log.1")
        wait_until(lambda: log.exists() and log.read_bytes().endswith(b"20000\n"), "all of it")
        for file in (log, backup, log.with_name("x.log.times"), log.parent):
            self.assertEqual(file.stat().st_uid, NOBODY, file)
        self.client.ask(STOP, "owner")

    def test_output_that_is_sent_nowhere_any_more_is_dropped(self):
        count = self.keeper.top / "count"
        self.set("loud", ["sh", "-c", f"while :; do seq 5000; echo >> {count}; done"])
        wait_until(lambda: count.exists(), "the first lines")
        self.client.set("loud", spec(["true"]), start=False)
        before = count.stat().st_size
        wait_until(lambda: count.stat().st_size > before + 20, "it goes on without a log")
        self.client.ask(STOP, "loud")

    def test_one_whose_child_writes_for_ever_can_be_removed(self):
        told = self.keeper.top / "child"
        self.set("parent", ["sh", "-c", f"setsid sh -c 'echo $$ > {told}; exec yes' & sleep 0.2"], autorestart=NEVER,
                 own_cgroup=False, max_bytes=1 << 20, backups=1)
        self.client.wait_state("parent", EXITED)
        wait_until(lambda: told.exists() and told.read_text().endswith("\n"), "the child's number")
        child = int(told.read_text())
        try:
            self.client.ask(REMOVE, "parent")
        finally:
            os.kill(child, signal.SIGKILL)

    def test_one_that_ignores_term_is_killed_after_its_time(self):
        self.set("deaf", ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"], stopwait=SECOND // 10,
                 kill_as_group=1)
        self.wait_said("deaf", b"up")
        self.client.ask(STOP, "deaf")
        self.assertEqual(self.client.wait_state("deaf", STOPPED)["status"], signal.SIGKILL)

    def test_one_that_forks_away_does_not_escape_its_stop(self):
        self.set("away", ["sh", "-c", "setsid sleep 1001 & echo $!; wait"], kill_as_group=1)
        self.wait_said("away", b"\n")
        escaped = int(self.said("away"))
        wait_until(lambda: os.getsid(escaped) == escaped, "the fork to leave its group")
        self.client.ask(STOP, "away")
        self.client.wait_state("away", STOPPED)
        if "cgroup2" not in pathlib.Path("/proc/mounts").read_text() or os.geteuid() != 0:
            os.kill(escaped, signal.SIGKILL)
            self.skipTest("no cgroup v2 to write here")
        wait_until(lambda: not is_alive(escaped), "the fork is gone")

    def test_one_that_exits_at_once_for_ever_does_not_spin(self):
        self.set("spin", ["true"], autorestart=ALWAYS)
        self.client.wait("spin", lambda report: report["ends"] >= 2)
        time.sleep(0.3)
        self.assertLessEqual(self.client.one("spin")["ends"], 3)

    def test_one_over_its_budget_is_held_and_started_by_hand(self):
        self.set("budget", ["false"], policy=BACKOFF_POLICY, autorestart=ALWAYS, first_wait=1, longest_wait=1,
                 budget=5)
        report = self.client.wait_state("budget", FATAL)
        self.assertEqual(report["ends"], 6)
        self.assertGreater(report["held_until"], time.time_ns())
        self.client.ask(START, "budget")
        self.assertEqual(self.client.wait_state("budget", FATAL)["ends"], 12)

    def test_one_that_closes_stdout_goes_on(self):
        self.set("mute", ["sh", "-c", "echo one; exec >&- 2>&-; sleep 1000"])
        self.wait_said("mute", b"one\n")
        self.assertEqual(self.client.one("mute")["state"], RUNNING)
        keeper = self.keeper.header()[1]
        before = pathlib.Path(f"/proc/{keeper}/schedstat").read_text().split()[2]
        time.sleep(0.3)
        after = pathlib.Path(f"/proc/{keeper}/schedstat").read_text().split()[2]
        self.assertLess(int(after) - int(before), 5)

    def test_binary_output_is_kept_as_it_is(self):
        data = os.urandom(1 << 20)
        (self.keeper.top / "data").write_bytes(data)
        self.set("binary", ["cat", str(self.keeper.top / "data")], autorestart=NEVER)
        wait_until(lambda: len(self.said("binary")) == len(data), "all of it")
        self.assertEqual(self.said("binary"), data)

    def test_much_without_a_line_end_is_cut_by_size(self):
        self.set("endless", ["head", "-c", str(64 << 20), "/dev/zero"], autorestart=NEVER, max_bytes=1 << 20,
                 backups=100)
        logs = self.keeper.log("endless").parent
        self.client.wait_state("endless", EXITED)

        def size():
            with contextlib.suppress(FileNotFoundError):  # one that is being renamed
                return sum(path.stat().st_size for path in logs.glob("endless.log*")
                           if not path.name.endswith(".times"))
        wait_until(lambda: size() == 64 << 20, "all of it")
        self.assertLess(max(path.stat().st_size for path in logs.glob("endless.log*")), (1 << 20) + (130 << 10))

    def test_rotation_is_at_line_ends_and_keeps_its_backups(self):
        self.set("lines", ["seq", "1", "200000"], autorestart=NEVER, max_bytes=100_000, backups=3)
        log = self.keeper.log("lines")
        wait_until(lambda: self.said("lines").endswith(b"\n200000\n"), "the last line")
        files = [log] + [log.with_name(f"lines.log.{at}") for at in (1, 2, 3)]
        self.assertFalse(log.with_name("lines.log.4").exists())
        lines = b"".join(path.read_bytes() for path in reversed(files)).split()
        self.assertEqual(lines, [b"%d" % at for at in range(200001 - len(lines), 200001)])
        for path in files:
            self.assertTrue(path.read_bytes().endswith(b"\n"))
            self.assertTrue(path.with_name(path.name + ".times").exists())
            self.assertLess(path.stat().st_size, 100_000 + 10)

    def test_rotation_on_command_and_a_log_that_somebody_removed(self):
        self.set("asked", ["sh", "-c", "while read line; do echo $line; done < " + str(self.keeper.top / "say")])
        os.mkfifo(self.keeper.top / "say")
        with self.assertRaises(TimeoutError):
            self.client.wait_state("asked", STOPPED, 0.01)
        log = self.keeper.log("asked")
        wait_until(lambda: self.client.one("asked")["state"] == RUNNING, "it runs", 20)
        with open(self.keeper.top / "say", "w", buffering=1) as say:
            say.write("one\n")
            wait_until(lambda: self.said("asked") == b"one\n", "one")
            self.client.ask(ROTATE, "asked")
            say.write("two\n")
            wait_until(lambda: self.said("asked") == b"two\n", "two")
            self.assertEqual(log.with_name("asked.log.1").read_bytes(), b"one\n")
            log.unlink()
            say.write("three\n")
            wait_until(lambda: self.said("asked") == b"three\n", "three")

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount a small disk")
    def test_a_full_disk_stops_the_writer_and_loses_nothing(self):
        disk = self.keeper.top / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
        try:
            (disk / "other").write_bytes(b"x" * (512 << 10))
            self.client.set("full", spec(["seq", "1", "200000"], disk / "full.log", autorestart=NEVER))
            self.client.wait("full", lambda report: report["trouble"] == 28)
            self.assertEqual(self.client.one("full")["state"], RUNNING)
            (disk / "other").unlink()
            subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
            self.client.wait_state("full", EXITED)
            wanted = b"".join(b"%d\n" % at for at in range(1, 200001))
            wait_until(lambda: (disk / "full.log").read_bytes() == wanted, "every line")
            self.assertEqual(self.client.one("full")["trouble"], 0)
            self.client.ask(REMOVE, "full")
        finally:
            subprocess.run(["umount", str(disk)], check=False)

    def test_a_stranger_with_a_used_pid_is_never_touched(self):
        self.set("victim", ["sleep", "1000"])
        guardian, keeper = self.keeper.header()
        time.sleep(0.05)  # start times are counted in hundredths of a second
        stranger = subprocess.Popen(["sleep", "1000"])
        try:
            os.kill(guardian, signal.SIGSTOP)
            os.kill(keeper, signal.SIGKILL)
            os.kill(guardian, signal.SIGKILL)
            self.keeper.guardian.wait()
            wait_until(lambda: not is_alive(keeper), "the keeper's end")
            table = self.keeper.folder / "table"
            rows = 4096 + 1024 * 64  # header and events come first
            row = rows + 32 * 1      # "victim" has slot 1
            with open(table, "r+b") as file:
                file.seek(row)
                old = struct.unpack("<i", file.read(4))[0]
                os.kill(old, signal.SIGKILL)
                file.seek(row)
                file.write(struct.pack("<i", stranger.pid))
            self.keeper.start()
            self.client.close()
            self.client = self.keeper.client()
            wait_until(lambda: self.keeper.header()[1] != keeper, "the next keeper")
            report = self.client.wait("victim", lambda report: report["ends"] == 1)
            self.assertEqual((report["known"], report["state"]), (0, RUNNING))  # unknown is unexpected
            self.assertNotEqual(report["pid"], stranger.pid)
            self.client.ask(STOP, "victim")
            self.client.wait_state("victim", STOPPED)
            self.assertIsNone(stranger.poll())
        finally:
            stranger.kill()
            stranger.wait()

    def test_a_report_says_which_spec_a_process_runs_by(self):
        self.set("marked", ["sleep", "1000"], mark=7)
        self.set("marked", ["sleep", "1001"], mark=8)
        self.client.reports = []
        self.client.ask(LIST, "marked")
        self.assertEqual([(report["name"], report["mark"], report["started_mark"]) for report in self.client.reports],
                         [("marked", 8, 7)])
        self.client.ask(RESTART, "marked")
        self.client.wait("marked", lambda report: report["started_mark"] == 8)
        with self.assertRaisesRegex(Refused, "no process"):
            self.client.ask(LIST, "nobody")

    def test_cycles_leave_nothing_behind(self):
        guardian, keeper = self.keeper.header()

        def kept():
            return open_files(guardian), open_files(keeper), os.listdir(self.keeper.folder / "fifos")

        # The guardian takes and lets go of FIFOs on the keeper's word, after the answer to the client.
        wait_until(lambda: any("/fifos/" in os.readlink(fd) for fd in pathlib.Path(f"/proc/{guardian}/fd").iterdir()),
                   "the neighbour's FIFO at the guardian")
        before = kept()
        for cycle in range(CYCLES):
            self.client.send_set(f"cycle{cycle % 3}", spec(["sleep", "1000"], self.keeper.log(f"cycle{cycle % 3}")))
            self.client.ask(STOP, f"cycle{cycle % 3}")
            self.client.wait_state(f"cycle{cycle % 3}", STOPPED)
            self.client.ask(REMOVE, f"cycle{cycle % 3}")
        wait_until(lambda: kept() == before, "what was open and there before")
        children = subprocess.run(["ps", "-o", "stat=", "--ppid", f"{guardian},{keeper}"], capture_output=True,
                                  text=True, check=True).stdout
        self.assertNotIn("Z", children)
        self.assertEqual(os.listdir(self.keeper.folder / "specs"), ["0"])

    def test_an_agent_that_was_away_catches_up_or_is_told_of_the_gap(self):
        self.set("busy", ["true"], autorestart=NEVER)
        self.client.wait_state("busy", EXITED)
        with self.keeper.talk() as other:
            other.ask(SUBSCRIBE)
            other.one("busy")
            last = other.events[-1]["sequence"]
            self.assertEqual([event["sequence"] for event in other.events], list(range(1, last + 1)))
        for _ in range(600):
            self.client.ask(START, "busy")
            self.client.wait_state("busy", EXITED)
        with self.keeper.talk() as other:
            other.ask(SUBSCRIBE, first=last)
            while not any(report["name"] == "busy" for report in other.reports):
                other.receive()
            self.assertEqual(other.gaps, 1)
            busy = next(report for report in other.reports if report["name"] == "busy")
            self.assertEqual((busy["ends"], busy["state"]), (601, EXITED))

    def test_signals_reach_the_process_or_its_group(self):
        self.set("trap", ["sh", "-c", "trap 'echo got' USR1; echo up; while :; do sleep 0.02; done"])
        self.wait_said("trap", b"up")
        self.client.ask(SIGNAL, "trap", signal.SIGUSR1)
        self.wait_said("trap", b"got")
        with self.assertRaisesRegex(Refused, "no signal 99"):
            self.client.ask(SIGNAL, "trap", 99)

    def test_a_second_pair_is_refused(self):
        second = subprocess.run([self.keeper.program, str(self.keeper.folder)], capture_output=True, text=True,
                                check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("running already", second.stderr)

    def test_term_stops_programs_and_ends_both(self):
        other = Keeper()
        other.start()
        self.addCleanup(shutil.rmtree, other.top)
        with other.talk() as client:
            client.set("one", spec(["sleep", "1000"], other.log("one")))
            pid = client.one("one")["pid"]
        guardian, keeper = other.header()
        os.kill(guardian, signal.SIGTERM)
        self.assertEqual(other.guardian.wait(10), 0)
        self.assertFalse(is_alive(pid) or is_alive(keeper))
        other.said.close()


if __name__ == "__main__":
    unittest.main()
