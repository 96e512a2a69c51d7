"""Programs by the API, through a real manager, agent and keeper, to real processes."""
import contextlib
import os
import pathlib
import signal
import unittest

from lib.reeve import ApiError, ReeveTest, wait_for


def is_alive(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


class ProgramsTest(ReeveTest):
    def program(self, *command, **fields):
        fields = {"command": list(command), "startsecs": 0, "stopwaitsecs": 5, **fields}
        return {"user": "root", **fields} if os.geteuid() == 0 else fields

    def put(self, dev, name, *command, **fields):
        fields.setdefault("placement", {"nodes": [dev.node]})
        return dev.api.put(f"/programs/{name}", self.program(*command, **fields))

    def processes(self, dev, name):
        return dev.api.get(f"/programs/{name}/processes")["items"]

    def wait_process(self, dev, name, condition, what, index=0):
        def seen():
            found = self.processes(dev, name)
            return found[index] if len(found) > index and condition(found[index]) else None
        return wait_for(seen, f"{name} {what}")

    def wait_state(self, dev, name, state, index=0):
        return self.wait_process(dev, name, lambda process: process["state"] == state, f"to be {state}", index)

    def test_runs_what_is_placed_and_keeps_its_output(self):
        dev = self.dev()
        self.put(dev, "web", "sh", "-c", "echo up on $REEVE_PROCESS; exec sleep 1000", numprocs=2)

        pids = [self.wait_state(dev, "web", "RUNNING", index)["pid"] for index in range(2)]

        for index, pid in enumerate(pids):
            self.assertTrue(is_alive(pid))
            log = dev.data / "logs/web" / f"web_0{index}.stdout.log"
            wait_for(lambda: log.exists() and log.read_text() == f"up on web_0{index}\n", f"its words in {log}")
        counts = dev.api.get("/programs/web")["processes"]
        self.assertEqual((counts["nodes"], counts["running"]), (1, 2))

        os.kill(pids[0], signal.SIGKILL)
        again = self.wait_process(dev, "web", lambda process: process["state"] == "RUNNING" and
                                  process["pid"] != pids[0], "to run again")
        self.assertEqual((again["signal"], again["restarts"]), (9, 1))

        self.put(dev, "web", "sleep", "2000", numprocs=1)
        wait_for(lambda: not is_alive(pids[1]), "the second process to go")
        dev.api.delete("/programs/web?cascade=true")
        wait_for(lambda: not is_alive(again["pid"]), "the program to go")

    def order(self, dev, name, verb, **body):
        """Asks, waits for the end, and answers the operation."""
        uid = dev.api.post(f"/programs/{name}/{verb}", body)["operation"]["uid"]

        def ended():
            operation = dev.api.get(f"/operations/{uid}")["operation"]
            return operation if operation["state"] != "running" else None
        return wait_for(ended, f"{verb} of {name} to end")

    def test_obeys_orders(self):
        dev = self.dev()
        self.put(dev, "web", "sh", "-c", "trap 'echo told' USR1; while :; do sleep 0.02; done")
        pid = self.wait_state(dev, "web", "RUNNING")["pid"]

        again = self.order(dev, "web", "restart")
        self.assertEqual((again["state"], again["done"]), ("done", 1))
        running = self.wait_process(dev, "web", lambda process: process["pid"] not in (None, pid), "to be another")
        self.assertFalse(is_alive(pid))
        log = dev.data / "logs/web/web.stdout.log"
        self.assertEqual(self.order(dev, "web", "signal", signal="USR1")["state"], "done")
        wait_for(lambda: log.exists() and "told" in log.read_text(), "the signal to arrive")

        self.assertEqual(self.order(dev, "web", "stop", nodes=[dev.node])["state"], "done")
        self.assertFalse(is_alive(running["pid"]))
        self.wait_state(dev, "web", "STOPPED")
        self.assertEqual(dev.stop(), 0)
        dev.start()
        self.put(dev, "other", "sleep", "1000")
        self.wait_state(dev, "other", "RUNNING")
        self.assertEqual(self.processes(dev, "web")[0]["state"], "STOPPED")

        self.put(dev, "web", "/no/such/program")
        failed = self.order(dev, "web", "start")
        self.assertEqual((failed["state"], failed["failed"]), ("failed", 1))
        self.assertIn("no such file", failed["results"][0]["error"])

    def test_an_order_after_an_edit_is_about_what_was_edited(self):
        dev = self.dev()
        for turn in range(5):
            self.put(dev, "web", "sleep", str(1000 + turn))
            self.assertEqual(self.order(dev, "web", "restart")["state"], "done")
            pid = self.processes(dev, "web")[0]["pid"]
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            self.assertEqual(words[1], str(1000 + turn).encode())

    def test_says_why_a_program_does_not_run(self):
        dev = self.dev()
        self.put(dev, "absent", "/no/such/program", startretries=0, restart_policy="supervisord")
        self.put(dev, "nobody", "sleep", "1", user="no-such-user")
        self.put(dev, "elsewhere", "sleep", "1", placement={"nodes": ["another"]})

        self.assertIn("no such file", self.wait_state(dev, "absent", "FATAL")["reason"])
        told = self.wait_process(dev, "nobody", lambda process: "no-such-user" in process.get("reason", ""),
                                 "to say why")
        self.assertEqual(told["state"], "UNKNOWN")
        self.assertEqual(self.processes(dev, "elsewhere"), [])
        with self.assertRaises(ApiError) as refused:
            self.put(dev, "piped", placement={"nodes": [dev.node]}, **{"umask": "8"})
        self.assertEqual((refused.exception.status, refused.exception.field), (400, "/command"))

    def test_programs_live_through_a_kill_and_end_with_a_clean_end(self):
        dev = self.dev()
        self.put(dev, "web", "sleep", "1000")
        pid = self.wait_state(dev, "web", "RUNNING")["pid"]

        dev.kill()
        self.assertTrue(is_alive(pid))
        dev.start()
        self.assertEqual(self.wait_state(dev, "web", "RUNNING")["pid"], pid)

        self.assertEqual(dev.stop(), 0)
        self.assertFalse(is_alive(pid))
        self.assertFalse([entry for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and
                          str(dev.data / "keeper") in self.command_line(entry)])

        dev.start()
        self.wait_state(dev, "web", "RUNNING")

    def test_kept_programs_are_there_for_the_next_start(self):
        dev = self.dev("--keep")
        self.put(dev, "web", "sleep", "1000")
        pid = self.wait_state(dev, "web", "RUNNING")["pid"]

        self.assertEqual(dev.stop(), 0)

        self.assertTrue(is_alive(pid))
        dev.arguments.remove("--keep")
        dev.start()
        self.assertEqual(self.wait_state(dev, "web", "RUNNING")["pid"], pid)

    @staticmethod
    def command_line(entry):
        with contextlib.suppress(OSError):
            return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""

    def tearDown(self):
        # A role that is killed at the end leaves its programs: they are ended by the role itself.
        for role in self.roles:
            if role.process and role.process.is_running():
                role.stop()
        super().tearDown()


if __name__ == "__main__":
    unittest.main()
