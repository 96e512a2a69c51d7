"""A manager whose disk is full, read-only or slow: writes fail or wait clearly, reads and the agents'
heartbeats go on, and no node is shown down."""
import contextlib
import datetime
import os
import pathlib
import shutil
import statistics
import subprocess
import threading
import time
import unittest

from lib.reeve import ApiError, Background, Manager, ReeveTest, instances, wait_applied, wait_for, wait_node

# The manager's lease of a node, and some more: whoever is not heard for so long is down.
LEASE = 17
FLUSH = 0.2


def why_no_disk():
    if os.geteuid() != 0:
        return "mounting a disk needs root"
    missing = [tool for tool in ("mount", "umount", "mkfs.ext4", "e2fsck") if not shutil.which(tool)]
    return f"{missing[0]} is not installed" if missing else None


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


class ManagerAndAgent(ReeveTest):
    def begin(self, manager):
        self.manager_ = self.own(manager).start()
        self.agent_ = self.agent(manager, "web-1")
        self.put("pay", weight=1)
        wait_applied(manager.api, "pay", "web-1")

    def put(self, service, weight):
        return self.manager_.api.put(f"/services/{service}", {
            "description": "x" * 4000, "instances": instances("10.0.0.1:80", weight=weight),
            "subscriptions": [{"nodes": ["web-1"]}]})

    def try_put(self, service, weight):
        with contextlib.suppress(ApiError):
            return self.put(service, weight)

    def watch_node(self, look, pause):
        """Calls `look` again and again for longer than a node may be silent; it is up all the time."""
        begin = wait_node(self.manager_.api, "web-1", "up")["last_seen"]
        while True:
            node = look()
            self.assertEqual(node["state"], "up")
            if seconds(node["last_seen"]) - seconds(begin) > LEASE:
                return
            time.sleep(pause)

    def node(self):
        nodes = self.manager_.api.get("/nodes")["items"]
        return next(node for node in nodes if node["name"] == "web-1")


class Disk(ManagerAndAgent):
    """The manager is on a small disk of its own."""

    def setUp(self):
        super().setUp()
        self.image = self.folder / "image"
        with open(self.image, "wb") as out:
            out.truncate(16 << 20)
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        # It keeps nothing back for root, who runs this.
        made = run("mkfs.ext4", "-q", "-m", "0", self.image)
        self.assertEqual(made.returncode, 0, made.stderr)
        mounted = self.mount()
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount a disk: {mounted.stderr.strip()}")
        # By a link, so that what the manager prints goes elsewhere.
        (self.disk / "m").mkdir()
        (self.folder / "m").symlink_to(self.disk / "m")
        self.begin(Manager(self.folder / "m"))

    def _clean_up(self):
        for role in self.roles:
            role.close()
        unmounted = run("umount", self.disk) if self.disk.is_mount() else None
        is_left = unmounted is not None and unmounted.returncode != 0
        if is_left:
            run("umount", "--lazy", self.disk)
        super()._clean_up()
        self.assertFalse(is_left, is_left and unmounted.stderr)

    def mount(self):
        return run("mount", "-o", "loop,errors=remount-ro", self.image, self.disk)

    def until_refused(self):
        """The weight that was stored last, and the refusal."""
        for weight in range(2, 100):
            try:
                self.put("pay", weight)
            except ApiError as refusal:
                return weight - 1, refusal
        raise AssertionError("never refused")

    def weight(self):
        return self.manager_.api.get("/services/pay")["instances"][0]["weight"]

    def expect_served_without_writes(self):
        stored = self.manager_.api.get("/services/pay")

        def look():
            self.assertEqual(self.manager_.api.get("/services/pay"), stored)
            self.assertIsNone(self.try_put("pay", 50))
            return self.node()
        self.watch_node(look, pause=0.5)


def seconds(time_text):
    return datetime.datetime.fromisoformat(time_text).timestamp()


@unittest.skipIf(why_no_disk(), why_no_disk())
class FullOrReadOnly(Disk):
    def test_a_full_disk(self):
        ballast = self.fill()
        weight, refusal = self.until_refused()
        self.assertEqual((refusal.status, refusal.code), (507, "storage_full"))
        self.assertIn("no space left", refusal.message)
        self.expect_served_without_writes()
        self.assertEqual(self.weight(), weight)

        ballast.unlink()
        wait_for(lambda: self.try_put("pay", 99), "writes to work again")
        wait_applied(self.manager_.api, "pay", "web-1")

    def fill(self):
        ballast = self.disk / "ballast"
        with open(ballast, "wb", buffering=0) as out, contextlib.suppress(OSError):
            while True:
                out.write(bytes(4096))
        return ballast

    def test_a_disk_that_becomes_read_only(self):
        self.make_read_only()
        weight, refusal = self.until_refused()
        self.assertEqual((refusal.status, refusal.code), (503, "unavailable"), refusal)
        self.assertIn("read-only", refusal.message)
        self.assertIn("store.db: its file system is read-only", refusal.message)
        self.expect_served_without_writes()

        self.manager_.kill()
        self.assertEqual(self.manager_.launch().process.popen.wait(30), 1)
        self.assertIn("read-only", self.manager_.process.output().splitlines()[-1])
        run("umount", self.disk)
        # A copy, for a test beside this one that has its own view of all mounts may still hold the disk.
        self.image = pathlib.Path(shutil.copy(self.image, self.folder / "mended"))
        run("e2fsck", "-fy", self.image)
        self.assertEqual(self.mount().returncode, 0)
        self.manager_.start()
        self.assertEqual(self.weight(), weight)
        self.put("pay", 99)
        wait_applied(self.manager_.api, "pay", "web-1")

    def make_read_only(self):
        """As the kernel does it when a disk gives errors."""
        device = run("findmnt", "-n", "-o", "SOURCE", self.disk).stdout.strip()
        trigger = pathlib.Path("/sys/fs/ext4") / pathlib.Path(device).name / "trigger_fs_error"
        if not trigger.exists():
            self.skipTest("this kernel has no way to let a disk fail")
        trigger.write_text("as if the disk had failed")


def why_no_strace():
    if not shutil.which("strace"):
        return "strace is not installed"
    tried = run(*slow_flushes(), "true")
    return f"strace cannot work here: {tried.stderr.strip()}" if tried.returncode != 0 else None


def slow_flushes():
    """What a program is started with, so that each flush of a file takes so long; it keeps its pid."""
    calls = "fsync,fdatasync,sync_file_range,syncfs,sync"
    return ("strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", f"trace={calls}",
            "-e", f"inject={calls}:delay_enter={int(FLUSH * 1e6)}")


@unittest.skipIf(why_no_strace(), why_no_strace())
class Slow(ManagerAndAgent):
    def test_writes_share_the_flushes_and_nobody_else_waits(self):
        # Leaks cannot be looked for in a traced program.
        options = f"{os.environ.get('ASAN_OPTIONS', '')}:detect_leaks=0"
        self.begin(Manager(self.folder / "m", prefix=slow_flushes(),
                           env={"ASAN_OPTIONS": options}))
        begin = time.monotonic()
        self.put("pay", weight=2)
        self.assertGreaterEqual(time.monotonic() - begin, FLUSH)

        writers = [Writer(self, f"s{number}") for number in range(16)]
        took = []

        def look():
            start = time.monotonic()
            node = self.node()
            took.append(time.monotonic() - start)
            return node
        try:
            self.watch_node(look, pause=0.02)
        finally:
            written = [writer.end() for writer in writers]
        self.assertTrue(all(written), written)
        self.assertLess(statistics.median(took), FLUSH / 2)
        wait_applied(self.manager_.api, "s0", "web-1")
        self.assertEqual(self.manager_.stop(), 0)


class Writer(Background):
    """Edits one service again and again; a refusal ends it."""

    def __init__(self, test, service):
        self.test = test
        self.service = service
        self.edits = 0
        self.refusal = None
        self.is_over = threading.Event()
        super().__init__(self.write)

    def write(self):
        while not self.is_over.is_set():
            try:
                self.test.put(self.service, weight=1 + self.edits % 100)
                self.edits += 1
            except ApiError as refusal:
                self.refusal = refusal
                return

    def end(self):
        """How many edits were taken, if none was refused."""
        self.is_over.set()
        self.finish()
        self.test.assertIsNone(self.refusal)
        return self.edits


if __name__ == "__main__":
    unittest.main()
