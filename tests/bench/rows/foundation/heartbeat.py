"""The manager's share of a core while many agents say every five seconds that they live."""
from bench.harness.fleet import connected
from bench.harness.result import alone
from bench.harness.usage import core_percent, settled_memory_kib

AGENTS = 10_000
SECONDS = 20


def measure(bench):
    count = bench.size(AGENTS)
    manager, _ = connected(bench, count)
    settled_memory_kib(manager.process.pid)  # the storm of connecting is over
    percent = core_percent(manager.process.pid, bench.size(SECONDS))
    return [alone(bench.row, percent * AGENTS / count, "% of a core", "<= 6")]
