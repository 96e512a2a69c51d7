"""Two thousand services that change one after the other, one a second, and a thousand subscribers
with twenty lists each: the bytes that the manager sends to its agents beside the changed lists, and
its share of a core."""
import json
import re
import subprocess
import time

from bench.harness.http import Client
from bench.harness.load import Agents
from bench.harness.result import Result, alone
from bench.harness.usage import cpu_seconds
from lib.reeve import instances

SERVICES, AGENTS, RECEIVERS = 2_000, 1_000, 10
SECONDS = 30


def list_text(service):
    """A list as apps get it, with every field."""
    shown = [{key: one[key] for key in ("ip", "port", "status", "weight", "labels", "ports", "health")}
             for one in service["instances"]]
    return json.dumps({**{key: service[key] for key in ("revision", "version", "description")},
                       "service": service["name"], "instances": shown}, separators=(",", ":"))


def bytes_sent(link):
    """By the manager's end of all connections of its link, as the kernel counts them."""
    listed = subprocess.run(["ss", "-tinHO", "state", "established", f"sport = :{link}"],
                            capture_output=True, text=True, check=True).stdout
    return sum(int(sent) for sent in re.findall(r"\bbytes_sent:(\d+)", listed))


def subscribers_of(number, agents):
    """The names of ten nodes, others for each service."""
    return [f"bench-{(number * RECEIVERS + i) % agents:05}" for i in range(RECEIVERS)]


def measure(bench):
    services, count = bench.size(SERVICES), bench.size(AGENTS)
    manager = bench.manager("manager")
    client = bench.own(Client(manager.facts["console"], manager.facts["token"]))
    lists = instances(*(f"10.0.0.{i}:8080" for i in range(1, 11)))
    for number in range(services):
        client.call("PUT", f"/services/churn-{number:04}", {
            "instances": lists, "subscriptions": [{"nodes": subscribers_of(number, count)}]})
    agents = bench.own(Agents(manager, count, bench.folder / "nodes", {}))
    agents.wait_ready(patience=120)
    wanted = services * RECEIVERS
    while client.call("GET", "/status")["subscribers"]["current"] < wanted:
        time.sleep(0.2)

    link = manager.link.rpartition(":")[2]
    pid, sent, used = manager.process.pid, bytes_sent(link), cpu_seconds(manager.process.pid)
    changed, begun = 0, time.monotonic()
    for number in range(bench.size(SECONDS)):
        lists[0]["weight"] = number + 1
        service = client.call("PUT", f"/services/churn-{number:04}", {"instances": lists})
        changed += len(list_text(service)) * RECEIVERS
        time.sleep(max(0, begun + number + 1 - time.monotonic()))
    percent = (cpu_seconds(pid) - used) / (time.monotonic() - begun) * 100
    bench.say(f"{bench.row}: waiting until all have what they shall have")
    while client.call("GET", "/status")["subscribers"]["current"] < wanted:
        time.sleep(0.1)
    sent = bytes_sent(link) - sent
    return [Result(f"{bench.row}/bytes", sent, "bytes", "<= 2", "the changed lists", changed,
                   sent / changed),
            alone(f"{bench.row}/cpu", percent, "% of a core", "<= 10")]
