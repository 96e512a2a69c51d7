"""What an operator may find when a manager cannot start or cannot go on: a sentence that says what is
wrong and what to do about it, exit code 1, within seconds."""
import contextlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import unittest

from lib.pressure import is_sanitized
from lib.reeve import Agent, ApiError, Manager, ReeveTest, instances, wait_for

SECONDS = 60 if is_sanitized() else 15


def fill(folder, name="ballast"):
    """Takes all the space that is left."""
    file = folder / name
    block = b"\0" * 4096
    with open(file, "wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(block)
    return file


class Refusals(ReeveTest):
    def refused(self, role):
        """The sentence of a role that does not start, once it has ended."""
        self.own(role).launch()
        try:
            code = role.process.popen.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs\n{role.process.output()}") from None
        said = role.process.output().strip()
        self.assertEqual(code, 1, said)
        sentences = [line for line in said.splitlines() if line.startswith("reeve: ")]
        self.assertEqual(len(sentences), 1, said)
        self.assertEqual(said.splitlines()[-1], sentences[0])
        self.assertNotRegex(said, "Sanitizer|terminate called|Assertion")
        self.assertLess(len(sentences[0]), 400)
        return sentences[0]


class Start(Refusals):
    def stopped(self, services=1):
        """A manager that was ended in order, with something in its store."""
        manager = self.manager()
        for i in range(services):
            manager.api.put(f"/services/s{i}", {"description": "x" * 1000,
                                                "instances": instances("10.0.0.1:80")})
        self.assertEqual(manager.stop(), 0)
        return manager

    def database(self, manager):
        found = list((manager.data / "manager").glob("*.db"))
        self.assertEqual(len(found), 1, list((manager.data / "manager").iterdir()))
        return found[0]

    def test_a_data_folder_that_cannot_be_made(self):
        file = self.folder / "file"
        file.write_text("")
        role = Manager(self.folder / "m")
        role.arguments[role.arguments.index("--data") + 1] = str(file / "below")
        sentence = self.refused(role)
        self.assertIn(str(file / "below"), sentence)
        self.assertIn("--data", sentence)

    def test_a_file_where_the_managers_folder_should_be(self):
        role = Manager(self.folder / "m")
        (role.data / "manager").write_text("")
        self.assertIn(str(role.data / "manager"), self.refused(role))

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_data_folder_that_is_not_ours(self):
        role = Manager(self.folder / "m")
        role.data.chmod(0o500)
        self.addCleanup(role.data.chmod, 0o700)
        sentence = self.refused(role)
        self.assertIn(str(role.data), sentence)
        self.assertIn("ermission denied", sentence)

    def test_a_port_that_is_taken(self):
        for option in ("--listen", "--link-listen"):
            with self.subTest(option=option), socket.socket() as other:
                other.bind(("127.0.0.1", 0))
                other.listen()
                address = f"127.0.0.1:{other.getsockname()[1]}"
                role = Manager(self.folder / f"m{option}")
                role.arguments[role.arguments.index(option) + 1] = address
                sentence = self.refused(role)
                self.assertIn(address, sentence)
                self.assertIn("in use", sentence)
                self.assertIn(option, sentence)

    def test_a_port_of_the_agent_that_is_taken(self):
        manager = self.manager()
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            address = f"127.0.0.1:{other.getsockname()[1]}"
            role = Agent(self.folder / "a", manager.link, manager.join_token(), "web-1",
                         local=address)
            sentence = self.refused(role)
            self.assertIn(address, sentence)
            self.assertIn("in use", sentence)
            self.assertIn("--local-http", sentence)

    def test_a_second_manager_on_one_folder(self):
        first = self.manager()
        second = Manager(first.data)
        second.data = self.folder / "second"  # its log, not its folder
        self.assertIn("another process", self.refused(second))
        first.api.put("/services/pay", {})

    def test_a_database_whose_header_is_damaged(self):
        manager = self.stopped()
        with open(self.database(manager), "r+b") as file:
            file.write(os.urandom(100))
        sentence = self.refused(manager)
        self.assertIn(str(self.database(manager)), sentence)
        self.assertIn("damaged", sentence)
        self.assertIn("restore a backup", sentence)

    def test_a_database_whose_middle_is_damaged(self):
        manager = self.stopped(services=60)
        size = self.database(manager).stat().st_size
        self.assertGreater(size, 60_000)
        with open(self.database(manager), "r+b") as file:
            file.seek(size // 3)
            file.write(os.urandom(size // 3))
        sentence = self.refused(manager)
        self.assertIn(str(self.database(manager)), sentence)
        self.assertIn("damaged", sentence)
        self.assertIn("restore a backup", sentence)

    def test_a_database_that_was_cut_off(self):
        manager = self.stopped(services=60)
        os.truncate(self.database(manager), self.database(manager).stat().st_size // 2)
        self.assertIn("damaged", self.refused(manager))

    def test_a_value_in_the_database_that_is_damaged(self):
        manager = self.stopped()
        with contextlib.closing(sqlite3.connect(self.database(manager))) as database, database:
            database.execute("UPDATE entries SET value = x'7b22' "
                             "WHERE CAST(key AS TEXT) LIKE '%/services/s0'")
            self.assertEqual(database.total_changes, 1)
        sentence = self.refused(manager)
        self.assertIn("s0", sentence)
        self.assertIn("restore a backup", sentence)

    def test_a_database_of_somebody_else(self):
        manager = self.stopped()
        file = self.database(manager)
        file.unlink()
        with contextlib.closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE recipes (name)")
            other.commit()
        self.assertIn("not one of reeve's", self.refused(manager))

    def test_a_store_of_a_newer_reeve(self):
        manager = self.stopped()
        with contextlib.closing(sqlite3.connect(self.database(manager))) as database, database:
            database.execute("UPDATE numbers SET value = value + 1 WHERE name = 'format'")
        sentence = self.refused(manager)
        self.assertRegex(sentence, r"has format \d+, this reeve knows formats up to \d+")
        self.assertIn("start the newer reeve", sentence)

    def test_a_certificate_authority_that_is_half_there(self):
        for name in ("ca.key", "ca.pem"):
            manager = self.own(Manager(self.folder / f"m-{name}")).start()
            manager.stop()
            (manager.data / "manager" / name).unlink()
            self.assertIn(name, self.refused(manager))

    def test_a_certificate_authority_that_is_damaged(self):
        for name in ("ca.key", "ca.pem"):
            manager = self.own(Manager(self.folder / f"m-{name}")).start()
            manager.stop()
            (manager.data / "manager" / name).write_text("-----BEGIN NOTHING-----\n")
            self.assertIn(name, self.refused(manager))


def why_no_tmpfs():
    if os.geteuid() != 0:
        return "mounting a small file system needs root"
    if not shutil.which("mount"):
        return "mount is not installed"
    return None


@unittest.skipIf(why_no_tmpfs(), why_no_tmpfs())
class DiskFull(Refusals):
    def setUp(self):
        super().setUp()
        self.small = self.folder / "small"
        self.small.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", self.small],
                              capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"cannot mount a small file system: {done.stderr.strip()}")

    def _clean_up(self):
        for role in self.roles:
            role.close()
        subprocess.run(["umount", self.small], capture_output=True)
        super()._clean_up()

    def put(self, api, name):
        return api.put(f"/services/{name}", {"description": "x" * 4000,
                                             "instances": instances("10.0.0.1:80")})

    def names(self, api):
        """Of the services that are people's."""
        services = api.get("/services?limit=1000")["items"]
        return {service["name"] for service in services if not service["kernel"]}

    def until_full(self, api):
        """Names of services that were stored before the disk was full, and the refusal."""
        stored = []
        for i in range(10_000):
            try:
                self.put(api, f"s{i}")
                stored.append(f"s{i}")
            except ApiError as refusal:
                return stored, refusal
        raise AssertionError("the disk is never full")

    def test_a_full_disk_refuses_writes_until_there_is_space_again(self):
        manager = self.own(Manager(self.small / "m")).start()
        self.put(manager.api, "before")
        ballast = fill(self.small)
        stored, refusal = self.until_full(manager.api)
        self.assertEqual((refusal.status, refusal.code), (507, "storage_full"))
        self.assertIn("no space left", refusal.message)
        for _ in range(3):
            with self.assertRaises(ApiError) as again:
                self.put(manager.api, "refused")
            self.assertEqual(again.exception.status, 507)
        names = self.names(manager.api)
        self.assertEqual(names, {"before", *stored}, "reads go on")

        ballast.unlink()
        wait_for(lambda: self.try_put(manager.api, "after"), "writes to work again", 10)
        self.assertEqual(manager.stop(), 0)
        manager.start()
        names = self.names(manager.api)
        self.assertEqual(names, {"before", "after", *stored})

    def try_put(self, api, name):
        try:
            return self.put(api, name)
        except ApiError:
            return None

    def test_a_manager_that_is_killed_on_a_full_disk_starts_once_there_is_space(self):
        manager = self.own(Manager(self.small / "m")).start()
        ballast = fill(self.small)
        stored, _ = self.until_full(manager.api)
        manager.kill()
        ballast.unlink()
        manager.start()
        names = self.names(manager.api)
        self.assertEqual(names, set(stored))

    def test_a_first_start_on_a_full_disk(self):
        role = Manager(self.small / "m")
        fill(self.small)
        # The log is elsewhere, or it could not be written.
        role.data = self.folder / "log"
        sentence = self.refused(role)
        self.assertRegex(sentence, re.compile("no space left", re.IGNORECASE))
        self.assertIn(str(self.small / "m"), sentence)

    def test_lists_on_a_full_disk_say_so_and_come_when_there_is_space(self):
        manager = self.manager()
        agent = self.own(Agent(self.folder / "agent", manager.link, manager.join_token(), "web-1",
                               "--publish-root", str(self.small))).start()
        ballast = fill(self.small)
        path = self.small / "pay.conf"
        manager.api.put("/services/pay", {
            "instances": instances("10.0.0.1:80"),
            "subscriptions": [{"nodes": ["web-1"], "outputs": [{"path": str(path)}]}]})

        def state(wanted):
            items = manager.api.get("/services/pay/subscribers")["items"]
            return items and items[0]["state"] == wanted and items[0]
        failed = wait_for(lambda: state("failed"), "the agent to say that it failed")
        self.assertIn("pay.conf", failed["error"])
        self.assertRegex(failed["error"], "[Nn]o space left")
        ballast.unlink()
        manager.api.patch("/services/pay/instances/10.0.0.1:80", {"weight": 9})
        wait_for(lambda: state("current"), "the list to be written")
        self.assertIn(b'"weight":9', path.read_bytes())
        self.assertTrue(agent.process.is_running())


if __name__ == "__main__":
    unittest.main()
