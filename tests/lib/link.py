"""A node's end of the agents' link, byte by byte: joins as a real agent, then speaks with its key."""
import base64
import contextlib
import json
import os
import socket
import ssl
import struct

from lib.reeve import wait_for


class Refused(Exception):
    """The manager answered the upgrade with something else."""


class Identity:
    """What a joined agent left in its data folder."""

    def __init__(self, agent):
        self.folder = agent.data / "agent"
        facts = json.loads((self.folder / "identity.json").read_text())
        self.node, self.server_name = facts["node"], facts["server_name"]

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.folder / "ca.pem")
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        return context


def identity_of(test, manager, name):
    """Of a node that joins now; its own agent is gone again."""
    agent = test.agent(manager, name)
    wait_for(lambda: (agent.data / "agent" / "identity.json").exists(), f"{name} to have joined")
    agent.stop()
    return Identity(agent)


class Link:
    """A WebSocket over mutual TLS; blocking."""

    def __init__(self, address, identity, source="127.0.0.1", receive_buffer=None):
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.bind((source, 0))
        plain.settimeout(30)
        plain.connect(address)
        self.socket = identity.context().wrap_socket(plain, server_hostname=identity.server_name)
        self.identity, self.input = identity, b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /link HTTP/1.1\r\nHost: reeve\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        head = self._read_until(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Refused(head)

    def _more(self):
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("closed")
        self.input += part

    def _read_until(self, mark):
        while mark not in self.input:
            self._more()
        head, self.input = self.input.split(mark, 1)
        return head

    def _take(self, size):
        while len(self.input) < size:
            self._more()
        taken, self.input = self.input[:size], self.input[size:]
        return taken

    def frame(self, payload, opcode=1, last=True):
        """As RFC 6455 has it, with a mask of zeros."""
        size = len(payload)
        head = bytes([opcode | (0x80 if last else 0)])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        self.socket.sendall(head + bytes(4) + payload)

    def say(self, **message):
        self.frame(json.dumps(message).encode())

    def hello(self, **more):
        self.say(hello={"node": self.identity.node, "agent_version": "0.1.0", "protocol_min": 1,
                        "protocol_max": 1, "features": ["calls"], **more})
        return self

    def hear(self):
        """The next message; ConnectionError at the end."""
        while True:
            first, second = self._take(2)
            size = second & 127
            if size > 125:
                size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
            payload = self._take(size)
            if first & 15 == 8:
                raise ConnectionError(payload[2:].decode())
            if first & 15 == 1:
                return json.loads(payload)

    def hear_until(self, member):
        while True:
            message = self.hear()
            if member in message:
                return message[member]

    def hear_end(self):
        """Reads to the end, and answers the last goodbye."""
        goodbye = None
        with contextlib.suppress(OSError):
            while True:
                goodbye = self.hear().get("goodbye", goodbye)
        return goodbye

    def close(self):
        self.socket.close()
