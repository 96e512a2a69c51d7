"""An edit of a 10-instance list to many agents over the real link, from the API request to the
manager's receipt of the last acknowledgement. The floor sends the same bytes to as many loopback
connections, reads an answer from each, and flushes 4 KiB once."""
import itertools
import json
import statistics
import subprocess
import time

from bench.harness import build
from bench.harness.fleet import LABELS, connected
from bench.harness.http import Client
from bench.harness.result import Result, beside
from lib.reeve import instances

AGENTS = (100, 1000, 10_000)
EDITS = 20
FLOOR = "bare epoll push + fdatasync"
# Around a frame: its WebSocket header (RFC 6455, 5.2), masked from the client; a TLS 1.3 record's
# header, content type and tag.
TLS_RECORD = 5 + 1 + 16


def on_wire(payload, mask):
    header = 2 if payload < 126 else 4 if payload < 65536 else 10
    return payload + header + (4 if mask else 0) + TLS_RECORD


class Push:
    """One service, its many subscribers, and the edits of it."""

    def __init__(self, bench, count):
        self.count = count
        self.manager, self.agents = connected(bench, count)
        self.client = bench.own(Client(self.manager.facts["console"], self.manager.facts["token"]))
        self.list = instances(*(f"10.0.0.{i}:8080" for i in range(1, 11)))
        self.client.call("PUT", "/services/pushed", {
            "instances": self.list, "subscriptions": [{"selector": LABELS}]})
        while not self._all_received():
            pass
        self.weights = itertools.cycle(range(1, 100))
        self.edit()  # the first one of all finds nothing warm
        self.file = bench.folder / "floor"

    def _all_received(self):
        """Whether every subscriber is current in the manager's own eyes."""
        return self.client.call("GET", "/status")["subscribers"]["current"] == self.count

    def _has_received(self, node):
        path = f"/services/pushed/subscribers/{node}"
        return self.client.call("GET", path)["state"] == "current"

    def edit(self):
        """Milliseconds of one edit. Counting all subscribers would keep the manager from its work,
        so it is asked for the one who answered last, and the clock stops when it has his answer;
        only should it lack another's still, the clock runs until all are counted."""
        self.list[0]["weight"] = next(self.weights)
        begun = time.monotonic()
        version = self.client.call("PUT", "/services/pushed", {"instances": self.list})["version"]
        self.round = self.agents.wait_round(version)
        while not self._has_received(self.round["last_node"]):
            pass
        ended = time.monotonic()
        if not self._all_received():
            while not self._all_received():
                pass
            ended = time.monotonic()
        return (ended - begun) * 1000

    def floor(self, rounds):
        """Milliseconds of so many rounds of the bare program with the same bytes."""
        done = subprocess.run(
            [build.BARE_PUSH, str(self.count), str(on_wire(self.round["spec_bytes"], mask=False)),
             str(on_wire(self.round["applied_bytes"], mask=True)), str(rounds), self.file],
            capture_output=True, text=True, timeout=60, check=True)
        return [round["push_ms"] + round["sync_ms"] for round in json.loads(done.stdout)]


def measure_one(bench, count):
    push = Push(bench, count)
    edits_of_a_pair = EDITS // 5
    rounds = bench.pairs(lambda: [push.edit() for _ in range(edits_of_a_pair)],
                         lambda: push.floor(edits_of_a_pair))
    medians = [(statistics.median(edits), statistics.median(floors)) for edits, floors in rounds]
    worst = max(max(edits) for edits, _ in rounds)
    worst_floor = max(max(floors) for _, floors in rounds)
    return [
        beside(f"{bench.row}/{count}-median", medians, "ms", "<= 4", FLOOR),
        Result(f"{bench.row}/{count}-worst", worst, "ms", "<= 4", FLOOR, worst_floor,
               worst / worst_floor),
    ]


def measure(bench):
    return [result for count in AGENTS for result in measure_one(bench, bench.size(count))]
