"""A single etcd on loopback and its HTTP range of one key."""
import base64
import json
import urllib.request

from bench.harness.bench import free_port, wait_for

KEY = b"/bench/one"


def text_of(data):
    return base64.b64encode(data).decode()


class Etcd:
    """Belongs to a row, which ends it."""

    def __init__(self, bench):
        client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.url = client
        self._process = bench.process(
            "etcd", "--data-dir", bench.folder / "etcd", "--listen-client-urls", client,
            "--advertise-client-urls", client, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
            "--log-level", "error")
        wait_for(self._is_healthy, "etcd to be healthy")

    def _is_healthy(self):
        self._process.expect_alive()
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:
                return json.load(answer)["health"] == "true"
        except OSError:
            return False

    def _post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def hold(self, answer_bytes):
        """Makes the answer to a range of the key about so long, as near as base64 comes."""
        size = 0
        for _ in range(3):
            self._post("/v3/kv/put", {"key": text_of(KEY), "value": text_of(b"x" * size)})
            missing = answer_bytes - len(self._post("/v3/kv/range", {"key": text_of(KEY)}))
            size = max(size + missing * 3 // 4, 1)
        return len(self._post("/v3/kv/range", {"key": text_of(KEY)}))

    def range_script(self, path):
        """For wrk: POST of the range."""
        body = json.dumps({"key": text_of(KEY)})
        path.write_text(f"wrk.method = 'POST'\nwrk.body = '{body}'\n"
                        "wrk.headers['Content-Type'] = 'application/json'\n")
        return path
