"""What the manager keeps for each of many idle agents: resident memory over that of a manager that
knows no node."""
from bench.harness.fleet import connected
from bench.harness.result import alone
from bench.harness.usage import settled_memory_kib

AGENTS = 10_000


def measure(bench):
    count = bench.size(AGENTS)
    empty = settled_memory_kib(bench.manager("empty").process.pid)
    manager, _ = connected(bench, count)
    full = settled_memory_kib(manager.process.pid)
    return [alone(bench.row, (full - empty) / count, "KiB/agent", "<= 60")]
