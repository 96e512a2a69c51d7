"""The empty answer, beside a bare epoll server that answers the same bytes."""
from bench.harness import build
from bench.harness.bench import free_port, wait_for
from bench.harness.http import raw_answer, wrk
from bench.harness.load import address
from bench.harness.result import beside

SECONDS = 4


def start_floor(bench, answer):
    """A bare server that answers these bytes; answers its URL."""
    port = free_port()
    file = bench.folder / "answer"
    file.write_bytes(answer)
    floor = bench.process(build.BARE_EPOLL_HTTP, port, file)

    def answers():
        floor.expect_alive()
        try:
            return raw_answer("127.0.0.1", port, "/") == answer
        except ConnectionError:
            return False
    wait_for(answers, "the bare server to answer")
    return f"http://127.0.0.1:{port}/"


def measure(bench):
    manager = bench.manager("manager")
    console = manager.facts["console"]
    host, port = address(console).split(":")
    floor = start_floor(bench, raw_answer(host, int(port), "/healthz"))
    pairs = bench.pairs(lambda: wrk(f"{console}/healthz", SECONDS), lambda: wrk(floor, SECONDS))
    return [beside(bench.row, pairs, "1/s", ">= 0.6", "a bare epoll server")]
