"""Starts the real programs in temporary folders on free loopback ports, and talks to them.

Everything a test starts ends with it, by pid, also when it fails. Waits are for conditions, with a
deadline; nothing sleeps a fixed time.
"""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

REEVE = os.environ.get("REEVE_BIN", str(pathlib.Path(__file__).parents[2] / "build/dev/reeve"))
# Sanitized builds on two busy cores are slow; a passing test never waits this long.
PATIENCE = float(os.environ.get("REEVE_TEST_PATIENCE", "60"))


def wait_for(condition, what, patience=PATIENCE):
    """Polls until `condition()` is true, and answers its value."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:.0f} s in vain for: {what}")
        time.sleep(0.005)


def free_port(host="127.0.0.1"):
    """Nobody else's until this process ends: below those that the system gives out by itself, and taken by name from
    the tests that run beside this one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        port = random.randrange(16384, 32768)
        mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            mark.bind(f"\0reeve-test-port-{port}")
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError:
            mark.close()
            continue
        mark.detach()  # held for as long as this process lives
        return port


class ApiError(Exception):
    """An answer of 400 or more; `code`, `field` and `faults` as in the error body."""

    def __init__(self, status, body):
        self.status = status
        error = body.get("error", {}) if isinstance(body, dict) else {}
        self.code = error.get("code")
        self.field = error.get("field")
        self.faults = error.get("faults", [])
        self.message = error.get("message", str(body))
        super().__init__(f"{status} {self.code}: {self.message}")


class Api:
    """A JSON client of the manager's (or the agent's) HTTP API."""

    def __init__(self, url, token=None):
        self.url = url
        self.token = token

    def raw(self, method, path, body=None, headers=None, timeout=30):
        """Answers (status, headers, bytes) whatever the status."""
        data = body
        all_headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
        if data is not None:
            all_headers["Content-Type"] = "application/json"
        all_headers.update(headers or {})
        request = urllib.request.Request(self.url + path, data, all_headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.headers, refusal.read()

    def call(self, method, path, body=None, headers=None, timeout=30):
        status, _, data = self.raw(method, "/api/v1" + path, body, headers, timeout)
        answer = json.loads(data) if data else None
        if status >= 400:
            raise ApiError(status, answer)
        return answer

    def get(self, path, **kw):
        return self.call("GET", path, **kw)

    def put(self, path, body, **kw):
        return self.call("PUT", path, body, **kw)

    def patch(self, path, body, **kw):
        return self.call("PATCH", path, body, **kw)

    def post(self, path, body=None, **kw):
        return self.call("POST", path, {} if body is None else body, **kw)

    def delete(self, path, **kw):
        return self.call("DELETE", path, **kw)


class Process:
    """A started program with its output in a file; ended by pid."""

    def __init__(self, arguments, log, prefix=(), env=None):
        self.log = pathlib.Path(log)
        self.arguments = [str(a) for a in arguments]
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(
                [*prefix, *self.arguments], stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, env={**os.environ, **(env or {})},
                start_new_session=True)
        self.pid = self.popen.pid

    def is_running(self):
        return self.popen.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")

    def signal(self, number):
        if self.is_running():
            self.popen.send_signal(number)

    def kill(self):
        """kill -9, and waits for the end."""
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self, patience=PATIENCE):
        """TERM, and answers the exit code."""
        self.signal(signal.SIGTERM)
        try:
            return self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end on TERM: {self.arguments}\n{self.output()}")

    def expect_alive(self):
        if not self.is_running():
            raise AssertionError(f"ended with {self.popen.returncode}: {self.arguments}\n{self.output()}")


def run_cli(*arguments, data=None, env=None, stdin=None, prefix=(), timeout=PATIENCE):
    """Runs a client command to its end; answers subprocess.CompletedProcess with text output."""
    command = [*prefix, REEVE, *map(str, arguments)]
    if data is not None:
        command += ["--data", str(data)]
    environment = {k: v for k, v in os.environ.items() if k not in ("REEVE_ADDR", "REEVE_TOKEN")}
    environment.update(env or {})
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout,
                          env=environment, stdin=None if stdin is not None else subprocess.DEVNULL)


class Role:
    """What dev, manager and agent have in common: a data folder and restarts on the same ports."""

    def __init__(self, data, arguments, prefix=(), env=None):
        self.data = pathlib.Path(data)
        self.data.mkdir(parents=True, exist_ok=True)
        self.arguments = arguments
        self.prefix = prefix
        self.env = env
        self.process = None

    def launch(self):
        log = self.data.parent / f"{self.data.name}.log"
        self.process = Process([REEVE, *self.arguments], log, self.prefix, self.env)
        return self

    def kill(self):
        self.process.kill()

    def stop(self):
        return self.process.stop()

    def close(self):
        if self.process and self.process.is_running():
            self.process.kill()

    def read_json(self, name):
        """The file once it is there, written by the process that runs now."""
        def read():
            self.process.expect_alive()
            with contextlib.suppress(FileNotFoundError):
                return json.loads((self.data / name).read_text())
        return wait_for(read, f"{self.data / name}")


class Dev(Role):
    """`reeve dev` on free ports."""

    def __init__(self, data, *options, **kw):
        super().__init__(data, ["dev", "--ports", "auto", "--data", str(data), *options], **kw)

    def start(self):
        (self.data / "dev.json").unlink(missing_ok=True)
        self.launch()
        self.facts = self.read_json("dev.json")
        self.api = Api(self.facts["console"], self.facts["token"])
        self.agent_api = Api(self.facts["agent"])
        self.node = self.facts["node"]
        return self

    def cli(self, *arguments, **kw):
        return run_cli(*arguments, data=self.data, **kw)


class Manager(Role):
    """`reeve manager` on fixed free ports, so that agents find it again after a restart."""

    def __init__(self, data, *options, host="127.0.0.1", link_host=None, console_port=None,
                 link_port=None, **kw):
        console_port = console_port or free_port(host if not kw.get("prefix") else "127.0.0.1")
        link_port = link_port or free_port()
        self.link = f"{link_host or host}:{link_port}"
        super().__init__(data, ["manager", "--data", str(data), "--listen",
                                f"{host}:{console_port}", "--link-listen", self.link,
                                *options], **kw)

    def start(self):
        (self.data / "manager.json").unlink(missing_ok=True)
        self.launch()
        self.facts = self.read_json("manager.json")
        self.api = Api(self.facts["console"], self.facts["token"])
        return self

    def join_token(self, **request):
        return self.api.post("/join-tokens", request or {"unlimited": True})["token"]

    def cli(self, *arguments, **kw):
        return run_cli(*arguments, data=self.data, **kw)


class Agent(Role):
    """`reeve agent` of one node name."""

    def __init__(self, data, manager_link, token, name, *options, local="127.0.0.1:0", **kw):
        self.name = name
        super().__init__(data, ["agent", "--data", str(data), "--manager", manager_link, "--join",
                                token, "--name", name, "--local-http", local, *options], **kw)

    def start(self):
        return self.launch()

    def local_status(self):
        """What the agent says of itself, on its socket."""
        asked = run_cli("status", "--local", "--json", data=self.data)
        if asked.returncode != 0:
            raise AssertionError(f"{self.name} does not answer: {asked.stderr}")
        return json.loads(asked.stdout)

    def local_http(self):
        """Its own HTTP's address, which is in its log."""
        def address():
            self.process.expect_alive()
            for line in reversed(self.process.output().splitlines()):
                if "agent ready" in line and "http://" in line:
                    return "http://" + line.split("http://")[1].split()[0].strip('"')
        return wait_for(address, "the agent to be ready")

    def list_path(self, service):
        return self.data / "lists" / f"{service}.conf"


class Background(threading.Thread):
    """A call in a thread of its own, whose failure is the test's: finish() raises it."""

    def __init__(self, call):
        super().__init__(daemon=True)
        self.call, self.failure = call, None
        self.start()

    def run(self):
        try:
            self.call()
        except BaseException as failure:  # told by finish(), whatever it is
            self.failure = failure

    def finish(self):
        self.join()
        if self.failure:
            raise AssertionError("in another thread") from self.failure


class ReeveTest(unittest.TestCase):
    """A temporary folder, and starters whose processes end with the test. Shows their output when
    a test fails."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="reeve-test-"))
        self.roles = []
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        for role in self.roles:
            role.close()
        result = self._outcome.result
        if any(getattr(test, "test_case", test) is self for test, _ in result.failures + result.errors):
            for log in sorted(self.folder.glob("*.log")):
                print(f"---- {log.name}\n{log.read_text(errors='replace')[-6000:]}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def own(self, role):
        self.roles.append(role)
        return role

    def background(self, call):
        """Whatever ends it must be done when the test is over, or by a later cleanup."""
        thread = Background(call)
        self.addCleanup(thread.finish)
        return thread

    def dev(self, *options, name="dev", **kw):
        return self.own(Dev(self.folder / name, *options, **kw)).start()

    def manager(self, *options, name="manager", **kw):
        return self.own(Manager(self.folder / name, *options, **kw)).start()

    def agent(self, manager, name, *options, token=None, **kw):
        token = token or manager.join_token()
        return self.own(Agent(self.folder / name, manager.link, token, name, *options, **kw)).start()


def instances(*endpoints, weight=100, **more):
    """("10.0.0.1:80", …) as instance objects."""
    out = []
    for endpoint in endpoints:
        ip, port = endpoint.rsplit(":", 1)
        out.append({"ip": ip.strip("[]"), "port": int(port), "weight": weight, **more})
    return out


def quote(segment):
    return urllib.parse.quote(segment, safe="")


def subscriber(api, service, node):
    found = [s for s in api.get(f"/services/{quote(service)}/subscribers")["items"]
             if s["node"] == node]
    return found[0] if found else None


def wait_applied(api, service, node, patience=PATIENCE):
    """Until the node's agent says that the newest list is on its disk."""
    def is_current():
        seen = subscriber(api, service, node)
        if seen and seen["state"] == "current" and seen["applied"] == seen["pushed"]:
            return seen
    return wait_for(is_current, f"{node} to have {service}", patience)


def wait_node(api, name, state, patience=PATIENCE):
    def seen():
        for node in api.get("/nodes")["items"]:
            if node["name"] == name and node["state"] == state:
                return node
    return wait_for(seen, f"node {name} to be {state}", patience)
