"""A node has a hundred lists of about 1 KiB; one of them is edited. What goes over the wire beside
that list's share of the whole spec."""
from bench.harness.load import Agents
from bench.harness.result import Result
from bench.rows.push import on_wire
from lib.reeve import instances

LISTS = 100
INSTANCES = 5
LABELS = {"bench": "delta"}


def measure(bench):
    manager = bench.manager("manager")
    lists = instances(*(f"10.0.0.{i}:8080" for i in range(1, INSTANCES + 1)))
    for i in range(LISTS):
        manager.api.put(f"/services/list-{i:03}",
                        {"instances": lists, "subscriptions": [{"selector": LABELS}]})
    agents = bench.own(Agents(manager, 1, bench.folder / "nodes", LABELS))
    whole = agents.wait_round(1)["spec_bytes"]
    lists[0]["weight"] = 7
    version = manager.api.put("/services/list-050", {"instances": lists})["version"]
    delta = on_wire(agents.wait_round(version)["spec_bytes"], mask=False)
    item = whole / LISTS
    return [Result(bench.row, delta, "bytes", "<= 2", "one list of the whole spec", item,
                   delta / item)]
