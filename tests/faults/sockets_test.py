"""Connections that are slow, silent, half open, many, or speak something else. They are closed or
refused, cost little memory, and everybody else is served meanwhile."""
import base64
import contextlib
import os
import random
import resource
import socket
import ssl
import threading
import time
import unittest

from lib.pressure import (connect, expect_growth_below, head, host_and_port, is_sanitized, read_to_end,
                          reset, resident, status_of)
from lib.reeve import ReeveTest, instances, wait_for

MIB = 1 << 20
SLOW = 40  # connections of each slow kind
IDLE = 5000
# What the server's own limits allow such a peer, 10 s each, and some for a busy machine.
UNTIL_CLOSED = 30
SOON = 1.0


class Neighbour(threading.Thread):
    """An ordinary client: asks for one service again and again, each time by a new connection, and
    notes how long it waited."""

    def __init__(self, api):
        super().__init__(daemon=True)
        self.api, self.waits, self.fault = api, [], None
        self.done = threading.Event()

    def run(self):
        try:
            while not self.done.wait(0.02):
                begun = time.monotonic()
                self.api.get("/services/pay")
                self.waits.append(time.monotonic() - begun)
        except Exception as failure:  # told by the test
            self.fault = failure


class Sockets(ReeveTest):
    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.api = self.manager_.api
        self.console = host_and_port(self.api.url)
        self.link = host_and_port(self.manager_.link)
        self.api.put("/services/pay", {"instances": instances("10.0.0.1:80")})
        self.before = self.api.get("/status")["revision"]
        self.memory = resident(self.manager_.process.pid)
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)
        self.neighbour = Neighbour(self.api)
        self.neighbour.start()
        self.addCleanup(self.neighbour.join)
        self.addCleanup(self.neighbour.done.set)

    def connect(self, address=None):
        return self.open.enter_context(connect(address or self.console))

    def expect_neighbour_was_served(self):
        seen = len(self.neighbour.waits)
        wait_for(lambda: len(self.neighbour.waits) > seen + 5 or self.neighbour.fault,
                 "an ordinary client to be answered")
        if self.neighbour.fault:
            raise AssertionError("an ordinary client was not served") from self.neighbour.fault
        # One in twenty may have met a machine that is busy with other tests.
        waits = sorted(self.neighbour.waits)
        self.assertLess(waits[len(waits) * 19 // 20], SOON * (5 if is_sanitized() else 1))

    def expect_no_harm(self, limit=64 * MIB):
        """Others were served, nothing was changed, memory is bounded, the manager lives."""
        self.expect_neighbour_was_served()
        self.manager_.process.expect_alive()
        self.assertEqual(self.api.get("/services/pay")["revision"], 1)
        expect_growth_below(self, self.manager_.process.pid, self.memory, limit)

    def drip(self, pieces):
        """Sends its piece on each connection every now and then until the manager has closed all
        of them; answers what they were told."""
        said = {}

        def take(connection, piece):
            try:
                connection.settimeout(0.001)
                connection.send(piece)
                part = connection.recv(4096)
                said[connection] = part + read_to_end(connection) if part else b""
            except TimeoutError:
                pass
            except ConnectionError:
                said[connection] = b""

        def all_are_closed():
            for connection, piece in pieces.items():
                if connection not in said:
                    take(connection, piece)
            return len(said) == len(pieces)
        wait_for(all_are_closed, "slow connections to be closed", UNTIL_CLOSED)
        return said.values()

    def test_slow_senders_are_closed(self):
        """Slow headers, slow bodies and silence at once, since the wait is the same."""
        put = ("PUT", "/api/v1/services/pay", self.api.token)
        kinds = [  # what it begins with, and how it goes on
            (self.console, b"GET /api/v1/services/pay HTTP/1.1\r\nHost: reeve\r\nX: ", b"x"),
            (self.console, head(*put, Content_Length=MIB) + b"{", b" "),
            (self.console, head(*put, Transfer_Encoding="chunked"), b"1\r\n \r\n"),
            (self.console, b"", b""), (self.console, b"\r\n", b"\r\n"), (self.link, b"", b""),
            (self.link, b"\x16\x03\x01\x02\x00", b"\x01")]
        pieces = {}
        for address, beginning, piece in kinds * SLOW:
            connection = self.connect(address)
            connection.send(beginning)
            pieces[connection] = piece
        for answer in self.drip(pieces):
            self.assertIn(status_of(answer), [None, *range(400, 500)], answer)
        self.expect_no_harm()

    def test_half_open_connections(self):
        for i in range(400):
            connection = connect(self.console if i % 2 else self.link)
            if i % 4 < 2:
                connection.send(head("PUT", "/api/v1/services/pay", self.api.token,
                                     Content_Length=100) + b'{"instances":')
            if i % 3 == 0:
                reset(connection)
            elif i % 3 == 1:
                connection.shutdown(socket.SHUT_WR)
                self.open.enter_context(connection)
            else:
                self.open.enter_context(connection)
        self.expect_no_harm()

    def test_clients_that_take_no_answer(self):
        """Each asks for large answers, pipelined, and reads none of them."""
        many = [{"ip": f"10.{i >> 8}.{i & 255}.1", "port": 80} for i in range(2000)]
        self.api.put("/services/large", {"instances": many})
        request = head("GET", "/api/v1/services/large", self.api.token)
        for _ in range(SLOW):
            connection = self.connect()
            connection.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                connection.sendall(request * 500)
        self.expect_no_harm()

    def test_thousands_of_idle_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < IDLE + 500:
            self.skipTest(f"{IDLE} connections need more open files than the limit, {hard}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        request = head("GET", "/api/v1/services/pay", self.api.token)
        for i in range(IDLE):
            connection = self.connect()
            if i % 2:
                # One that was of use before, and is kept.
                connection.sendall(request)
                self.assertEqual(status_of(connection.recv(4096)), 200)
        self.expect_no_harm(limit=128 * MIB)

    def test_garbage_on_the_console_port(self):
        for bytes_ in (os.urandom(4096), b"\0" * 4096, b"\x16\x03\x01" + os.urandom(512),
                       b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                       b"GET  /  HTTP/1.1\r\nHost: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                       head("GET", "/x" * 20_000), head("GET", "/", X="y" * 20_000),
                       head("GET", "http://example.org/"), head("BREW", "/api/v1/services"),
                       head("GET", "/" + "\x01"), head("PUT", "/api/v1/services/x",
                                                       Content_Length="-1"),
                       head("PUT", "/api/v1/services/x", Content_Length="1e3"),
                       head("PUT", "/api/v1/services/x", Content_Length=2**70),
                       head("PUT", "/api/v1/services/x", Content_Length=5,
                            Transfer_Encoding="chunked") + b"zz\r\n",
                       head("PUT", "/api/v1/services/pay", self.api.token,
                            Transfer_Encoding="chunked") + b"fffffffffffffffff\r\n"):
            with self.subTest(sent=bytes_[:60]):
                connection = self.connect()
                with contextlib.suppress(ConnectionError):
                    connection.sendall(bytes_)
                    connection.shutdown(socket.SHUT_WR)
                connection.settimeout(UNTIL_CLOSED)
                answer = read_to_end(connection)
                if answer:
                    self.assertIn(status_of(answer), range(400, 506), answer[:200])
        self.expect_no_harm()

    def test_two_lengths_are_never_two_requests(self):
        """What a proxy in front might read as one request must not be read as two here."""
        smuggled = head("DELETE", "/api/v1/services/pay?cascade=true", self.api.token)
        for fields in (b"Content-Length: 4\r\nContent-Length: 300\r\n",
                       b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                       b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"):
            connection = self.connect()
            connection.sendall(b"PUT /api/v1/services/x HTTP/1.1\r\nHost: reeve\r\n" + fields +
                               b"\r\n0\r\n\r\n" + smuggled)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(UNTIL_CLOSED)
            self.assertIn(status_of(read_to_end(connection)), range(400, 506), fields)
        self.assertEqual(self.api.get("/services/pay")["revision"], 1)
        self.expect_no_harm()

    def tls(self):
        """A TLS client that trusts anybody and has no certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return self.open.enter_context(context.wrap_socket(connect(self.link)))

    def upgrade(self, path="/link", **fields):
        key = base64.b64encode(os.urandom(16)).decode()
        return head("GET", path, **({"Connection": "Upgrade", "Upgrade": "websocket",
                                     "Sec_WebSocket_Key": key, "Sec_WebSocket_Version": "13"}
                                    | fields))

    def test_garbage_on_the_link_port(self):
        for bytes_ in (os.urandom(4096), b"\0" * 4096, head("GET", "/link"),
                       b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(508),
                       b"\x16\x03\x03\xff\xff" + os.urandom(16384)):
            with self.subTest(sent=bytes_[:20]):
                connection = self.connect(self.link)
                with contextlib.suppress(ConnectionError):
                    connection.sendall(bytes_)
                    connection.shutdown(socket.SHUT_WR)
                connection.settimeout(UNTIL_CLOSED)
                self.assertNotIn(b"HTTP/1.1 2", read_to_end(connection))
        self.expect_no_harm()

    def test_the_link_needs_a_certificate(self):
        connection = self.tls()
        connection.sendall(self.upgrade())
        answer = connection.recv(65536)
        self.assertEqual(status_of(answer), 401, answer)
        self.assertIn(b"certificate", answer)

        def is_audited():
            return [entry for entry in self.api.get("/audit")["items"]
                    if entry["action"] == "link.connect" and entry["refused"]]
        entry = wait_for(is_audited, "the refusal in the audit log")[0]
        self.assertIn("certificate", entry["why"])
        self.assertEqual(entry["from"], "127.0.0.1")
        self.expect_no_harm()

    def test_websocket_garbage_on_the_link(self):
        requests = [self.upgrade(Sec_WebSocket_Version="7"), self.upgrade(Sec_WebSocket_Key=""),
                    self.upgrade(Upgrade="h2c"), self.upgrade("/nothing"), head("GET", "/link"),
                    head("POST", "/link", Content_Length=0),
                    head("POST", "/join", Content_Length=2) + b"{}",
                    head("POST", "/join", Content_Length=4) + b"\xff\xfe\0{",
                    head("POST", "/join", Content_Length=10 * MIB),
                    self.upgrade() + os.urandom(4096)]
        for request in requests:
            with self.subTest(request=request[:80]):
                connection = self.tls()
                connection.sendall(request)
                self.assertIn(status_of(connection.recv(65536)), range(400, 432))
        self.expect_no_harm()

    def test_random_connections_in_random_order(self):
        """A mixture, closed at any point, for what nobody thought of."""
        chance = random.Random(20240229)
        good = head("GET", "/api/v1/services/pay", self.api.token)
        for _ in range(300):
            address = chance.choice([self.console, self.link])
            text = bytearray(good if chance.random() < 0.7 else self.upgrade())
            for _ in range(chance.randrange(4)):
                text[chance.randrange(len(text))] = chance.randrange(256)
            with connect(address) as connection, contextlib.suppress(ConnectionError):
                connection.sendall(text[:chance.randrange(len(text) + 1)])
                if chance.random() < 0.3:
                    reset(connection)
        self.expect_no_harm()


if __name__ == "__main__":
    unittest.main()
