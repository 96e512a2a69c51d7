"""The load side: reeve-bench, in a process of its own."""
import json
import queue
import subprocess
import threading
import time

from bench.harness import build

SERVICES, INSTANCES = 10_000, 10


def address(url):
    return url.removeprefix("http://")


def run_to_end(*arguments, timeout=120):
    """The last line of a sub-program's output, read as JSON."""
    done = subprocess.run([str(build.REEVE_BENCH), *map(str, arguments)], capture_output=True,
                          text=True, timeout=timeout)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def load(manager, services, instances=INSTANCES):
    """Fills a manager with services through its API."""
    return run_to_end("load", "--console", address(manager.facts["console"]), "--token",
                      manager.facts["token"], "--services", services, "--instances", instances)


def write(manager, writers, milliseconds):
    """So many concurrent writers in closed loops; answers what they measured."""
    return run_to_end("writers", "--console", address(manager.facts["console"]), "--token",
                      manager.facts["token"], "--count", writers, "--milliseconds", milliseconds)


class Agents:
    """`reeve-bench agents`: so many connected nodes that have what they shall have."""

    def __init__(self, manager, count, folder, labels):
        token = manager.api.post("/join-tokens", {"unlimited": True, "labels": labels})["token"]
        self._log = open(folder.parent / "agents.log", "w+")
        self._popen = subprocess.Popen(
            [str(build.REEVE_BENCH), "agents", "--link", manager.link, "--token", token,
             "--count", str(count), "--folder", str(folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, text=True)
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self._popen.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _next(self, deadline):
        try:
            line = self._lines.get(timeout=max(deadline - time.monotonic(), 0))
        except queue.Empty:
            raise TimeoutError("the agents said nothing in time") from None
        if line is None:
            self._log.seek(0)
            raise RuntimeError(f"the agents have ended: {self._log.read()}")
        return line.strip()

    def wait_ready(self, patience=60):
        deadline = time.monotonic() + patience
        while self._next(deadline) != "ready":
            pass

    def is_ready_within(self, seconds):
        """Whether all of them have become current, again, in this time."""
        try:
            return self._next(time.monotonic() + seconds) == "ready"
        except TimeoutError:
            return False

    def wait_round(self, version, patience=30):
        """The moments of the list's version, once every agent has answered it."""
        deadline = time.monotonic() + patience
        while True:
            line = self._next(deadline)
            if line != "ready" and json.loads(line)["version"] >= version:
                return json.loads(line)

    def close(self):
        self._popen.terminate()
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._reader.join()
        self._popen.stdout.close()
        self._log.close()
