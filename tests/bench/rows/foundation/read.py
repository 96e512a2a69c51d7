"""Reading one service of 10,000 × 10 over keep-alive, beside the same server's empty answer and
beside etcd's range of one key."""
from bench.harness.etcd import Etcd
from bench.harness.http import wrk
from bench.harness.load import SERVICES, load
from bench.harness.result import beside

SECONDS = 2


def measure(bench):
    manager = bench.manager("manager")
    bench.say(f"{bench.row}: loading")
    load(manager, bench.size(SERVICES))
    console, token = manager.facts["console"], manager.facts["token"]
    path = "/api/v1/services/load-00042"
    body = manager.api.raw("GET", path)[2]
    etcd = Etcd(bench)
    etcd.hold(len(body))
    script = etcd.range_script(bench.folder / "range.lua")

    rounds = bench.pairs(
        lambda: wrk(console + path, SECONDS, [f"Authorization: Bearer {token}"]),
        lambda: wrk(f"{console}/healthz", SECONDS),
        lambda: wrk(f"{etcd.url}/v3/kv/range", SECONDS, script=script))
    return [
        beside(f"{bench.row}/empty", [(one, empty) for one, empty, _ in rounds], "1/s", ">= 0.6",
               "the same server's empty answer"),
        beside(f"{bench.row}/etcd", [(one, ranged) for one, _, ranged in rounds], "1/s", ">= 3",
               "etcd 3.4, HTTP range of one key"),
    ]
