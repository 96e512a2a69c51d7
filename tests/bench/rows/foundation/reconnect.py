"""The manager is killed with many agents connected and started again within two seconds: how long
after it listens all agents are current, and how many nodes were ever shown down meanwhile."""
import time

from bench.harness.fleet import connected
from bench.harness.result import alone

AGENTS = 10_000
AWAY = 1.0
PATIENCE = 80


def measure(bench):
    manager, agents = connected(bench, bench.size(AGENTS))
    manager.kill()
    time.sleep(AWAY)
    manager.start()  # until it answers
    begun, most_down, is_ready = time.monotonic(), 0, False
    while not is_ready and time.monotonic() - begun < PATIENCE:
        is_ready = agents.is_ready_within(0.25)
        most_down = max(most_down, manager.api.get("/status")["nodes"]["down"])
    return [alone(f"{bench.row}/current", time.monotonic() - begun, "s", "<= 20"),
            alone(f"{bench.row}/down", most_down, "nodes", "<= 0")]
