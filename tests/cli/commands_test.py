#!/usr/bin/env python3
"""Every client command against a running `reeve dev`: what it prints, with --json too, its exit code,
and what it says when it cannot."""
import json
import re
import subprocess
import unittest

from lib.reeve import REEVE, ReeveTest, instances, run_cli, wait_applied, wait_for

TREE = {
    "": ["dev", "manager", "agent", "service", "instance", "subscriber", "node", "program", "apply", "diff",
         "status", "operation", "notice", "audit", "join-token", "token", "openapi", "completion",
         "version"],
    "service": ["ls", "get", "apply", "push", "rollback", "revisions", "diff", "delete", "rm"],
    "instance": ["ls", "get", "online", "offline", "set", "delete", "rm"],
    "subscriber": ["add", "ls", "get", "delete", "rm"],
    "node": ["ls", "get", "label", "delete", "rm"],
    "program": ["ls", "get", "apply", "start", "stop", "restart", "signal", "logs", "delete", "rm"],
    "operation": ["ls", "get", "watch", "cancel"],
    "notice": ["ls", "get", "read"],
    "join-token": ["create", "ls", "delete", "rm"],
    "token": ["create", "ls", "delete", "rm"],
}


class CliTest(ReeveTest):
    """Expectations about one run of a command."""

    def good(self, *words, **kw):
        run = self.run_it(*words, **kw)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run)
        return run.stdout

    def good_json(self, *words, **kw):
        return json.loads(self.good(*words, "--json", **kw))

    def bad(self, *words, code=1, **kw):
        """The sentence on stderr."""
        run = self.run_it(*words, **kw)
        self.assertEqual((run.returncode, run.stdout), (code, ""), run)
        self.assertTrue(run.stderr.startswith("reeve: "), run)
        return run.stderr

    def bad_json(self, *words, code=1, **kw):
        run = self.run_it(*words, "--json", **kw)
        self.assertEqual((run.returncode, run.stderr), (code, ""), run)
        return json.loads(run.stdout)["error"]

    def run_it(self, *words, **kw):
        return run_cli(*words, **kw)


class Help(CliTest):
    def test_every_command_has_a_help_that_shows_its_usage(self):
        for noun, verbs in TREE.items():
            for verb in verbs:
                words = [*noun.split(), verb]
                with self.subTest(" ".join(words)):
                    text = self.good(*words, "--help")
                    self.assertIn("Usage: reeve " + noun, text)
                    self.assertGreater(text.index("Usage:"), 5, "a summary comes first")

    def test_the_first_help_groups_the_commands_and_shows_examples(self):
        text = self.good("--help")
        for word in ("Run it:", "Services and who reads them:", "reeve dev --demo", "REEVE_ADDR",
                     "Exit codes"):
            self.assertIn(word, text)
        for command in TREE[""]:
            self.assertRegex(text, rf"(?m)^  {command} ")

    def test_version_is_text_or_json(self):
        self.assertRegex(self.good("version"), r"^reeve \d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)\n$")
        self.assertRegex(self.good_json("version")["version"], r"^\d+\.\d+\.\d+$")
        self.assertEqual(self.run_it("--version").stdout, self.good("version"))


class Misuse(CliTest):
    def test_what_cannot_be_understood_is_exit_code_2_and_names_the_help(self):
        for words in ([], ["servcie"], ["service"], ["service", "gte", "x"], ["service", "get"],
                      ["service", "ls", "--fast"], ["service", "get", "a", "b"],
                      ["instance", "set", "pay", "10.0.0.1:80"],
                      ["instance", "set", "pay", "10.0.0.1:80", "--weight", "101"],
                      ["instance", "set", "pay", "10.0.0.1:80", "--weight", "many"],
                      ["subscriber", "add", "pay"], ["node", "label", "web-1", "nonsense"],
                      ["subscriber", "add", "pay", "--selector", "idc"],
                      ["token", "create", "ci", "--role", "king"],
                      ["token", "create", "ci", "--role", "viewer", "--lifetime", "soon"],
                      ["join-token", "create", "--uses", "-1"],
                      ["notice", "read"], ["notice", "read", "x", "--all"],
                      ["audit", "--since", "yesterday"], ["completion", "csh"],
                      ["audit", "--service", "pay", "--object", "node/a"],
                      ["apply", "-f", "x.yaml", "--prune"],
                      ["apply", "-f", "x.yaml", "--cascade"],
                      ["dev", "--ports", "some"]):
            with self.subTest(words):
                sentence = self.bad(*words, code=2)
                self.assertEqual(sentence.count("\n"), 1, sentence)
                self.assertRegex(sentence, r"see `reeve.* --help`")

    def test_with_json_misuse_is_one_document(self):
        error = self.bad_json("service", "gte", code=2)
        self.assertEqual(error["code"], "invalid")
        self.assertIn('did you mean "get"', error["message"])

    def test_help_may_be_asked_for_as_people_ask_other_programs(self):
        self.assertEqual(self.good("help"), self.good("--help"))
        self.assertEqual(self.good("help", "service", "push"), self.good("service", "push", "--help"))
        self.assertEqual(self.good("service", "help"), self.good("service", "--help"))

    def test_a_command_shows_examples_of_itself_alone(self):
        for noun, verbs in TREE.items():
            for verb in verbs if noun else ():
                examples = re.search(r"Examples:\n((?:  .*\n)+)", self.good(noun, verb, "--help"))
                if examples and verb not in ("rm", "push", "rollback", "revisions", "diff"):
                    for line in re.findall(r"(?m)^  (?=\S)(.*)$", examples[1]):
                        self.assertIn(f"reeve {noun} {verb}", line)

    def test_a_word_that_is_not_expected_is_quoted(self):
        self.assertIn('got "more"', self.bad("service", "get", "pay", "more", code=2))
        self.assertIn('(did you mean "--node"?)', self.bad("service", "push", "pay", "--nod", "a", code=2))
        self.assertIn('got "x.yaml"', self.bad("apply", "x.yaml", code=2))
        self.assertIn('SERVICE: expected a word, got ""', self.bad("service", "get", "", code=2))
        self.assertIn('(did you mean "ls"?)', self.bad("service", "list", code=2))

    def test_a_file_is_no_data_folder(self):
        (self.folder / "dev.json").write_text("{}")
        self.assertIn("is a file", self.bad("status", data=self.folder / "dev.json"))

    def test_a_closed_stdout_is_an_error_and_no_socket(self):
        done = subprocess.run(f"{REEVE} version >&-", shell=True, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Bad file descriptor", done.stderr)

    def test_without_a_manager_it_says_how_to_start_one(self):
        self.assertIn("`reeve dev`", self.bad("status", data=self.folder))
        self.assertEqual(self.bad_json("status", data=self.folder)["code"], "unavailable")

    def test_a_manager_that_is_gone_is_named(self):
        (self.folder / "dev.json").write_text('{"console": "http://127.0.0.1:9", "token": "x"}')
        sentence = self.bad("service", "ls", data=self.folder)
        self.assertIn("http://127.0.0.1:9", sentence)
        self.assertIn("dev.json", sentence)

    def test_a_wrong_address_or_file_is_quoted(self):
        self.assertIn('"here"', self.bad("status", env={"REEVE_ADDR": "here"}))
        (self.folder / "manager.json").write_text("{")
        self.assertIn("manager.json", self.bad("status", data=self.folder))


class Commands(CliTest):
    """One `reeve dev` for each test."""

    def setUp(self):
        super().setUp()
        self.reeve = self.dev()

    def run_it(self, *words, **kw):
        kw.setdefault("data", self.reeve.data)
        return run_cli(*words, **kw)

    def make_pay(self):
        self.reeve.api.put("/services/pay", {
            "description": "payments",
            "instances": instances("10.0.0.1:80", "10.0.0.2:80", "[2001:db8::1]:80")})
        self.good("subscriber", "add", "pay", self.reeve.node)
        wait_applied(self.reeve.api, "pay", self.reeve.node)

    def test_empty_states_say_what_comes_next(self):
        self.assertIn("service apply -f", self.good("service", "ls"))
        self.assertIn("service push", self.good("operation", "ls"))
        self.assertIn("no notices", self.good("notice", "ls"))
        self.assertIn("no services yet", self.good("status"))
        self.assertEqual(self.good_json("service", "ls", "-q", "nothing"), {"items": []})

    def test_the_services_of_reeve_itself_are_there_and_cannot_be_edited(self):
        names = [one["name"] for one in self.good_json("service", "ls")["items"]]
        self.assertEqual(names, ["cron_manager", "node_manager"])
        self.assertIn("follows the nodes", self.bad("service", "delete", "node_manager"))
        wait_for(lambda: self.good_json("service", "get", "node_manager")["instances"],
                 "the node's instance")

    def test_services_are_listed_shown_and_deleted(self):
        self.make_pay()

        self.assertRegex(self.good("service", "ls"), r"(?m)^pay +3/3 +1 .*payments$")
        self.assertEqual(self.good("service", "ls", "-q", "nothing"), "no service matches\n")
        shown = self.good("service", "get", "pay")
        self.assertRegex(shown, r"(?m)^\[2001:db8::1\]:80 +online +100 ")
        self.assertRegex(shown, rf"(?m)^{self.reeve.node} +current ")
        self.assertEqual(len(self.good_json("service", "get", "pay")["instances"]), 3)
        refused = self.bad("service", "delete", "pay")
        self.assertIn("--cascade", refused)
        self.assertNotIn("?", refused)
        self.assertIn(self.reeve.node, self.good("service", "delete", "pay", "--dry-run"))
        self.assertEqual(self.good("service", "rm", "pay", "--cascade"), "service pay: deleted\n")
        self.assertEqual(self.bad_json("service", "get", "pay")["code"], "not_found")

    def test_lists_longer_than_a_page_are_whole(self):
        for i in range(1005):
            self.reeve.api.put(f"/services/s{i:04}", {})

        items = self.good_json("service", "ls")["items"]
        self.assertEqual(len([one for one in items if not one["kernel"]]), 1005)

    def test_instances_go_out_and_in(self):
        self.make_pay()

        def status_on_disk():
            text = (self.reeve.data / "lists" / "pay.conf").read_text()
            return [one["status"] for one in json.loads(text)]

        self.assertEqual(self.good("instance", "offline", "pay", "10.0.0.1:80"),
                         "pay 10.0.0.1:80: offline, weight 100\n")
        wait_for(lambda: status_on_disk() == ["offline", "online", "online"], "the list")
        self.assertIn("held by", self.good("service", "get", "pay"))
        self.assertEqual(self.good_json("instance", "online", "pay", "10.0.0.1:80")["status"],
                         "online")
        wait_for(lambda: status_on_disk() == ["online"] * 3, "the list")
        self.assertIn("weight 7", self.good("instance", "set", "pay", "[2001:DB8:0::1]:80",
                                            "--weight", "7"))
        self.assertEqual(self.bad_json("instance", "online", "pay", "10.9.9.9:80")["code"],
                         "not_found")

    def test_instances_are_listed_shown_and_deleted(self):
        self.make_pay()
        self.assertRegex(self.good("instance", "ls", "pay"), r"(?m)^10\.0\.0\.2:80 +online +100 ")
        self.assertEqual(self.good_json("instance", "get", "pay", "10.0.0.2:80")["port"], 80)
        self.assertEqual(self.good("instance", "rm", "pay", "10.0.0.2:80"),
                         "pay 10.0.0.2:80: deleted\n")
        self.assertEqual(len(self.good_json("instance", "ls", "pay")["items"]), 2)
        self.assertIn("10.0.0.2:80", self.bad("instance", "get", "pay", "10.0.0.2:80"))

    def test_the_last_instance_goes_out_by_force_alone(self):
        self.make_pay()
        self.good("instance", "offline", "pay", "10.0.0.1:80")
        self.good("instance", "offline", "pay", "10.0.0.2:80")

        self.assertIn("--force", self.bad("instance", "offline", "pay", "[2001:db8::1]:80"))
        self.assertEqual(self.bad_json("instance", "offline", "pay", "[2001:db8::1]:80")["code"],
                         "would_be_empty")
        self.good("instance", "offline", "pay", "[2001:db8::1]:80", "--force")

    def test_subscribers_come_and_go_by_name_and_by_selector(self):
        self.make_pay()
        node = self.reeve.node

        self.assertRegex(self.good("subscriber", "ls", "pay"), rf"(?m)^{node} +current .*swoole")
        self.good("subscriber", "delete", "pay", node)
        self.assertIn("no subscribers yet", self.good("subscriber", "ls", "pay"))
        self.good("node", "label", node, "idc=bj", "rack=7")
        target = self.reeve.data / "lists" / "pay.json"
        self.good("subscriber", "add", "pay", "--selector", "idc=bj", "--format", "json", "--path",
                  target)
        wait_applied(self.reeve.api, "pay", node)
        self.assertEqual(len(json.loads(target.read_text())["instances"]), 3)
        self.assertIn("selector", self.bad("subscriber", "rm", "pay", "--selector", "idc=sh"))
        self.good("subscriber", "rm", "pay", "--selector", "idc=bj")
        self.assertEqual(self.good_json("subscriber", "ls", "pay"), {"items": []})

    def test_who_could_not_take_a_list_is_an_exit_code_with_the_error_of_this_very_try(self):
        self.make_pay()
        node = self.reeve.node
        for option, value, why in (("--path", "/etc/passwd", "publish roots"),
                                   ("--owner", "nobody-of-this-name", "there is no user")):
            with self.subTest(option):
                failed = self.run_it("subscriber", "add", "pay", node, option, value)
                self.assertEqual((failed.returncode, failed.stderr), (1, ""), failed)
                self.assertIn(value, failed.stdout)
                self.assertIn(why, failed.stdout)
        self.assertEqual(self.good("subscriber", "add", "pay", node), f"pay: {node} has the list\n")

    def test_what_is_wrong_is_named_as_the_arguments_are(self):
        self.make_pay()
        add = ("subscriber", "add", "pay", self.reeve.node, "--path", "here")
        self.assertIn('got "here" (--path)\n', self.bad(*add))
        self.assertEqual(self.bad_json(*add)["field"], "/outputs/0/path")
        self.assertIn("(REVISION)", self.bad("service", "rollback", "pay", "99"))
        self.assertIn("(--limit)", self.bad("audit", "--limit", "0"))

    def test_a_subscriber_of_a_name_that_no_node_has_is_in_the_status(self):
        self.reeve.api.put("/services/pay", {"subscriptions": [{"nodes": ["web-9"]}]})
        self.assertIn("web-9 did not take pay: no node of this name", self.good("status"))

    def test_what_comes_next_is_said_with_the_same_data_folder(self):
        self.assertIn(f"--data {self.reeve.data} service apply -f", self.good("service", "ls"))

    def test_a_token_has_an_end_or_none_and_nothing_between(self):
        self.assertIn("100 years", self.bad("join-token", "create", "--lifetime", "100000d"))
        self.assertIn("(--lifetime)", self.bad("token", "create", "ci", "--role", "viewer",
                                               "--lifetime", "100000d"))

    def test_a_subscriber_has_an_owner_a_hook_and_a_rule_for_drift(self):
        self.make_pay()
        self.good("subscriber", "add", "pay", self.reeve.node, "--no-wait", "--owner", "root:root",
                  "--on-change", "/bin/echo 'a b' -n", "--debounce", "2s", "--drift", "report")
        output = self.good_json("subscriber", "ls", "pay")["items"][0]["outputs"][0]
        self.assertEqual(output["on_change"], ["/bin/echo", "a b", "-n"])
        self.assertEqual((output["owner"], output["debounce"], output["drift"]),
                         ("root:root", "2s", "report"))
        shown = self.good("subscriber", "get", "pay", self.reeve.node)
        self.assertIn("drift: report", shown)
        self.assertIn("then /bin/echo 'a b' -n, after 2s", shown)
        self.assertIn("script", self.bad("subscriber", "add", "pay", self.reeve.node, "--on-change",
                                         "/bin/echo a | b", code=2))

    def test_a_subscriber_has_a_format_of_its_own(self):
        self.make_pay()
        node, target = self.reeve.node, self.reeve.data / "lists" / "pay.ini"
        template = self.folder / "pay.mustache"
        template.write_text("{{#eligible}}{{address}}={{weight}}\n{{/eligible}}")
        self.good("subscriber", "add", "pay", node, "--template", template, "--path", target)
        self.assertEqual(target.read_text(), "".join(
            f"{one['ip'] if ':' not in one['ip'] else '[' + one['ip'] + ']'}:{one['port']}"
            f"={one['weight']}\n"
            for one in self.reeve.api.get("/services/pay")["instances"]
            if one["status"] == "online" and one["weight"]))
        template.write_text("{{#eligible}}")
        self.assertIn("unclosed section", self.bad(
            "subscriber", "add", "pay", node, "--template", template, "--path", target))
        self.bad("subscriber", "add", "pay", node, "--template", template, "--format", "json",
                 code=2)

    def test_nodes_are_listed_shown_and_labelled(self):
        node = self.reeve.node

        self.assertRegex(self.good("node", "ls"), rf"(?m)^{node} +up ")
        self.make_pay()
        self.good("subscriber", "add", "pay", node)
        self.assertRegex(self.good("node", "get", node, "--live"), r"(?m)^pay +current .*pay\.conf")
        self.assertIn("idc=bj", self.good("node", "label", node, "idc=bj"))
        self.assertEqual(self.good_json("node", "get", node)["labels"], {"idc": "bj"})
        self.good("node", "label", node, "idc-")
        self.assertRegex(self.good("node", "get", node), r"(?m)^labels +-$")
        self.assertIn("web-9", self.bad("node", "get", "web-9"))

    def test_a_push_is_waited_for_and_can_be_looked_at(self):
        self.make_pay()

        self.assertEqual(self.good("service", "push", "pay"),
                         "push service/pay: 1 of 1 done\n")
        started = self.good_json("service", "push", "pay", "--no-wait", "--node", self.reeve.node)
        uid = started["operation"]["uid"]
        self.good("operation", "get", uid, "--wait")
        self.assertEqual(self.good_json("operation", "get", uid)["operation"]["state"], "done")
        self.assertIn(uid, self.good("operation", "ls"))
        self.bad("operation", "cancel", uid)
        self.assertEqual(self.bad_json("service", "push", "none")["code"], "not_found")

    def test_tokens_are_made_used_and_deleted(self):
        token = self.good("token", "create", "ci", "--role", "viewer", "--lifetime", "1h").strip()
        server = {"REEVE_ADDR": self.reeve.facts["console"], "REEVE_TOKEN": token}

        self.good("service", "ls", data=None, env=server)
        refused = self.bad_json("token", "ls", data=None, env=server)
        self.assertEqual(refused["code"], "forbidden")
        listed = {one["name"]: one for one in self.good_json("token", "ls")["items"]}
        self.assertNotIn(token, self.good("token", "ls", "--json"))
        self.good("token", "rm", listed["ci"]["uid"])
        self.assertIn("REEVE_TOKEN", self.bad("service", "ls", data=None, env=server))
        self.assertIn("REEVE_TOKEN", self.bad("service", "ls", data=None,
                                              env={"REEVE_ADDR": server["REEVE_ADDR"]}))

    def test_join_tokens_are_made_listed_and_deleted(self):
        made = self.good_json("join-token", "create", "--uses", "3", "--lifetime", "1h", "--label",
                              "idc=bj")

        self.assertEqual((made["uses"], made["labels"]), (3, {"idc": "bj"}))
        self.assertRegex(self.good("join-token", "create", "--unlimited"),
                         r"^[0-9a-f]{64}\.[0-9a-f]{64}\n$")
        self.assertRegex(self.good("join-token", "ls"), rf"(?m)^{made['uid']} +0/3 .*idc=bj")
        self.assertNotIn(made["token"], self.good("join-token", "ls", "--json"))
        self.good("join-token", "delete", made["uid"])
        self.assertNotIn(made["uid"], self.good("join-token", "ls"))

    def test_the_audit_says_who_did_what(self):
        self.make_pay()

        text = self.good("audit", "-q", "service.put")
        self.assertRegex(text, r"administrator +127\.0\.0\.1 +service\.put +service/pay")
        self.assertEqual(len(self.good_json("audit", "-n", "2")["items"]), 2)

    def test_the_audit_is_narrowed_by_service_by_whom_and_by_time(self):
        self.make_pay()
        self.reeve.api.put("/services/mail", {})

        def objects(*options):
            return {one["object"] for one in self.good_json("audit", *options)["items"]}
        self.assertEqual(objects("--service", "pay"), {"service/pay"})
        self.assertIn("service/mail", objects("--who", "administrator", "--since", "1h"))
        self.assertEqual(objects("--who", "nobody"), set())
        self.assertEqual(objects("--since", "2200-01-01T00:00:00Z"), set())
        self.assertEqual(self.good("audit", "--who", "nobody"), "no entry matches\n")

    def test_notices_are_read_one_by_one_or_all(self):
        self.assertIn("no unread notices", self.good("notice", "ls", "--unread"))
        self.assertEqual(self.good("notice", "read", "--all"), "every notice is read\n")
        self.assertEqual(self.bad_json("notice", "read", "none")["code"], "invalid")
        self.assertEqual(self.bad_json("notice", "get", "none")["code"], "not_found")

    def test_status_sums_up(self):
        self.make_pay()

        text = self.good("status")
        self.assertRegex(text, r"(?m)^nodes +1 up$")
        self.assertRegex(text, r"(?m)^services +1 with 3 instances$")
        self.assertIn("all is well", text)
        self.assertEqual(self.good_json("status")["next"], [])

    def test_openapi_needs_no_manager(self):
        text = self.good("openapi", data=None)
        self.assertTrue(json.loads(text)["openapi"].startswith("3.1"))
        self.assertEqual(self.good_json("openapi", data=None), json.loads(text))

    def test_no_colours_where_the_output_is_no_terminal(self):
        self.make_pay()
        self.assertNotIn("\033", self.good("service", "get", "pay", env={"TERM": "xterm"}))

    def test_times_are_relative_for_people_and_exact_for_programs(self):
        self.make_pay()
        self.assertRegex(self.good("service", "ls"), r"just now|\ds ago")
        self.assertRegex(self.good_json("service", "get", "pay")["modified"],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")


if __name__ == "__main__":
    unittest.main()
