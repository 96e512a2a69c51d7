"""An edit of a list that fifty real agents write to their disks: from the API request until the
manager has the last one's word that its file stands there, flushed and renamed. The floor writes,
flushes and renames fifty files of that size, one after the other."""
import itertools
import json
import statistics
import subprocess
import time

from bench.harness import build
from bench.harness.bench import wait_for
from bench.harness.http import Client
from bench.harness.result import Result, beside
from lib.reeve import Agent, instances

AGENTS = 50
EDITS = 20
LABELS = {"bench": "files"}
FLOOR = "write, fsync and rename of as many files"


class Files:
    def __init__(self, bench, count):
        self.count = count
        manager = bench.manager("manager")
        self.client = bench.own(Client(manager.facts["console"], manager.facts["token"]))
        self.list = instances(*(f"10.0.0.{i}:8080" for i in range(1, 11)))
        self.weights = itertools.cycle(range(1, 100))
        self.client.call("PUT", "/services/filed", {
            "instances": self.list, "subscriptions": [{"selector": LABELS}]})
        token = manager.join_token(unlimited=True, labels=LABELS)
        agents = [bench.own(Agent(bench.folder / f"node-{i}", manager.link, token, f"node-{i}"))
                  for i in range(count)]
        for agent in agents:
            agent.start()
        wait_for(self._all_have_it, "every agent to have the list")
        self.size = agents[0].list_path("filed").stat().st_size
        self.folder = bench.folder / "floor"
        self.folder.mkdir()
        self.edit()  # the first one of all finds nothing warm

    def _all_have_it(self):
        return self.client.call("GET", "/status")["subscribers"]["current"] == self.count

    def edit(self):
        """Milliseconds of one edit."""
        self.list[0]["weight"] = next(self.weights)
        begun = time.monotonic()
        self.client.call("PUT", "/services/filed", {"instances": self.list})
        while not self._all_have_it():
            pass
        return (time.monotonic() - begun) * 1000

    def floor(self, rounds):
        done = subprocess.run(
            [build.BARE_FILES, self.folder, str(self.count), str(self.size), str(rounds)],
            capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)


def measure(bench):
    files = Files(bench, bench.size(AGENTS))
    edits_of_a_pair = EDITS // 5
    rounds = bench.pairs(lambda: [files.edit() for _ in range(edits_of_a_pair)],
                         lambda: files.floor(edits_of_a_pair))
    medians = [(statistics.median(edits), statistics.median(floors)) for edits, floors in rounds]
    worst = max(max(edits) for edits, _ in rounds)
    worst_floor = max(max(floors) for _, floors in rounds)
    return [beside(f"{bench.row}/median", medians, "ms", "<= 3", FLOOR),
            Result(f"{bench.row}/worst", worst, "ms", "<= 3", FLOOR, worst_floor,
                   worst / worst_floor)]
