"""A real agent with one list on disk, connected, and nothing to do."""
from bench.harness.bench import wait_for
from bench.harness.result import alone
from bench.harness.usage import core_percent, memory_kib, settled_memory_kib
from lib.reeve import Agent, instances

SECONDS = 30


def measure(bench):
    manager = bench.manager("manager")
    manager.api.put("/services/watched", {"instances": instances("10.0.0.1:80", "10.0.0.2:80"),
                                          "subscriptions": [{"nodes": ["idle"]}]})
    agent = bench.own(Agent(bench.folder / "agent", manager.link, manager.join_token(), "idle"))
    agent.start()
    wait_for(agent.list_path("watched").exists, "the list on disk")
    pid = agent.process.pid
    settled_memory_kib(pid)
    percent = core_percent(pid, bench.size(SECONDS))
    resident, private = memory_kib(pid)
    return [alone(f"{bench.row}/resident", resident / 1024, "MiB", "<= 16"),
            alone(f"{bench.row}/private", private / 1024, "MiB", "<= 6"),
            alone(f"{bench.row}/cpu", percent, "% of a core", "<= 0.1")]
