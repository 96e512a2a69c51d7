#!/usr/bin/env python3
"""`reeve dev`, `reeve manager` and `reeve agent` as a person starts and ends them."""
import contextlib
import json
import os
import pathlib
import re
import shlex
import socket
import stat
import subprocess
import unittest

from lib.reeve import REEVE, Dev, Process, ReeveTest, run_cli, wait_for


@contextlib.contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


class DevTest(ReeveTest):
    def test_its_file_names_what_answers_and_is_the_owners_alone(self):
        dev = self.dev()

        self.assertEqual(sorted(dev.facts), ["agent", "agent_socket", "console", "data", "node",
                                             "supervisor", "token"])
        self.assertIsNone(dev.facts["supervisor"])
        self.assertEqual(dev.facts["data"], str(dev.data))
        self.assertRegex(dev.facts["console"], r"^http://127\.0\.0\.1:\d+$")
        self.assertEqual(stat.S_IMODE((dev.data / "dev.json").stat().st_mode), 0o600)
        self.assertEqual(dev.api.get("/nodes")["items"][0]["name"], dev.node)
        self.assertLess(dev.agent_api.raw("GET", "/")[0], 500)
        socket_mode = pathlib.Path(dev.facts["agent_socket"]).stat().st_mode
        self.assertTrue(stat.S_ISSOCK(socket_mode))
        self.assertEqual(stat.S_IMODE(socket_mode), 0o600)

    def test_it_ends_cleanly_and_takes_its_file_with_it(self):
        dev = self.dev()

        self.assertEqual(dev.stop(), 0)
        self.assertFalse((dev.data / "dev.json").exists())

    def test_the_agent_answers_local_questions_by_itself(self):
        dev = self.dev("--demo")

        status = json.loads(dev.cli("status", "--local", "--json").stdout)
        services = json.loads(dev.cli("service", "ls", "--local", "--json").stdout)["items"]
        pay = dev.cli("service", "get", "pay", "--local")
        nodes = dev.cli("node", "ls", "--local")

        self.assertEqual((status["node"], status["manager"]["connected"]), (dev.node, True))
        self.assertEqual([one["name"] for one in services], ["pay"])
        self.assertIn("127.0.0.1:8881", pay.stdout)
        self.assertEqual(nodes.returncode, 1)
        self.assertIn("ask the manager, without --local", nodes.stderr)

    def test_a_socket_goes_with_it_and_says_who_is_missing(self):
        dev = self.dev()
        dev.stop()

        run = dev.cli("status", "--local")

        self.assertFalse(pathlib.Path(dev.facts["agent_socket"]).exists())
        self.assertEqual(run.returncode, 1)
        self.assertIn("the agent at unix:", run.stderr)

    def test_a_long_data_folder_gets_a_socket_with_a_short_path(self):
        name = "/".join(["long" * 10] * 3)
        runtime = self.folder / "run"
        dev = self.dev(name=name, env={"XDG_RUNTIME_DIR": str(runtime)})

        self.assertLessEqual(len(dev.facts["agent_socket"]), 107)
        self.assertIn("connected", dev.cli("status", "--local").stdout)

    def test_others_reach_the_lists_and_nothing_else_whatever_the_umask(self):
        dev = self.own(Dev(self.folder / "dev", "--demo"))
        dev.data.rmdir()
        with umask(0o077):
            dev.start()
        wait_for((dev.data / "lists" / "pay.conf").exists, "the list")

        def mode(path):
            return stat.S_IMODE((dev.data / path).stat().st_mode)

        self.assertEqual([mode(path) for path in (".", "lists", "lists/pay.conf")],
                         [0o755, 0o755, 0o644])
        self.assertEqual([mode(path) for path in ("manager", "agent", "agent/spec")], [0o700] * 3)
        self.assertEqual(mode("dev.json"), 0o600)

    def test_a_second_one_prints_where_the_first_is(self):
        dev = self.dev()

        run = run_cli("dev", "--ports", "auto", data=dev.data)

        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn(dev.facts["console"], run.stdout)

    def test_the_data_folder_may_be_said_before_the_command(self):
        dev = self.own(Dev(self.folder / "dev"))
        dev.arguments = ["--data", dev.data, "dev", "--ports", "auto"]

        dev.start()

        self.assertEqual(dev.facts["data"], str(dev.data))

    def test_after_a_kill_it_starts_again_with_what_it_had(self):
        dev = self.dev()
        dev.api.put("/services/pay", {"description": "kept"})
        token = dev.facts["token"]
        dev.kill()

        dev.launch()
        wait_for(lambda: dev.process.output().count("ready in") == 2, "it to be ready again")

        facts = json.loads((dev.data / "dev.json").read_text())
        self.assertEqual(facts["token"], token)
        self.assertIn("kept", dev.cli("service", "ls").stdout)
        self.assertEqual(len(json.loads(dev.cli("node", "ls", "--json").stdout)["items"]), 1)

    def test_the_demo_shows_a_list_and_commands_that_work_as_printed(self):
        dev = self.dev("--demo")
        output = wait_for(lambda: "Ctrl-C" in dev.process.output() and dev.process.output(), "output")

        path = dev.data / "lists" / "pay.conf"
        self.assertIn(str(path), output)
        self.assertIn(path.read_text(), output)
        self.assertRegex(output, r"ready in \d+ ms")
        commands = re.findall(rf"(?m)^  ({re.escape(REEVE)} .*)$", output)
        self.assertEqual(len(commands), 5, output)
        for command in commands:
            run = subprocess.run(shlex.split(command), capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr), (0, ""), command)

    def test_the_demo_is_safe_to_repeat(self):
        dev = self.dev("--demo")
        dev.cli("instance", "set", "pay", "127.0.0.1:8881", "--weight", "3")
        dev.stop()

        dev.start()

        wait_for(lambda: "earlier run" in dev.process.output(), "the demo to be found")
        pay = dev.api.get("/services/pay")
        self.assertEqual(pay["instances"][0]["weight"], 3)
        self.assertEqual(dev.stop(), 0)

    def test_lists_may_go_to_further_folders_that_were_named(self):
        root = self.folder / "apps"
        root.mkdir()
        dev = self.dev("--publish-root", root)
        dev.api.put("/services/pay", {"instances": [{"ip": "10.0.0.1", "port": 80}]})

        dev.cli("subscriber", "add", "pay", dev.node, "--path", root / "{service}.list")

        wait_for((root / "pay.list").exists, "the list")

    def test_without_verbose_it_is_silent_about_its_doings(self):
        dev = self.dev()
        dev.stop()
        self.assertNotIn(" info ", dev.process.output())


class RolesTest(ReeveTest):
    def test_manager_and_agent_work_as_two_processes(self):
        manager = self.manager()
        token = manager.cli("join-token", "create").stdout.strip()
        agent = self.agent(manager, "web-1", token=token)

        wait_for(lambda: "web-1" in manager.cli("node", "ls").stdout, "the node")

        self.assertEqual((agent.stop(), manager.stop()), (0, 0))
        mode = stat.S_IMODE((manager.data / "manager.json").stat().st_mode)
        self.assertEqual(mode, 0o600)

    def test_a_console_without_tls_listens_on_this_machine_alone(self):
        run = run_cli("manager", "--listen", "0.0.0.0:0", "--link-listen", "127.0.0.1:0",
                      data=self.folder / "m")
        self.assertEqual(run.returncode, 1)
        self.assertIn("--insecure-listen", run.stderr)
        self.manager("--insecure-listen", name="open", host="0.0.0.0", link_host="127.0.0.1")

    def test_a_port_that_is_taken_is_a_sentence(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            run = run_cli("manager", "--listen", f"127.0.0.1:{taken.getsockname()[1]}",
                          "--link-listen", "127.0.0.1:0", data=self.folder / "m")
        self.assertEqual(run.returncode, 1)
        self.assertIn("in use", run.stderr)
        self.assertIn("--listen", run.stderr)
        self.assertEqual(run.stderr.count("reeve: "), 1)

    def test_the_configuration_file_is_read_strictly_and_options_go_first(self):
        config = self.folder / "reeve.yaml"
        config.write_text("listen: 127.0.0.1:0\nlisen: 1\n")
        run = run_cli("manager", "--config", config, data=self.folder / "m")
        self.assertEqual(run.returncode, 1)
        self.assertIn("line 2", run.stderr)
        run = run_cli("manager", "--config", self.folder / "none.yaml", data=self.folder / "m")
        self.assertIn("none.yaml", run.stderr)

        config.write_text(f"data: {self.folder / 'unused'}\nlisten: 127.0.0.1:0\n"
                          "link_listen: 127.0.0.1:0\n")
        log = self.folder / "configured.log"
        data = self.folder / "used"
        process = Process([REEVE, "manager", "--config", config, "--data", data], log)
        self.addCleanup(process.kill)
        wait_for((data / "manager.json").exists, "manager.json")
        self.assertFalse((self.folder / "unused").exists())

    def test_a_data_folder_that_cannot_be_made_is_named(self):
        (self.folder / "file").write_text("")
        run = run_cli("dev", "--ports", "auto", data=self.folder / "file" / "data")
        self.assertEqual(run.returncode, 1)
        self.assertIn(str(self.folder / "file" / "data"), run.stderr)


class LocalAgent(ReeveTest):
    def test_it_is_found_wherever_its_socket_is(self):
        manager = self.manager()
        agent = self.agent(manager, "web-1", "--socket", str(self.folder / "own.sock"))
        left = agent.read_json("agent.json")
        self.assertEqual(left["agent_socket"], str(self.folder / "own.sock"))

        shown = run_cli("status", "--local", data=agent.data)

        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("web-1", shown.stdout)
        self.assertEqual(agent.stop(), 0)
        self.assertFalse((agent.data / "agent.json").exists())

    def test_a_socket_is_no_managers_address(self):
        for role, option in (("agent", "--manager"), ("manager", "--advertise")):
            refused = run_cli(role, option, "unix:/run/reeve.sock", data=self.folder / "d")
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn("expected HOST or HOST:PORT", refused.stderr)
            self.assertIn("unix:/run/reeve.sock", refused.stderr)


if __name__ == "__main__":
    unittest.main()
