"""Input that is wrong, hostile or merely large. Each gets a clear answer of 400 to 499 with a code and
a field that a program can read, changes nothing, and costs no memory to speak of."""
import json
import unittest
import urllib.parse

from lib.pressure import expect_growth_below, resident
from lib.reeve import ApiError, ReeveTest, free_port, instances, quote

MIB = 1 << 20
GOOD = {"ip": "10.0.0.1", "port": 80}

# A billion laughs: nine levels of ten aliases each.
YAML_BOMB = "\n".join(["a0: &a0 [lol]"] + [
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]).encode()
YAML = {"Content-Type": "application/yaml"}


class BadInput(ReeveTest):
    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.api = self.manager_.api
        self.api.put("/services/pay", {"instances": instances("10.0.0.1:80", "10.0.0.2:80")})
        self.before = self.image()
        self.memory = resident(self.manager_.process.pid)

    def image(self):
        """All that a refused request must leave alone."""
        return (self.api.get("/status")["revision"], self.api.get("/services")["items"],
                self.api.get("/audit")["items"])

    def refused(self, method, path, body=None, status=400, code="invalid", field=None, **kw):
        """Answers the error when the request is refused in just this way and changed nothing;
        `field=...` where another part of the system says which."""
        with self.subTest(request=f"{method} {path[:80]} {str(body)[:80]}"):
            got, _, data = self.api.raw(method, "/api/v1" + path, body, **kw)
            error = json.loads(data)["error"]
            self.assertEqual((got, error["code"]), (status, code), error)
            if field is not ...:
                self.assertEqual(error["field"], field, error)
            self.assertTrue(error["message"])
            self.assertLess(len(data), 64 << 10, "an answer must not be as large as its question")
            for fault in error["faults"]:
                self.assertEqual(set(fault), {"code", "message", "field"})
            self.expect_unchanged()
            return error

    def expect_unchanged(self):
        self.assertEqual(self.image(), self.before)

    def expect_memory_bounded(self):
        expect_growth_below(self, self.manager_.process.pid, self.memory, 64 * MIB)

    def put_with(self, **fields):
        return {"instances": [{**GOOD, **fields}]}

    def test_numbers_out_of_range(self):
        for field, value in (("weight", 101), ("weight", -1), ("weight", 1.5), ("weight", "50"),
                             ("weight", 2**70), ("port", 0), ("port", 70000), ("port", -1),
                             ("port", "80"), ("port", None), ("port", True)):
            self.refused("PUT", "/services/x", self.put_with(**{field: value}),
                         field=f"/instances/0/{field}")
        self.refused("PUT", "/services/pay/instances/10.0.0.1:80", {"weight": 101},
                     field="/weight")
        self.refused("PATCH", "/services/pay/instances/10.0.0.1:80", {"weight": 101},
                     field="/weight")

    def test_what_is_no_address(self):
        for ip in ("example.org", "localhost", "", "10.0.0", "10.0.0.256", "010.0.0.1", "::g",
                   "fe80::1%eth0", "[::1]", "10.0.0.1:80", "10.0.0.1 ", 7, None, ["::1"]):
            self.refused("PUT", "/services/x", self.put_with(ip=ip), field="/instances/0/ip")
        for instance in ("example.org:80", "10.0.0.1", "10.0.0.1:0", "10.0.0.1:70000", "::1:80:"):
            self.refused("PUT", f"/services/pay/instances/{quote(instance)}", {})

    def test_a_host_name_is_refused_with_the_reason(self):
        error = self.refused("PUT", "/services/x", self.put_with(ip="db.example.org"),
                             field="/instances/0/ip")
        self.assertIn("db.example.org", error["message"])
        self.assertIn("host name", error["message"])

    def test_a_duplicate_instance(self):
        for twice in ([GOOD, GOOD], [{"ip": "2001:db8::1", "port": 1},
                                     {"ip": "2001:DB8:0:0::0001", "port": 1}]):
            self.refused("PUT", "/services/x", {"instances": twice}, field="/instances/1")

    def test_all_faults_are_named_at_once(self):
        body = {"instances": [{**GOOD, "weight": 101}, {"ip": "example.org", "port": 0}],
                "governance": "yes", "instanzen": []}
        error = self.refused("PUT", "/services/x", body, field="/governance")
        self.assertEqual({fault["field"] for fault in error["faults"]},
                         {"/instances/0/weight", "/instances/1/ip", "/instances/1/port",
                          "/governance", "/instanzen"})
        first = error["faults"][0]
        self.assertEqual((first["code"], first["field"], first["message"]),
                         (error["code"], error["field"], error["message"]))

    def test_a_stale_if_match(self):
        for tag in ('"7"', "7", "0"):
            for method in ("PUT", "PATCH"):
                self.refused(method, "/services/pay", {"instances": [GOOD]}, status=412,
                             code="stale", headers={"If-Match": tag})
            self.refused("DELETE", "/services/pay", status=412, code="stale",
                         headers={"If-Match": tag})
        self.refused("PUT", "/services/new", {"instances": []}, status=412, code="stale",
                     headers={"If-Match": "1"})
        self.refused("PUT", "/services/pay", {"instances": []}, headers={"If-Match": "newest"})
        self.api.put("/services/pay", {"instances": [GOOD]}, headers={"If-Match": "1"})

    def test_names_that_are_none(self):
        for name in ("a b", "a/b", "../etc/passwd", "-a", ".a", "a\0b", "ä", "a" * 64, "%", "\n"):
            self.refused("PUT", f"/services/{quote(name)}", {"instances": []}, field="/name")
        for name in ("a b", "x" * MIB):
            self.refused("PUT", "/services/x", {"name": name}, field="/name")
            self.refused("PUT", "/services/x", self.put_with(labels={name: "v"}),
                         field=f"/instances/0/labels/{name}" if len(name) < 9 else ...)

    def test_a_name_of_one_mib(self):
        self.refused("POST", "/tokens", {"name": "x" * MIB}, status=413, code="too_large")
        got, _, data = self.api.raw("PUT", f"/api/v1/services/{'x' * MIB}", {"instances": []})
        self.assertEqual((got, json.loads(data)["error"]["code"]), (431, "too_large"))
        self.expect_unchanged()
        self.expect_memory_bounded()

    def test_unknown_fields_and_parameters(self):
        self.refused("PUT", "/services/x", {"weights": 1}, field="/weights")
        self.refused("PUT", "/services/x", self.put_with(wieght=1), field="/instances/0/wieght")
        self.refused("PATCH", "/services/pay", {"instnaces": []}, field="/instnaces")
        self.refused("PUT", "/services/x?forse=true", {}, field="?forse")
        self.refused("GET", "/services?limit=0", field="?limit")
        self.refused("GET", "/services?limit=many", field="?limit")
        self.refused("GET", "/services?cursor=%00%ff", field="?cursor")

    def test_bodies_that_are_no_json(self):
        for body in (b"", b"{", b"[]", b"null", b'"x"', b"{}{}", b"{'a':1}", b'{"instances":[],}',
                     b'{"governance":NaN}', b"\x00" * 64, b"\xef\xbb\xbf"):
            self.refused("PUT", "/services/x", body, field=...)
        self.refused("PUT", "/services/x", b"<a/>", status=415, code="unsupported_media",
                     headers={"Content-Type": "application/xml"})

    def test_text_that_is_not_utf8(self):
        for bad in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf"):
            self.refused("PUT", "/services/x", b'{"description":"' + bad + b'"}', field=...)
        self.refused("PUT", "/services/x", b'{"description":"\\ud800"}', field=...)
        self.refused("PUT", "/services/x", b"description: \xff\xfe", field=..., headers=YAML)

    def test_a_body_of_ten_mib(self):
        body = json.dumps({"description": "x" * (10 * MIB)}).encode()
        for headers in ({}, YAML):
            for _ in range(4):
                self.refused("PUT", "/services/x", body, status=413, code="too_large",
                             headers=headers)
        self.refused("PATCH", "/services/pay/instances/10.0.0.1:80", body, status=413,
                     code="too_large")
        self.expect_memory_bounded()

    def test_a_body_within_the_limit_that_is_one_value(self):
        for body in ({"description": "x" * (3 * MIB)}, {"x" * (3 * MIB): 1}):
            self.refused("PUT", "/services/x", body, field=...)
        self.expect_memory_bounded()

    def test_json_ten_thousand_deep(self):
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            deep = opening * 10_000 + b"1" + closing * 10_000
            self.refused("PUT", "/services/x", deep, field=...)
            self.refused("PUT", "/services/x", b'{"instances":' + deep + b"}", field=...)
            self.refused("PUT", "/services/x", deep, field=..., headers=YAML)
            self.refused("PUT", "/services/x", opening * 800_000, field=...)
        self.expect_memory_bounded()

    def test_yaml_bombs(self):
        wide = b"a: &a [" + b"x, " * 1000 + b"x]\n" + b"instances: [" + b"*a, " * 5000 + b"*a]\n"
        itself = b"a: &a [*a]\n"
        for bomb in (YAML_BOMB, wide, itself):
            self.refused("PUT", "/services/x", bomb, field=..., headers=YAML)
        self.refused("PUT", "/services/x", b"a: 1\n---\nb: 2\n", headers=YAML)
        self.expect_memory_bounded()

    def test_the_cli_refuses_a_yaml_bomb_too(self):
        file = self.folder / "bomb.yaml"
        file.write_bytes(YAML_BOMB)
        done = self.manager_.cli("apply", "-f", file)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bomb.yaml", done.stderr)
        self.assertLess(len(done.stderr), 4096)
        self.expect_unchanged()

    def test_too_many_instances(self):
        many = [{"ip": f"10.{i >> 8}.{i & 255}.1", "port": 80} for i in range(5001)]
        self.refused("PUT", "/services/x", {"instances": many}, field="/instances")
        self.expect_memory_bounded()

    def test_paths_of_lists_stay_where_they_may_be(self):
        def with_output(**output):
            return {"subscriptions": [{"nodes": ["web-1"], "outputs": [output]}]}

        field = "/subscriptions/0/outputs/0/"
        for path in ("etc/passwd", "/var/../etc/passwd", "/a\0b", ""):
            self.refused("PATCH", "/services/pay", with_output(path=path), field=field + "path")
        for mode in ("777777", "rw", "0999", "4755", ""):
            self.refused("PATCH", "/services/pay", with_output(mode=mode), field=field + "mode")
        self.refused("PATCH", "/services/pay", with_output(format="xml"), field=field + "format")

    def test_subscribers_that_are_none(self):
        self.refused("PUT", "/services/pay/subscribers/web-1", {}, status=404, code="not_found")
        self.refused("PATCH", "/services/pay", {"subscriptions": [{}]}, field="/subscriptions/0")
        self.refused("PATCH", "/services/pay",
                     {"subscriptions": [{"nodes": ["a"], "selector": {"a": "b"}}]},
                     field="/subscriptions/0")
        self.refused("PATCH", "/services/pay", {"subscriptions": [{"nodes": ["a/b"]}]},
                     field="/subscriptions/0/nodes/0")

    def test_strangers_are_told_nothing(self):
        for token in (None, "", "x", "reeve_" + "0" * 64, "é"):
            self.api.token, kept = None, self.api.token
            headers = {} if token is None else {
                "Authorization": f"Bearer {token}".encode().decode("latin-1")}
            for method, path in (("GET", "/services"), ("PUT", "/services/x"), ("GET", "/audit")):
                status, _, data = self.api.raw(method, "/api/v1" + path, b"{}", headers)
                error = json.loads(data)["error"]
                self.assertEqual((status, error["code"]), (401, "unauthenticated"))
                self.assertNotIn("reeve_", error["message"])
            self.api.token = kept
        self.assertEqual(self.api.get("/services")["items"], self.before[1])

    def test_routes_and_methods_that_are_none(self):
        self.refused("GET", "/nothing", status=404, code="not_found")
        self.refused("GET", "/services/x", status=404, code="not_found")
        self.refused("GET", "/services/x/../pay", status=404, code="not_found")
        self.refused("POST", "/services/pay", {}, status=405, code="method_not_allowed")
        self.refused("GET", "/services/%zz", status=400)


class Ipv6(ReeveTest):
    """Instances are the same however their address is spelled."""

    def test_one_instance_in_every_spelling(self):
        api = self.manager().api
        for spelled in ("2001:db8::1", "2001:DB8::1", "2001:0db8:0:0:0:0:0:1", "2001:db8:0::0:1"):
            with self.subTest(spelled=spelled):
                service = api.put("/services/pay", {"instances": [{"ip": spelled, "port": 80},
                                                                  {"ip": "::1", "port": 80}]})
                self.assertEqual([one["ip"] for one in service["instances"]],
                                 ["2001:db8::1", "::1"])
                path = "/services/pay/instances/" + urllib.parse.quote(f"[{spelled}]:80", safe="")
                self.assertEqual(api.get(path)["ip"], "2001:db8::1")
                self.assertEqual(api.patch(path, {"status": "offline"})["status"], "offline")
                self.assertEqual(api.get("/services/pay")["instances"][0]["status"], "offline")
                self.assertEqual(api.patch(path, {"status": "online"})["status"], "online")
                api.delete(path)
                self.assertEqual([one["ip"] for one in api.get("/services/pay")["instances"]],
                                 ["::1"])
                api.put(path, {"weight": 5})
                self.assertEqual(api.get(path)["weight"], 5)

    def test_an_unbracketed_path_works_as_it_is_typed(self):
        api = self.manager().api
        api.put("/services/pay", {"instances": [{"ip": "::1", "port": 80},
                                                {"ip": "::2", "port": 80}]})
        self.assertEqual(api.get("/services/pay/instances/[::1]:80")["ip"], "::1")

    def test_ipv4_in_ipv6_is_the_ipv4_address(self):
        api = self.manager().api
        service = api.put("/services/pay", {"instances": [{"ip": "::ffff:10.0.0.1", "port": 80}]})
        self.assertEqual(service["instances"][0]["ip"], "10.0.0.1")
        with self.assertRaises(ApiError) as refused:
            api.put("/services/x", {"instances": [{"ip": "::ffff:10.0.0.1", "port": 80},
                                                  {"ip": "10.0.0.1", "port": 80}]})
        self.assertEqual(refused.exception.field, "/instances/1")

    def test_the_manager_listens_on_ipv6_alone(self):
        api = self.manager(host="[::1]", console_port=free_port("::1"), link_host="[::1]",
                           link_port=free_port("::1")).api
        self.assertTrue(api.url.startswith("http://[::1]:"))
        api.put("/services/pay", {"instances": instances("[2001:db8::1]:80")})
        self.assertEqual(len(api.get("/services/pay")["instances"]), 1)


if __name__ == "__main__":
    unittest.main()
