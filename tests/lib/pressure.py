"""What the fault tests share: how many rounds they go, how much memory a program takes, and requests
written byte by byte."""
import functools
import os
import pathlib
import re
import socket
import struct
import sys

from lib.reeve import REEVE, wait_for


def rounds(short):
    """The numbers of the times that a test does what it does: `short`, or REEVE_FAULT_ROUNDS as
    tests/faults/run says, and then how far it is."""
    asked = os.environ.get("REEVE_FAULT_ROUNDS")
    for turn in range(int(asked or short)):
        yield turn
        if asked:
            print(f"round {turn + 1} of {asked}", file=sys.stderr, flush=True)


@functools.cache
def is_sanitized():
    """Sanitizers keep freed memory for a while and shadow the rest: figures mean little there."""
    program = pathlib.Path(REEVE).read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


def resident(pid):
    """Bytes of memory that the process holds."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE)[1]) << 10


def expect_growth_below(test, pid, before, limit):
    """Fails when the process holds `limit` bytes more than `before`. What it just freed may take a
    moment to be given back."""
    if is_sanitized():
        limit *= 12
    wait_for(lambda: resident(pid) - before < limit,
             f"memory to be less than {limit >> 20} MiB above {before >> 20} MiB, "
             f"it is {resident(pid) >> 20} MiB", patience=5)


def host_and_port(url):
    host, port = url.removeprefix("http://").rsplit(":", 1)
    return host.strip("[]"), int(port)


def connect(address, timeout=30):
    made = socket.create_connection(address, timeout)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def reset(connection):
    """Closes without a goodbye, as a machine that lost its power seems to."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def head(method, path, token=None, **fields):
    """A request line and its fields, ended by the empty line."""
    lines = [f"{method} {path} HTTP/1.1", "Host: reeve"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_to_end(connection):
    """All that comes until the other side closes; a reset counts as closed."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def status_of(answer):
    """The status in the bytes of an answer; None when there was none."""
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(found[1]) if found else None
