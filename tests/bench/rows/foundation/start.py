"""From exec of `reeve manager` until /healthz answers 200, with an empty store and with one of
100,000 instances."""
import http.client
import statistics
import time

from bench.harness.load import INSTANCES, SERVICES, address, load
from bench.harness.result import alone

STARTS = 5


def is_up(host_and_port):
    connection = http.client.HTTPConnection(host_and_port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        connection.close()


def milliseconds_to_ready(manager, console):
    """Starts a stopped manager again, on the same port, and stops it."""
    begun = time.monotonic()
    manager.launch()
    while not is_up(console):
        manager.process.expect_alive()
        time.sleep(0.001)  # leaves the cores to the manager
    taken = (time.monotonic() - begun) * 1000
    manager.stop()
    return taken


def median_start(bench, manager):
    console = address(manager.facts["console"])
    manager.stop()
    starts = 1 if bench.is_quick else STARTS
    return statistics.median(milliseconds_to_ready(manager, console) for _ in range(starts))


def measure(bench):
    manager = bench.manager("manager")
    empty = median_start(bench, manager)
    manager.start()
    bench.say(f"{bench.row}: loading")
    load(manager, bench.size(SERVICES), INSTANCES)
    full = median_start(bench, manager)
    return [alone(f"{bench.row}/empty", empty, "ms", "<= 100"),
            alone(f"{bench.row}/full", full, "ms", "<= 1000")]
