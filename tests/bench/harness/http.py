"""Requests per second by wrk, and a keep-alive client for single requests."""
import http.client
import json
import re
import socket
import subprocess

CONNECTIONS = 64


class WrkError(Exception):
    pass


def parse_wrk(text):
    """The requests per second of a run without faults."""
    fault = re.search(r"^\s*(Non-2xx or 3xx responses|Socket errors):.*$", text, re.MULTILINE)
    if fault:
        raise WrkError(f"wrk met faults: {fault[0].strip()}")
    rate = re.search(r"^Requests/sec:\s+([\d.]+)$", text, re.MULTILINE)
    if not rate:
        raise WrkError(f"wrk said nothing of requests per second:\n{text}")
    return float(rate[1])


def wrk(url, seconds, headers=(), script=None):
    """One thread, 64 keep-alive connections."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    for header in headers:
        command += ["-H", header]
    if script:
        command += ["-s", str(script)]
    done = subprocess.run([*command, url], capture_output=True, text=True, timeout=seconds + 30)
    if done.returncode:
        raise WrkError(done.stderr or done.stdout)
    return parse_wrk(done.stdout)


def raw_answer(host, port, path):
    """The bytes of an answer, headers and all, as a keep-alive client gets them."""
    with socket.create_connection((host, port), 10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        text = b""
        while b"\r\n\r\n" not in text:
            text += connection.recv(65536)
        head, _, body = text.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)^content-length:\s*(\d+)", head, re.MULTILINE)
        missing = (int(length[1]) if length else 0) - len(body)
        while missing > 0:
            part = connection.recv(missing)
            text += part
            missing -= len(part)
        return text


class Client:
    """One kept connection to a manager's API."""

    def __init__(self, url, token):
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        self._connection.request(method, "/api/v1" + path, data, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} was answered with {answer.status}: {text!r}")
        return json.loads(text) if text else None

    def close(self):
        self._connection.close()
