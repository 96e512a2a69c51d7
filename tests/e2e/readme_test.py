"""README's commands as they stand there, typed on two machines: from the first list to a second
machine, and through backup and restore. Machines are network namespaces with their own /var/lib and
/run."""
import os
import pathlib
import re
import shlex
import subprocess
import unittest

from lib.netns import Switch, why_not
from lib.reeve import PATIENCE, REEVE, Process, ReeveTest, wait_for

WHY_NOT = why_not()
TOP = pathlib.Path(__file__).parents[2]
BLOCK = re.compile(r"^## (.*?)$|^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What stays in its terminal.
ROLES = ("dev", "manager", "agent")
# There on every Debian, with apt itself.
ALWAYS_THERE = {"libc6", "libgcc-s1", "libstdc++6"}


def blocks(file):
    """(heading, text) of each block of commands."""
    heading = None
    for found in BLOCK.finditer((TOP / file).read_text()):
        if found[1]:
            heading = found[1]
        else:
            yield heading, found[2]


def commands(text):
    """Without comments; a here-document belongs to its command."""
    lines = iter(text.splitlines())
    for line in lines:
        command = re.sub(r"(^|\s+)#.*", "", line).rstrip()
        here = re.search(r"<<'(\w+)'", command)
        while here and not command.endswith("\n" + here[1]):
            command += "\n" + next(lines)
        if command:
            yield command


def package_of(path):
    """Debian 12 knows some files of /usr/lib under /lib."""
    for known in (path, path.removeprefix("/usr")):
        found = subprocess.run(["dpkg", "-S", known], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    raise AssertionError(f"no package has {path}")


class Machine:
    def __init__(self, test, name, namespace):
        self.test = test
        self.name = name
        self.folder = test.folder / name
        for part in ("lib", "run", "home", "bin"):
            (self.folder / part).mkdir(parents=True)
        (self.folder / "bin/reeve").symlink_to(REEVE)
        self.prefix = ("ip", "netns", "exec", namespace, "unshare", "-m", "-u", "bash", "-euc")
        self.roles = []

    def script(self, command):
        return (f"mount --bind {self.folder}/lib /var/lib; mount --bind {self.folder}/run /run; "
                f"hostname {self.name}; cd {self.folder}/home; PATH={self.folder}/bin:$PATH; "
                f"export PATH; {command}")

    def type(self, command):
        """Answers what it printed, or None where it stays in its terminal."""
        words = shlex.split(command)
        if words[0] == "reeve" and words[1] in ROLES:
            self.start(words[1], command)
            return None
        done = subprocess.run([*self.prefix, self.script(command)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE)
        self.test.assertEqual(done.returncode, 0, f"{self.name}: {command}\n{done.stderr}")
        return done.stdout

    def start(self, role, command):
        log = self.test.folder / f"{self.name}-{role}-{len(self.roles)}.log"
        started = Process([self.script("exec " + command)], log, self.prefix)
        self.test.addCleanup(started.kill)
        self.roles.append((role, started))
        ready = {"dev": "Ctrl-C ends it", "manager": "manager ready",
                 "agent": "connected to the manager"}[role]

        def is_ready():
            started.expect_alive()
            return ready in started.output()
        wait_for(is_ready, f"{command} to be ready")

    def ctrl_c(self, role):
        self.test.assertEqual([one.stop() for name, one in self.roles if name == role], [0])
        self.roles = [one for one in self.roles if one[0] != role]


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Readme(ReeveTest):
    def setUp(self):
        super().setUp()
        switch = Switch(self, "readme")
        self.first = Machine(self, "first", switch.plug("first", "10.78.0.1/24"))
        self.second = Machine(self, "second", switch.plug("second", "10.78.0.2/24"))
        self.words = {"FIRST": "10.78.0.1", "SECOND": "second"}
        self.printed = {}

    def type_all(self, machine, text):
        for command in commands(text):
            if command.startswith(("alias ", "apt-get ", "scp ")):  # the program is there
                continue
            for name, value in self.words.items():
                command = re.sub(rf"\b{name}\b", value, command)
            if command.startswith("reeve resume"):
                command += " --yes"  # nobody is there to be asked
            self.printed[command] = machine.type(command)

    def test_its_commands_do_what_it_says(self):
        parts = {}
        for heading, text in blocks("README.md"):
            parts.setdefault(heading, []).append(text)
        self.first.type("reeve dev --demo")
        self.type_all(self.first, parts["Five commands to your first list"][0])
        self.assertIn("8820", self.printed["cat /var/lib/reeve/lists/mail.conf"])
        self.first.ctrl_c("dev")

        on_first, installed, subscribed, looked = parts["A second machine"]
        self.type_all(self.first, on_first)
        self.words["TOKEN"] = self.printed["reeve join-token create"].split()[0]
        self.check_libraries(installed)
        self.type_all(self.second, installed)
        self.type_all(self.first, subscribed)
        self.assertEqual(self.printed["reeve node ls"].count(" up "), 2)
        self.assertEqual(self.printed["reeve subscriber ls mail"].count(" current "), 2)
        self.type_all(self.second, looked)
        self.assertIn("offline", self.printed["cat /var/lib/reeve/lists/mail.conf"])

        self.type_all(self.first, parts["Push by hand"][0])
        self.assertIn("+ 10.0.0.3:8820", self.printed["reeve service diff mail"])
        self.assertIn("10.0.0.3", self.second.type("cat /var/lib/reeve/lists/mail.conf"))

        backed_up, restored = parts["Backup and restore"]
        self.type_all(self.first, backed_up)
        self.first.type("reeve instance online mail 10.0.0.1:8820")
        for machine in (self.first, self.second):
            wait_for(lambda at=machine: "offline" not in at.type("cat /var/lib/reeve/lists/mail.conf"),
                     f"{machine.name} to have what the backup has not")
        self.first.ctrl_c("manager")
        self.restore(restored)

    def restore(self, text):
        *before, last = commands(text)
        self.type_all(self.first, "\n".join(before[:2]))

        def shows_both():
            self.type_all(self.first, before[2])
            return all(f"\n{name} " in self.printed[before[2]] for name in ("first", "second"))
        wait_for(shows_both, "both nodes in the status of the hold")
        self.assertIn("IN HOLD", self.printed[before[2]])
        self.type_all(self.first, before[3])

        def is_well():
            self.type_all(self.first, last)
            return "all is well" in self.printed[last]
        wait_for(is_well, "all to be well")
        wait_for(lambda: "offline" in self.second.type("cat /var/lib/reeve/lists/mail.conf"),
                 "the second machine to have what was restored")

    def check_libraries(self, text):
        """The packages that README names are those that the program links to."""
        linked = set()
        for path in re.findall(r"=> (/\S+)", subprocess.check_output(["ldd", REEVE], text=True)):
            linked.add(package_of(os.path.realpath(path)))
        named = re.search(r"apt-get install -y (.*)", text)[1].split()
        self.assertEqual(set(named), linked - ALWAYS_THERE)

    def test_both_languages_say_the_same_commands(self):
        english, chinese = ([[command.splitlines()[0] for command in commands(text)]
                             for _, text in blocks(file)]
                            for file in ("README.md", "README.zh-CN.md"))
        self.assertEqual(english, chinese)


if __name__ == "__main__":
    unittest.main()
