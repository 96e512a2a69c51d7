"""Agents that are enrolled and behave badly: they stop reading, send garbage, send without end, never
answer, connect a thousand times. Each is cut off, at a bounded cost, and meanwhile another agent's
lists reach its disk as fast as ever."""
import contextlib
import socket
import threading
import time
import unittest

from lib.link import Link, Refused, identity_of
from lib.pressure import expect_growth_below, host_and_port, is_sanitized, resident
from lib.reeve import ApiError, ReeveTest, instances, subscriber, wait_applied, wait_for, wait_node

MIB = 1 << 20
SOON = 2.0  # for an edit to be on another node's disk, on a machine that is busy with other tests


class Agents(ReeveTest):
    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.api = self.manager_.api
        self.address = host_and_port(self.manager_.link)
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)
        self.bad = identity_of(self, self.manager_, "bad")
        self.agent(self.manager_, "good")
        self.api.put("/services/pay", {"instances": instances("10.0.0.1:80"),
                                       "subscriptions": [{"nodes": ["good"]}]})
        wait_applied(self.api, "pay", "good")
        self.memory = resident(self.manager_.process.pid)
        self.edits = 0

    def link(self, **kw):
        made = Link(self.address, self.bad, **kw)
        self.open.callback(made.close)
        return made

    def push(self):
        """Edits the list, and answers how long the good agent's disk took to have it."""
        self.edits += 1
        begun = time.monotonic()
        self.api.put("/services/pay", {"instances": instances(f"10.0.0.1:{80 + self.edits}")})
        wait_applied(self.api, "pay", "good")
        return time.monotonic() - begun

    def expect_no_harm(self, limit=96 * MIB):
        waits = sorted(self.push() for _ in range(5))
        self.assertLess(waits[2], SOON * (5 if is_sanitized() else 1), "an edit on its way")
        self.manager_.process.expect_alive()
        expect_growth_below(self, self.manager_.process.pid, self.memory, limit)

    def test_an_agent_that_stops_reading(self):
        """It sends heartbeats, and takes nothing: one spec alone waits for it, of more than the
        system takes in its place, and then it is cut off."""
        many = [f"10.{i >> 8}.{i & 255}.1:80" for i in range(5000)]
        for i in range(10):
            self.api.put(f"/services/large-{i}", {"instances": instances(*many),
                                                  "subscriptions": [{"nodes": ["bad"]}]})
        deaf = self.link(receive_buffer=4096).hello()
        wait_node(self.api, "bad", "up")
        done = threading.Event()

        def beat():
            with contextlib.suppress(OSError):
                while not done.wait(1):
                    deaf.say(heartbeat={"sequence": 1})
        self.background(beat)
        self.addCleanup(done.set)
        for i in range(20):
            self.api.put("/services/large-0", {"instances": instances(*many[i:])})
        self.expect_no_harm()
        wait_for(lambda: "the other side takes nothing" in self.manager_.process.output(),
                 "the agent to be cut off", 60)
        self.assertNotEqual(subscriber(self.api, "large-0", "bad")["state"], "current")
        self.expect_no_harm()

    def test_an_agent_that_sends_garbage(self):
        garbage = [(b"\xff\xfe", 1), (b"[]", 1), (b"no json", 1), (b'{"report":7}', 1), (b"short", 2),
                   (b'{"heartbeat":{},"report":{}}', 1), (b"[" * 100_000, 1)]
        for payload, opcode in garbage:
            with self.subTest(payload=payload[:20]):
                link = self.link().hello()
                link.hear_until("welcome")
                link.frame(payload, opcode)
                goodbye = link.hear_end()
                self.assertTrue(goodbye is None or goodbye["code"] == "invalid", goodbye)
                self.api.get("/status")
        wait_for(lambda: "agent sent garbage" in self.manager_.process.output(), "a line in the log")
        link = self.link()
        link.socket.sendall(b"\x00\xff" * 4096)  # no frames at all
        link.hear_end()
        self.expect_no_harm()

    def test_an_agent_that_sends_a_gibibyte(self):
        """As one message, as one in pieces, and as good messages as fast as they go."""
        one = self.link().hello()
        one.socket.sendall(b"\x81\xff" + (1 << 30).to_bytes(8, "big") + bytes(4))
        with contextlib.suppress(OSError):
            for _ in range(1024):
                one.socket.sendall(b" " * MIB)
            self.fail("a message of a gibibyte was taken")
        pieces = self.link()
        with contextlib.suppress(OSError):
            pieces.frame(b" " * MIB, last=False)
            for _ in range(1023):
                pieces.frame(b" " * MIB, opcode=0, last=False)
            self.fail("a message of a gibibyte was taken")
        wait_for(lambda: self.api.get("/nodes/bad")["state"] is not None, "the manager to answer")
        flood = self.link_as_only_one()
        sent = 0
        report = b'{"report":{"lists":[' + b",".join(
            b'{"service":"%d","error":"%s"}' % (i, b"x" * 900) for i in range(1000)) + b"]}}"
        begun = time.monotonic()
        with contextlib.suppress(OSError):
            while sent < 1 << 30 and time.monotonic() < begun + 10:
                flood.frame(report)
                sent += len(report)
        self.expect_no_harm()

    def link_as_only_one(self):
        """Greeted: what came before has ended, or is silent for long enough."""
        def greeted():
            link = self.link().hello()
            with contextlib.suppress(OSError):
                while True:
                    message = link.hear()
                    if "welcome" in message:
                        return link
            return None
        return wait_for(greeted, "a connection to be greeted")

    def test_an_agent_that_never_answers(self):
        deaf = self.link().hello()
        deaf.hear_until("welcome")
        answers = []

        def ask():
            try:
                self.api.get("/nodes/bad/live")
            except ApiError as refusal:
                answers.append(refusal.code)
        askers = [self.background(ask) for _ in range(90)]
        self.expect_no_harm()
        self.assertEqual(self.api.get("/nodes/good/live")["node"], "good")
        for asker in askers:
            asker.finish()
        self.assertEqual(set(answers), {"timeout", "too_many"})
        self.assertEqual(len(answers), 90)
        self.assertEqual(deaf.hear_until("call")["method"], "status")
        deaf.hear_until("cancel")

    def test_a_thousand_connections(self):
        """Of one certificate, from one address: silent ones, ones that never finish their handshake,
        and ones that say hello and then nothing."""
        stalled = []
        for i in range(1000):
            plain = socket.socket()
            plain.bind(("127.0.0.2", 0))
            plain.connect(self.address)
            self.open.callback(plain.close)
            if i % 2:
                plain.sendall(b"\x16\x03\x01\x02\x00\x01")
            stalled.append(plain)
        begun = time.monotonic()
        self.assertEqual(self.api.get("/nodes/good/live")["node"], "good")
        self.expect_no_harm()
        self.link().close()  # from an honest address it takes no time
        self.assertLess(time.monotonic() - begun, 10 * (5 if is_sanitized() else 1))

        for _ in range(40):
            with contextlib.suppress(Refused, OSError):
                self.link()
        wait_for(lambda: [entry for entry in self.api.get("/audit")["items"]
                          if entry["refused"] and "a node has one connection" in entry["why"]],
                 "the refusal in the audit log")
        self.expect_no_harm(limit=128 * MIB)


if __name__ == "__main__":
    unittest.main()
