"""reeve program, and programs in manifests, with real processes."""
import contextlib
import json
import os
import re
import unittest

from lib import keeper
from lib.reeve import REEVE, Api, ApiError, Process, ReeveTest, run_cli, wait_for

USER = "user: root\n" if os.geteuid() == 0 else ""


class Programs(ReeveTest):
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


class ProgramTest(Programs):
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


class LogsTest(Programs):
    def program(self, name, script, more=""):
        self.apply(self.manifest(name, command=json.dumps(["sh", "-c", script]), more=more))
        self.wait_state(name, "RUNNING")

    def logs(self, *words):
        return self.good("program", "logs", *words)

    def follow(self, *words):
        process = Process([REEVE, "program", "logs", *words, "-f", "--data", self.server.data],
                          self.folder / f"follow-{len(words)}-{words[0]}.log")
        self.addCleanup(process.kill)
        return process

    def test_shows_what_was_written(self):
        self.program("web", "echo one; echo two; echo wrong >&2; echo three; exec sleep 1000")
        wait_for(lambda: "three" in self.logs("web"), "its output")

        self.assertEqual(self.logs("web"), "one\ntwo\nthree\n")
        self.assertEqual(self.logs("web", "--tail", "2"), "two\nthree\n")
        self.assertEqual(self.logs("web", "--tail", "all", "--since", "10m"), "one\ntwo\nthree\n")
        wait_for(lambda: self.logs("web", "--stderr") == "wrong\n", "its errors")
        self.assertRegex(self.logs("web", "-t", "--tail", "1"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z three\n$")
        line = {"node": self.server.node, "process": "web", "line": "three"}
        self.assertEqual([json.loads(self.logs("web", "--tail", "1", "--json"))], [line])

    def test_names_the_process_where_there_are_several(self):
        self.program("web", "echo I am $REEVE_PROCESS; exec sleep 1000", more="numprocs: 2\n")
        node = self.server.node

        wait_for(lambda: self.logs("web") ==
                 f"{node}/web_00 | I am web_00\n{node}/web_01 | I am web_01\n", "what both say")
        self.assertEqual(self.logs("web", "--process", "web_01"), "I am web_01\n")

    def test_follows_over_rotations_line_by_line(self):
        count = 40_000
        self.program("web", f"for i in $(seq 20); do seq $(((i-1)*{count}/20+1)) $((i*{count}/20)); sleep 0.02; done; "
                            "exec sleep 1000", more="stdout_logfile_maxbytes: 50000\n")
        followed = self.follow("web", "--tail", "all")

        wait_for(lambda: followed.output().endswith(f"\n{count}\n"), "the last line")
        self.assertEqual(followed.output().split(), [str(i) for i in range(1, count + 1)])
        self.assertTrue((self.server.data / "logs/web/web.stdout.log.2").exists())
        self.assertEqual(self.logs("web", "--tail", "20000").split(), [str(i) for i in range(count - 19_999, count + 1)])

    def test_follows_several_processes_at_once(self):
        self.program("web", "trap 'echo $REEVE_PROCESS was told' USR1; echo up; while :; do sleep 0.02; done",
                     more="numprocs: 3\n")
        followed = self.follow("web")
        wait_for(lambda: followed.output().count("up") == 3, "all of them")

        self.good("program", "signal", "USR1", "web")

        wait_for(lambda: followed.output().count("was told") == 3, "what they answer")
        self.assertTrue(re.search(r"(?m)^\S+/web_02 \| web_02 was told$", followed.output()))
        followed.signal(2)
        self.assertEqual(followed.popen.wait(), 130)

    def test_says_what_cannot_be_shown(self):
        self.program("web", "echo secret > /dev/null; exec sleep 1000",
                     more="stdout_logfile: NONE\nredirect_stderr: true\n")

        self.assertIn("is not kept", self.bad("program", "logs", "web"))
        self.assertIn("goes to its standard output", self.bad("program", "logs", "web", "--stderr"))
        self.assertIn("there is no program", self.bad("program", "logs", "nothing"))
        self.assertIn("no such process", self.bad("program", "logs", "web", "--process", "web_07"))
        self.assertIn("expected a number of lines", self.bad("program", "logs", "web", "--tail", "x", code=2))
        self.assertIn("expected a time", self.bad("program", "logs", "web", "--since", "yesterday"))

    def test_ends_with_an_error_where_the_log_is_cut_off(self):
        self.program("web", "echo up; exec sleep 1000")
        followed = self.follow("web")
        wait_for(lambda: "up" in followed.output(), "its output")

        self.server.stop()

        self.assertEqual(followed.popen.wait(), 1)
        self.assertIn(f"the output of web on {self.server.node}: ", followed.output())


class LocalTest(Programs):
    """--local: the node's own word, while no manager is there."""

    def setUp(self):
        ReeveTest.setUp(self)
        self.server = self.manager()
        self.server.node = "web-1"
        config = self.folder / "reeve.yaml"
        config.write_text("run_as: [root]\n" if os.geteuid() == 0 else "")
        self.node = self.agent(self.server, "web-1", "--config", str(config))
        self.addCleanup(self.end)

    def end(self):
        """The programs outlive the agent, and so does their keeper."""
        self.node.kill()
        for path in self.node.data.glob("**/keeper.sock"):
            with contextlib.closing(keeper.Client(path.parent)) as client:
                client.ask(keeper.SHUTDOWN)
                client.wait_end()

    def test_goes_on_without_a_manager(self):
        self.apply(self.manifest(command="[sh, -c, 'echo up; exec sleep 1000']", more="numprocs: 2\n"))
        wait_for(lambda: self.good("program", "get", "web").count("RUNNING") == 2, "web to run")
        self.server.stop()

        def local(*words, code=0):
            run = run_cli(*words, "--local", data=self.node.data)
            self.assertEqual(run.returncode, code, run)
            return run.stdout + run.stderr

        self.assertRegex(local("program", "ls"), r"(?m)^web +2/2 +1 ")
        self.assertIn("web-1  web_01   RUNNING", local("program", "get", "web"))
        self.assertEqual(local("program", "stop", "web", "--process", "web_01"), "stop program/web: 1 of 1 done\n")
        self.assertIn("web-1  web_01   STOPPED", local("program", "get", "web"))
        self.node.kill()
        self.node.launch()
        wait_for(lambda: "web_00" in run_cli("program", "get", "web", "--local", data=self.node.data).stdout, "the agent")
        wait_for(lambda: "web-1  web_01   STOPPED" in local("program", "get", "web"), "it to be stopped yet")
        self.assertIn("done", local("program", "start", "web"))
        self.assertIn("done", local("program", "restart", "web", "--node", "web-1"))
        self.assertEqual(local("program", "logs", "web", "--process", "web_00").count("up"), 2)
        self.assertIn("this node has no program", local("program", "stop", "other", code=1))
        self.assertIn("ask the manager", local("program", "delete", "web", code=1))

        with self.assertRaises(ApiError) as refused:
            Api(self.node.local_http()).get("/programs")
        self.assertEqual(refused.exception.code, "forbidden")


if __name__ == "__main__":
    unittest.main()
