"""What a node does about its files beside writing them: it runs programs after a change, puts back
what somebody changed, and says what it cannot do, while all other files go on."""
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import stat
import subprocess
import unittest

from lib.pressure import expect_growth_below, resident, rounds
from lib.reeve import ReeveTest, instances, subscriber, wait_applied, wait_for, wait_node


class Files(ReeveTest):
    def setUp(self):
        super().setUp()
        self.lists = self.folder / "lists"
        self.lists.mkdir()
        self.ran = self.folder / "ran"
        self.ran.touch()
        self.manager_ = self.manager()
        self.api = self.manager_.api
        self.agent_ = None

    def hook(self, name, script):
        """A program that may run on the node."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return [str(path)]

    def start_agent(self, *hooks, roots=()):
        config = self.folder / "reeve.yaml"
        config.write_text(json.dumps({
            "publish_roots": [str(self.lists), *map(str, roots)],
            "hooks": [{"command": hook} for hook in hooks]}))
        self.agent_ = self.agent(self.manager_, "web-1", "--config", str(config))
        wait_node(self.api, "web-1", "up")

    def subscribe(self, service="pay", *outputs, port=1):
        self.push(port, service)
        self.api.put(f"/services/{service}/subscribers/web-1", {"outputs": list(outputs)})

    def push(self, port, service="pay"):
        self.api.put(f"/services/{service}", {"instances": instances(f"10.0.0.1:{port}")})

    def path(self, service="pay"):
        return self.lists / f"{service}.conf"

    def wait_port(self, port, service="pay"):
        """Until the file says so."""
        def is_there():
            try:
                return json.loads(self.path(service).read_bytes())[0]["port"] == port
            except (OSError, ValueError):
                return False
        wait_for(is_there, f"{service} to have port {port}")

    def runs(self):
        return self.ran.read_text().splitlines()

    def seen(self, what, condition, service="pay"):
        """The subscriber, once the condition holds of it."""
        def look():
            found = subscriber(self.api, service, "web-1")
            return found if found and condition(found) else None
        return wait_for(look, what)

    def notices(self):
        return {notice["kind"] for notice in self.api.get("/notices")["items"]}

    def expect_good(self, service="other", port=7):
        """All this holds up no other list."""
        self.subscribe(service, {}, port=port)
        wait_applied(self.api, service, "web-1")
        self.wait_port(port, service)


class Hooks(Files):
    def record(self):
        return self.hook("record", f'echo "$REEVE_SERVICE $REEVE_FILE $REEVE_REVISION $HOME" >> {self.ran}')

    def test_runs_after_a_change_and_only_then(self):
        hook = self.record()
        self.start_agent(hook)
        self.subscribe("pay", {"on_change": hook, "debounce": "0s"})
        wait_for(lambda: len(self.runs()) == 1, "the first run")
        view = self.seen("its outcome", lambda view: view.get("hooks"))
        self.assertEqual(view["hooks"][0]["exit_code"], 0)
        self.assertEqual(self.runs()[0].split()[:2], ["pay", str(self.path())])

        self.agent_.stop()
        self.agent_.start()
        wait_applied(self.api, "pay", "web-1")
        self.api.patch("/services/pay", {"description": "nothing that the file says"})
        wait_applied(self.api, "pay", "web-1")
        self.push(2)
        wait_for(lambda: len(self.runs()) > 1, "the second run")
        self.assertEqual(len(self.runs()), 2, "an unchanged file costs no run")

        self.path().write_text("by hand")
        self.wait_port(2)
        wait_for(lambda: len(self.runs()) == 3, "a run after the repair")

    def test_one_that_gives_its_file_another_mode_is_not_run_for_that(self):
        hook = self.hook("close", f'chmod 600 "$REEVE_FILE"; echo "$REEVE_REVISION" >> {self.ran}')
        self.start_agent(hook)

        def expect_repaired(count):
            wait_for(lambda: len(self.runs()) >= count, "a run")
            self.seen("the run", lambda view: len(view.get("hooks", ())) == 1)
            wait_for(lambda: stat.S_IMODE(self.path().stat().st_mode) == 0o644, "the mode")
            view = self.seen("the drift", lambda view: view.get("drift"))
            self.assertTrue(view["drift"][0]["repaired"])

        self.subscribe("pay", {"on_change": hook, "debounce": "0s"})
        expect_repaired(1)
        self.push(2)
        expect_repaired(2)
        self.assertEqual(len(self.runs()), 2)

    def test_one_that_was_not_allowed_says_how_to_allow_it(self):
        self.start_agent()
        self.subscribe("pay", {"on_change": ["/bin/true", "-x"]})
        view = self.seen("the refusal", lambda view: view.get("hooks"))
        self.assertEqual(view["state"], "current")
        self.assertIn('hooks: [{command: ["/bin/true","-x"]}]', view["hooks"][0]["error"])
        self.wait_port(1)
        wait_for(lambda: "hook.failed" in self.notices(), "a notice")

    def test_ones_that_fail_and_print_without_end_hold_nothing_up(self):
        fails = self.hook("fails", "echo about to fail; exit 3")
        prints = self.hook("prints", "head -c 1G /dev/zero; echo; echo the end")
        hangs = self.hook("hangs", f"echo $$ > {self.folder}/hanging; exec sleep 1000")
        self.start_agent(fails, prints, hangs)
        before = resident(self.agent_.process.pid)
        self.subscribe("hangs", {"on_change": hangs, "debounce": "0s"})
        self.subscribe("prints", {"on_change": prints, "debounce": "0s"})
        self.subscribe("fails", {"on_change": fails, "debounce": "0s"})
        view = self.seen("the failure", lambda view: view.get("hooks"), "fails")
        self.assertEqual(view["hooks"][0]["exit_code"], 3)
        self.assertEqual(view["hooks"][0]["output"], "about to fail\n")
        self.assertEqual(view["state"], "current")
        view = self.seen("the end", lambda view: view.get("hooks"), "prints")
        self.assertEqual(view["hooks"][0]["exit_code"], 0)
        self.assertTrue(view["hooks"][0]["output"].endswith("\nthe end\n"))
        self.assertLessEqual(len(view["hooks"][0]["output"]), 4096)
        expect_growth_below(self, self.agent_.process.pid, before, 24 << 20)
        self.expect_good()
        pid = int((self.folder / "hanging").read_text())
        self.agent_.stop()
        wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists() or "Z" in
                 pathlib.Path(f"/proc/{pid}/status").read_text(), "the one that hangs to be ended")

    def test_an_agent_that_is_killed_misses_no_run(self):
        """After each kill the program has run, or runs, for what the file then says."""
        hook = self.hook("record", f'echo $(grep -o "port.*[0-9]" "$REEVE_FILE") >> {self.ran}')
        self.start_agent(hook)
        self.subscribe("pay", {"on_change": hook, "debounce": "0s"})
        self.wait_port(1)
        port = 1
        for _ in rounds(8):
            for _ in range(random.randint(1, 4)):
                port += 1
                self.push(port)
            if random.random() < 0.7:
                self.wait_port(port)
            self.agent_.kill()
            self.agent_.start()
            wait_applied(self.api, "pay", "web-1")
            wait_for(lambda: self.last_port() == port, f"a run for {port}")

    def test_no_program_runs_beside_itself_after_its_agent_was_killed(self):
        """A killed agent leaves its program running; the next one ends that first."""
        running = self.folder / "running"
        hook = self.hook("slow", f"""
            grep -qs "^State:.[^Z]" "/proc/$(cat {running})/status" && echo overlap >> {self.ran}
            echo $$ > {running}.new && mv {running}.new {running}
            echo begun >> {self.ran}
            sleep 20""")
        self.start_agent(hook)
        self.subscribe("pay", {"on_change": hook, "debounce": "0s"})
        for run, _ in enumerate(rounds(3), 1):
            wait_for(lambda: self.runs().count("begun") == run, "a run")
            self.agent_.kill()
            self.assertTrue(pathlib.Path(f"/proc/{int(running.read_text())}").exists())
            self.agent_.start()
        wait_for(lambda: self.runs().count("begun") == run + 1, "the last run")
        self.assertNotIn("overlap", self.runs())

    def last_port(self):
        runs = self.runs()
        return int(re.search(r"port\D+(\d+)", runs[-1])[1]) if runs else 0


class Drift(Files):
    def setUp(self):
        super().setUp()
        self.start_agent()

    def test_a_changed_or_removed_file_is_put_back_and_told_of(self):
        self.subscribe("pay", {})
        wait_applied(self.api, "pay", "web-1")
        for change in (lambda: self.path().write_text("by hand"), lambda: self.path().unlink(),
                       lambda: shutil.rmtree(self.lists) or self.lists.mkdir()):
            before = subscriber(self.api, "pay", "web-1").get("drift")
            change()
            self.wait_port(1)
            view = self.seen("the drift", lambda view: view.get("drift") not in (None, before))
            self.assertTrue(view["drift"][0]["repaired"])
            self.assertEqual(view["drift"][0]["path"], str(self.path()))
        wait_for(lambda: "file.drift" in self.notices(), "a notice")

    def test_one_that_is_only_to_be_told_of_stays(self):
        self.subscribe("pay", {"drift": "report"})
        wait_applied(self.api, "pay", "web-1")
        self.path().write_text("by hand")
        view = self.seen("the drift", lambda view: view.get("drift"))
        self.assertFalse(view["drift"][0]["repaired"])
        self.agent_.stop()
        self.agent_.start()
        wait_node(self.api, "web-1", "up")
        self.seen("the drift", lambda view: view.get("drift"))
        self.assertEqual(self.path().read_text(), "by hand")
        self.push(2)
        self.wait_port(2)

    def test_what_changed_while_the_agent_was_away_is_drift_too(self):
        self.subscribe("pay", {})
        wait_applied(self.api, "pay", "web-1")
        self.push(2)
        wait_applied(self.api, "pay", "web-1")
        self.agent_.stop()
        self.path().write_text("by hand")
        self.agent_.start()
        self.wait_port(2)
        self.seen("the drift", lambda view: view.get("drift"))

    def test_two_who_both_insist_do_not_fight_for_ever(self):
        self.subscribe("pay", {})
        wait_applied(self.api, "pay", "web-1")

        def is_left_alone():
            view = subscriber(self.api, "pay", "web-1")
            drift = (view.get("drift") or [{}])[0]
            if drift.get("note"):
                return drift
            if self.path().read_text() != "mine":
                self.path().write_text("mine")
        drift = wait_for(is_left_alone, "the agent to leave it alone")
        self.assertFalse(drift["repaired"])
        self.assertEqual(self.path().read_text(), "mine")
        self.expect_good()


class Places(Files):
    def expect_failed(self, service, sentence):
        view = self.seen(f"{service} to fail", lambda view: view["state"] == "failed", service)
        self.assertIn(sentence, view["error"])

    def test_what_cannot_be_written_says_so_and_holds_nothing_up(self):
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        self.start_agent()
        os.symlink(elsewhere, self.lists / "linked")
        self.subscribe("missing", {"path": f"{self.lists}/none/x.conf"})
        self.subscribe("linked", {"path": f"{self.lists}/linked/x.conf"})
        self.subscribe("outside", {"path": f"{self.folder}/outside.conf"})
        self.subscribe("nobody", {"path": f"{self.lists}/n.conf", "owner": "no-such-user"})
        self.expect_failed("missing", "No such file or directory")
        self.expect_failed("linked", "linked")
        self.expect_failed("outside", "outside")
        self.expect_failed("nobody", 'there is no user "no-such-user" on this machine')
        self.assertEqual(list(elsewhere.iterdir()), [])
        wait_for(lambda: "list.failed" in self.notices(), "a notice")
        self.expect_good()

        (self.lists / "none").mkdir()
        wait_applied(self.api, "missing", "web-1")

    def test_a_link_in_the_way_is_replaced_and_what_it_leads_to_stays(self):
        precious = self.folder / "precious"
        precious.write_text("precious")
        os.symlink(precious, self.path())
        self.start_agent()
        self.subscribe("pay", {})
        wait_applied(self.api, "pay", "web-1")
        self.assertFalse(self.path().is_symlink())
        self.assertEqual(precious.read_text(), "precious")

    @unittest.skipUnless(os.geteuid() == 0, "only root gives files away and mounts")
    def test_a_file_gets_its_owner(self):
        self.start_agent()
        self.subscribe("pay", {"owner": "nobody:daemon", "mode": "0640"})
        wait_applied(self.api, "pay", "web-1")
        status = self.path().stat()
        self.assertEqual((self.path().owner(), self.path().group()), ("nobody", "daemon"))
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o640)

    def mount(self, *options):
        place = self.folder / "mounted"
        place.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", *options, "none", place],
                              capture_output=True, text=True)
        if made.returncode != 0:
            self.skipTest(f"cannot mount: {made.stderr}")
        self.addCleanup(subprocess.run, ["umount", "-l", place], check=True)
        return place

    @unittest.skipUnless(os.geteuid() == 0, "only root mounts")
    def test_a_full_and_a_read_only_disk_are_the_errors_of_their_lists(self):
        place = self.mount("-o", "size=64k")
        self.start_agent(roots=[place])
        filler = place / "filler"
        with filler.open("wb", buffering=0) as full, contextlib.suppress(OSError):
            while True:
                full.write(b"x" * 4096)
        self.subscribe("pay", {"path": f"{place}/pay.conf"})
        self.expect_failed("pay", "No space left on device")
        self.expect_good()
        filler.unlink()
        wait_applied(self.api, "pay", "web-1")

        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        self.push(2)
        self.expect_failed("pay", "Read-only file system")
        subprocess.run(["mount", "-o", "remount,rw", place], check=True)
        wait_applied(self.api, "pay", "web-1")


if __name__ == "__main__":
    unittest.main()
