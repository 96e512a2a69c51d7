"""A manager in use for ten minutes: 2,000 agents in four groups, of which one after the other leaves
and comes back, an edit a second for all of them, and people who look. What it keeps may not grow:
memory and descriptors at the end of the last rounds beside those at the end of the first."""
import pathlib
import statistics
import time

from bench.harness.fleet import LABELS, enrolled
from bench.harness.load import Agents
from bench.harness.result import alone
from bench.harness.usage import memory_kib

AGENTS, GROUPS = 2_000, 4
SECONDS, PAUSE = 600, 1.0
PATIENCE = 120


class Soak:
    def __init__(self, bench):
        self.bench = bench
        self.count = bench.size(AGENTS) // GROUPS
        self.manager, nodes = enrolled(bench, self.count * GROUPS)
        self.api = self.manager.api
        self.edits = 0
        self.edit()
        identities = (nodes / "identities").read_text().splitlines(keepends=True)
        self.folders = [bench.folder / f"group-{number}" for number in range(GROUPS)]
        for number, folder in enumerate(self.folders):
            folder.mkdir()
            (folder / "identities").write_text("".join(identities[number::GROUPS]))
        self.groups = [self.connect(folder) for folder in self.folders]

    def connect(self, folder):
        agents = Agents(self.manager, self.count, folder, LABELS)
        agents.wait_ready(patience=PATIENCE)
        return agents

    def edit(self):
        self.edits += 1
        instances = [{"ip": f"10.0.{self.edits % 250}.{i}", "port": 80} for i in range(1, 11)]
        self.api.put("/services/soak", {"instances": instances,
                                        "subscriptions": [{"selector": LABELS}]})

    def round(self):
        """Each group leaves and comes back, while the others are pushed to."""
        for number, agents in enumerate(self.groups):
            agents.close()
            self.edit()
            self.api.get("/status")
            self.api.get("/services/soak/subscribers?limit=100")
            time.sleep(PAUSE)
            self.edit()
            self.groups[number] = self.connect(self.folders[number])
            self.edit()

    def kept(self):
        """(private KiB, descriptors) with everybody connected."""
        pid = self.manager.process.pid
        return memory_kib(pid)[1], len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))

    def close(self):
        for agents in self.groups:
            agents.close()


def measure(bench):
    soak = bench.own(Soak(bench))
    begun, rounds = time.monotonic(), []
    while time.monotonic() - begun < bench.size(SECONDS) or len(rounds) < 6:
        soak.round()
        rounds.append(soak.kept())
        bench.say(f"{bench.row}: {time.monotonic() - begun:.0f} s, {soak.edits} edits, "
                  f"{rounds[-1][0] / 1024:.1f} MiB, {rounds[-1][1]} descriptors")
    # The first rounds fill what is kept on purpose: revisions, audit, pools.
    third = len(rounds) // 3
    early, late = rounds[third:2 * third], rounds[-third:]
    memory = [statistics.median(kib for kib, _ in some) for some in (early, late)]
    descriptors = [max(count for _, count in some) for some in (early, late)]
    return [alone(f"{bench.row}/memory", memory[1] / memory[0], "of before", "<= 1.1"),
            alone(f"{bench.row}/descriptors", descriptors[1] - descriptors[0], "more", "<= 4")]
