"""kill -9 of the agent in the middle of pushes. Whoever reads the file sees a list that was pushed,
whole, and never an older one than before; after the restart the agent has the newest."""
import itertools
import json
import random
import threading
import unittest

from lib.pressure import rounds
from lib.reeve import ReeveTest, wait_applied, wait_for, wait_node

# Large enough that a write is not one instant.
INSTANCES = 400
PUSHES_A_ROUND = 12


def listed(number):
    """A list all of whose instances say its number, by their port."""
    return [{"ip": f"10.0.{i // 250}.{i % 250 + 1}", "port": 1000 + number}
            for i in range(INSTANCES)]


class Reader(threading.Thread):
    """Reads the file all the time, as the apps of the machine do."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.newest, self.reads, self.fault = path, 0, 0, None
        self.done = threading.Event()

    def run(self):
        try:
            while not self.done.is_set():
                self.look()
        except Exception as failure:  # told by the test
            self.fault = failure

    def look(self):
        nodes = json.loads(self.path.read_bytes())
        numbers = {node["port"] - 1000 for node in nodes}
        if len(nodes) != INSTANCES or len(numbers) != 1:
            raise AssertionError(f"a mixture: {len(nodes)} instances of lists {sorted(numbers)}")
        number = numbers.pop()
        if number < self.newest:
            raise AssertionError(f"list {number} after list {self.newest}")
        self.newest = number
        self.reads += 1

    def expect_good(self):
        if self.fault:
            raise AssertionError("what a reader of the file saw") from self.fault


class Editor(threading.Thread):
    """Pushes list after list until told to end."""

    def __init__(self, api):
        super().__init__(daemon=True)
        self.api, self.pushed, self.fault = api, 0, None
        self.done = threading.Event()

    def run(self):
        try:
            for number in itertools.count(self.pushed + 1):
                if self.done.is_set():
                    return
                self.push(number)
        except Exception as failure:  # told by the test
            self.fault = failure

    def push(self, number):
        self.api.put("/services/pay", {"instances": listed(number)})
        self.pushed = number


class AgentKill(ReeveTest):
    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.agent_ = self.agent(self.manager_, "web-1")
        self.editor = Editor(self.manager_.api)
        self.editor.push(1)
        wait_node(self.manager_.api, "web-1", "up")
        self.manager_.api.put("/services/pay/subscribers/web-1", {})
        wait_applied(self.manager_.api, "pay", "web-1")
        self.reader = Reader(self.agent_.list_path("pay"))
        for thread in (self.editor, self.reader):
            thread.start()
            self.addCleanup(thread.join)
            self.addCleanup(thread.done.set)

    def expect_good(self):
        self.reader.expect_good()
        if self.editor.fault:
            raise AssertionError("pushing") from self.editor.fault

    def kill_among_pushes(self):
        """The agent has caught up with pushes that go on, and is killed at any moment of it."""
        wanted = self.editor.pushed + random.randint(1, PUSHES_A_ROUND)

        def is_time():
            self.expect_good()
            return self.editor.pushed >= wanted and self.reader.newest >= wanted - PUSHES_A_ROUND
        wait_for(is_time, f"list {wanted} to be pushed")
        self.agent_.kill()
        reads = self.reader.reads
        wait_for(lambda: self.reader.reads > reads + 1 or self.expect_good(), "a reader's look")

    def test_the_file_is_always_whole_and_never_older(self):
        for _ in rounds(10):
            self.kill_among_pushes()
            self.agent_.start()
            seen = self.reader.newest
            wait_for(lambda: self.reader.newest > seen or self.expect_good(),
                     "the agent to go on after its restart")
        self.editor.done.set()
        self.editor.join()
        wait_applied(self.manager_.api, "pay", "web-1")
        self.reader.look()
        self.expect_good()
        self.assertEqual(self.reader.newest, self.editor.pushed)
        left = sorted(path.name for path in (self.agent_.data / "lists").iterdir())
        self.assertEqual(left, ["pay.conf"], "killed writes leave nothing behind")


if __name__ == "__main__":
    unittest.main()
