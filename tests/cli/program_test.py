"""reeve program, and programs in manifests, with real processes."""
import json
import os
import unittest

from lib.reeve import ReeveTest, wait_for

USER = "user: root\n" if os.geteuid() == 0 else ""


class ProgramTest(ReeveTest):
    def setUp(self):
        super().setUp()
        self.server = self.dev()
        self.addCleanup(self.end)

    def end(self):
        if self.server.process.is_running():
            self.server.stop()

    def good(self, *words, **kw):
        run = self.server.cli(*words, **kw)
        self.assertEqual(run.returncode, 0, run)
        return run.stdout

    def bad(self, *words, code=1, **kw):
        run = self.server.cli(*words, **kw)
        self.assertEqual(run.returncode, code, run)
        return run.stderr

    def manifest(self, name="web", command="sleep 1000", more="", nodes=None):
        return (f"kind: program\nname: {name}\ncommand: {command}\nstartsecs: 0\nstopwaitsecs: 5\n{USER}"
                f"placement: {{nodes: [{nodes or self.server.node}]}}\n{more}")

    def apply(self, text, *options):
        return self.good("apply", "-f", "-", *options, stdin=text)

    def wait_state(self, name, state):
        return wait_for(lambda: f" {state} " in self.good("program", "get", name), f"{name} to be {state}")

    def test_from_a_manifest_to_a_process_and_away(self):
        self.assertIn("no programs yet: ", self.good("program", "ls"))
        self.assertEqual(self.apply(self.manifest()), "program web: created, revision 1\n")
        self.wait_state("web", "RUNNING")
        self.assertRegex(self.good("program", "ls"), r"(?m)^web +1/1 +1 ")
        self.assertIn("sleep 1000\n", self.good("program", "get", "web"))

        self.assertEqual(self.apply(self.manifest()), "program web: unchanged, revision 1\n")
        self.assertIn("RUNNING", self.good("program", "get", "web"))
        self.apply(self.manifest(command="[sleep, 2000]", more="environment: {A: 1, B: 2}\n"))
        wait_for(lambda: "restart it" in self.good("program", "get", "web"), "it to be outdated")
        self.assertIn("done", self.good("program", "restart", "web"))
        self.assertNotIn("restart it", self.good("program", "get", "web"))

        self.assertIn("has 1 node, ", self.bad("program", "delete", "web"))
        self.good("program", "delete", "web", "--cascade")
        self.assertIn("no programs yet: ", self.good("program", "ls"))

    def test_a_manifest_states_the_whole_of_a_map(self):
        self.apply(self.manifest(more="environment: {A: 1, B: 2}\n"))
        self.apply(self.manifest(more="environment: {A: 3}\n").replace(
            f"{{nodes: [{self.server.node}]}}", "{selector: {role: web}}"))
        program = json.loads(self.good("program", "get", "web", "--json"))
        self.assertEqual(program["environment"], {"A": "3"})
        self.assertEqual(program["placement"], {"selector": {"role": "web"}})
        self.apply(self.manifest().replace(f"{{nodes: [{self.server.node}]}}", "{selector: {zone: a}}"))
        program = json.loads(self.good("program", "get", "web", "--json"))
        self.assertEqual(program["placement"], {"selector": {"zone": "a"}})
        self.assertIn("nothing would change", self.good("diff", "-f", "-", stdin=self.manifest().replace(
            f"{{nodes: [{self.server.node}]}}", "{selector: {zone: a}}")))

    def test_stop_start_and_signals(self):
        self.apply(self.manifest(command="[sh, -c, 'trap \"echo told\" USR1; while :; do sleep 0.02; done']") +
                   "---\n" + self.manifest("other"))
        self.wait_state("web", "RUNNING")
        self.wait_state("other", "RUNNING")

        self.good("program", "stop", "web", "other", "--node", self.server.node)
        self.wait_state("web", "STOPPED")
        stopped = json.loads(self.good("program", "start", "web", "other", "--json"))
        self.assertEqual([one["operation"]["state"] for one in stopped["items"]], ["done", "done"])
        self.good("program", "signal", "USR1", "web")
        log = self.server.data / "logs/web/web.stdout.log"
        wait_for(lambda: log.exists() and "told" in log.read_text(), "the signal to arrive")

    def test_what_fails_says_why(self):
        self.apply(self.manifest(command="/no/such/program"))

        self.assertIn("no such file", self.bad("program", "start", "web") +
                      self.server.cli("program", "get", "web").stdout)
        self.assertIn("there is no program", self.bad("program", "stop", "nothing"))
        self.assertIn("expected a signal", self.bad("program", "signal", "NONE", "web", code=2))
        self.assertIn("shell: true", self.bad("apply", "-f", "-", stdin=self.manifest(command="a | b")))

    def test_prune_takes_programs_of_the_set(self):
        self.apply(self.manifest("one", more="set: shop\n") + "---\n" + self.manifest("two", more="set: shop\n"))

        text = self.manifest("one", more="set: shop\n")
        self.assertIn("1 node runs it", self.bad("apply", "-f", "-", "--prune", "--yes", stdin=text))
        self.apply(text, "--prune", "--yes", "--cascade")

        self.assertEqual([one["name"] for one in json.loads(self.good("program", "ls", "--json"))["items"]], ["one"])


if __name__ == "__main__":
    unittest.main()
