"""nginx and haproxy, as Debian has them, take every list that is written for them in their own check
and serve with it: traffic follows an instance that goes out and comes in, for the agent reloads them
after each change (`on_change`, which the node's own reeve.yaml allows)."""
import collections
import http.client
import http.server
import json
import shutil
import subprocess
import threading
import unittest

from lib.reeve import Process, ReeveTest, free_port, instances, wait_applied, wait_for, wait_node

REQUESTS = 24
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")


class Backend:
    """An HTTP server that answers its own address."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.server.word.encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.at = self.server.word = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def answers(port):
    """Who answered how many of some requests; what is no good answer counts under its status."""
    seen = collections.Counter()
    for _ in range(REQUESTS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            seen[answer.read().decode() if answer.status == 200 else answer.status] += 1
        except OSError:
            seen["refused"] += 1
        finally:
            connection.close()
    return seen


class Proxies(ReeveTest):
    def setUp(self):
        super().setUp()
        self.lists = self.folder / "lists"
        self.lists.mkdir()
        self.manager_ = self.manager()
        self.api = self.manager_.api

    def start_agent(self, reload):
        """One that may reload the proxy."""
        config = self.folder / "reeve.yaml"
        config.write_text(json.dumps({"publish_roots": [str(self.lists)],
                                      "hooks": [{"command": [str(word) for word in reload]}]}))
        self.agent(self.manager_, "web-1", "--config", str(config))
        wait_node(self.api, "web-1", "up")

    def serve(self, format_, reload, *backends):
        """The service with these instances, and its file in that format on this node."""
        self.start_agent(reload)
        self.api.put("/services/pay", {"instances": instances(*backends)})
        self.api.put("/services/pay/subscribers/web-1", {"outputs": [
            {"format": format_, "path": str(self.lists / "{service}.conf"), "debounce": "50ms",
             "on_change": [str(word) for word in reload]}]})
        self.applied()

    def applied(self):
        wait_applied(self.api, "pay", "web-1")

    def take(self, word, at):
        done = self.manager_.cli("instance", word, "pay", at)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.applied()

    def accepted(self, check):
        done = subprocess.run(check, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0,
                         done.stderr + done.stdout + (self.lists / "pay.conf").read_text())

    def check_every_shape(self, check):
        """Lists of every kind pass the target's own check."""
        shapes = {
            "none": [],
            "of both families": instances("10.0.0.1:80", "[2001:db8::1]:8080"),
            "of no weight": instances("10.0.0.1:80", weight=0),
            "offline": instances("10.0.0.1:80", "[::1]:81", status="offline"),
            "one offline": [*instances("10.0.0.1:80", weight=1),
                            *instances("10.0.0.2:80", status="offline")],
            "many": instances(*(f"10.1.{i // 250}.{i % 250 + 1}:80" for i in range(1000))),
        }
        for name, listed in shapes.items():
            with self.subTest(name):
                self.api.put("/services/pay", {"instances": listed, "force": True})
                self.applied()
                self.accepted(check)

    def follow_traffic(self, port, check):
        """What the proxy does when an instance goes out and comes in."""
        a, b = self.backends
        wait_for(lambda: set(answers(port)) == {a.at, b.at}, "traffic to both")
        self.take("offline", a.at)
        self.accepted(check)
        wait_for(lambda: answers(port) == {b.at: REQUESTS}, "traffic to one alone")
        self.take("online", a.at)
        self.accepted(check)
        wait_for(lambda: set(answers(port)) == {a.at, b.at}, "traffic to both again")
        self.assertNotIn("refused", answers(port))

    def start_backends(self):
        self.backends = [Backend(), Backend()]
        for each in self.backends:
            self.addCleanup(each.close)
        return [each.at for each in self.backends]

    def start(self, *arguments):
        process = Process(arguments, self.folder / "proxy.log")
        self.addCleanup(process.stop)
        return process


@unittest.skipUnless(NGINX, "nginx is not installed")
class Nginx(Proxies):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.config = self.folder / "nginx.conf"
        temporary = "\n".join(f"  {kind}_temp_path {self.folder}/{kind};" for kind in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.config.write_text(f"""
daemon off;
user root;
pid {self.folder}/nginx.pid;
error_log {self.folder}/nginx-errors.log;
events {{}}
http {{
  access_log off;
{temporary}
  include {self.lists}/*.conf;
  server {{
    listen 127.0.0.1:{self.port};
    location / {{ proxy_pass http://pay; }}
  }}
}}
""")
        given = ["-c", self.config, "-e", self.folder / "nginx-errors.log"]
        self.check = [NGINX, "-t", *given]
        self.reload = [NGINX, *given, "-s", "reload"]

    def test_takes_every_list(self):
        self.serve("nginx", self.reload, "10.0.0.1:80")
        self.check_every_shape(self.check)

    def test_traffic_follows(self):
        self.serve("nginx", self.reload, *self.start_backends())
        self.start(NGINX, "-c", self.config, "-e", self.folder / "nginx-errors.log")
        wait_for(lambda: set(answers(self.port)) != {"refused"}, "nginx")
        self.follow_traffic(self.port, self.check)


@unittest.skipUnless(HAPROXY, "haproxy is not installed")
class Haproxy(Proxies):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.config = self.folder / "haproxy.cfg"
        self.config.write_text(f"""
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
frontend all
    bind 127.0.0.1:{self.port}
    default_backend pay
""")
        self.given = ["-f", self.config, "-f", self.lists / "pay.conf"]
        self.check = [HAPROXY, "-c", *self.given]
        self.reload = ["/bin/sh", "-c", f"kill -USR2 $(cat {self.folder}/haproxy.pid)"]

    def test_takes_every_list(self):
        self.serve("haproxy", self.reload, "10.0.0.1:80")
        self.check_every_shape(self.check)

    def test_traffic_follows(self):
        self.serve("haproxy", self.reload, *self.start_backends())
        self.start(HAPROXY, "-W", "-db", "-p", self.folder / "haproxy.pid", *self.given)
        wait_for(lambda: set(answers(self.port)) != {"refused"}, "haproxy")
        self.follow_traffic(self.port, self.check)


if __name__ == "__main__":
    unittest.main()
