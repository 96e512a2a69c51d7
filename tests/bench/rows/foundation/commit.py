"""64 concurrent writers: how many commits share a flush, and the rate beside the same server with
SQLite's synchronous=OFF. Flushes are counted in the process, by a preloaded fsync."""
import statistics
import struct

from bench.harness import build
from bench.harness.load import write
from bench.harness.result import alone, beside

WRITERS = 64
MILLISECONDS = 4000


def flushes(counter):
    return struct.unpack("q", counter.read_bytes())[0] if counter.exists() else 0


def measure(bench):
    counter = bench.folder / "flushes"
    durable = bench.manager("durable", env={"LD_PRELOAD": str(build.COUNT_SYNC),
                                            "REEVE_COUNT_SYNC": str(counter)})
    unsafe = bench.manager("unsafe", "--unsafe-no-sync")
    shared = []

    def write_durably():
        before = flushes(counter)
        written = write(durable, WRITERS, bench.size(MILLISECONDS))
        shared.append(written["commits"] / (flushes(counter) - before))
        return written["per_second"]

    pairs = bench.pairs(write_durably,
                        lambda: write(unsafe, WRITERS, bench.size(MILLISECONDS))["per_second"])
    return [
        alone(f"{bench.row}/fsyncs", statistics.median(shared), "commits/fsync", ">= 8"),
        beside(f"{bench.row}/rate", pairs, "commits/s", ">= 0.6",
               "the same server with synchronous=OFF"),
    ]
