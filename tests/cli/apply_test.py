#!/usr/bin/env python3
"""`reeve apply`: manifests in, objects as they say, and every fault with its line."""
import json
import unittest

from lib.reeve import ReeveTest, run_cli

PAY = """\
kind: service
name: pay
description: no
instances:
  - {ip: 10.0.0.1, port: 80}
  - ip: 2001:db8::1
    port: 81
    weight: 50
    labels: {rack: 7}
"""


class Apply(ReeveTest):
    def setUp(self):
        super().setUp()
        self.reeve = self.dev()

    def apply(self, text, *options, command=("apply",)):
        run = self.reeve.cli(*command, "-f", "-", *options, stdin=text)
        return run.returncode, run.stdout, run.stderr

    def refused(self, text, *options, **kw):
        code, out, err = self.apply(text, *options, **kw)
        self.assertEqual((code, out), (1, ""), err)
        return err

    def test_a_new_service_is_made_with_the_types_of_the_api(self):
        self.assertEqual(self.apply(PAY), (0, "service pay: created, revision 1\n", ""))

        pay = self.reeve.api.get("/services/pay")
        self.assertEqual(pay["description"], "no")
        self.assertEqual(pay["instances"][1]["labels"], {"rack": "7"})
        self.assertEqual(pay["instances"][0]["weight"], 100)

    def test_the_same_again_changes_nothing(self):
        self.apply(PAY)
        self.assertEqual(self.apply(PAY), (0, "service pay: unchanged, revision 1\n", ""))

    def test_fields_that_are_not_named_stay(self):
        self.apply(PAY)
        self.reeve.cli("subscriber", "add", "pay", self.reeve.node)

        code, out, err = self.apply("{kind: service, name: pay, description: new}")

        self.assertEqual((code, out), (0, "service pay: changed, revision 2\n"), err)
        pay = self.reeve.api.get("/services/pay")
        self.assertEqual(pay["description"], "new")
        self.assertEqual(len(pay["instances"]), 2)
        self.assertEqual(len(pay["subscriptions"]), 1)

    def test_a_hold_stays_when_instances_are_named_without_status(self):
        self.apply(PAY)
        self.reeve.cli("instance", "offline", "pay", "10.0.0.1:80")

        self.apply(PAY)

        self.assertEqual(self.reeve.api.get("/services/pay/instances/10.0.0.1:80")["status"],
                         "offline")

    def test_several_documents_are_one_answer(self):
        code, out, err = self.apply(PAY + "---\nkind: service\nname: auth\n", "--json")

        self.assertEqual((code, err), (0, ""))
        self.assertEqual([(one["name"], one["result"]) for one in json.loads(out)["items"]],
                         [("pay", "created"), ("auth", "created")])

    def test_an_answer_can_be_sent_back(self):
        self.apply(PAY)
        shown = self.reeve.cli("service", "get", "pay", "--json").stdout

        self.assertEqual(self.apply(shown, command=("service", "apply")),
                         (0, "service pay: unchanged, revision 1\n", ""))

    def test_every_fault_of_every_document_has_its_line_and_nothing_is_stored(self):
        err = self.refused(PAY + "---\nkind: service\nname: auth\ninstances:\n"
                                 "  - {ip: example.org, port: 80}\n  - {ip: 10.0.0.1, port: 0}\n"
                                 "colour: red\n")

        for line in ("line 14", "line 15", "line 16"):
            self.assertIn(line, err)
        names = [one["name"] for one in self.reeve.api.get("/services")["items"]]
        self.assertEqual(names, ["cron_manager", "node_manager"])

    def test_bad_input_is_a_sentence(self):
        deep = "[" * 10_000
        bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n"
            for i in range(9))
        for text in ("", "just words", "kind: service", "name: pay", "kind: job\nname: x",
                     "kind: service\nname: a/b", "kind: service\nname: pay\nname: pay",
                     "kind: service\n\tname: x", "kind: service\nname: '" + "x" * 2_000_000 + "'",
                     deep, bomb, "kind: service\nname: a\n---\nkind: service\nname: A\n"):
            with self.subTest(text[:40]):
                err = self.refused(text)
                self.assertTrue(err.startswith("reeve: "), err)
                self.assertLess(len(err), 4000)

    def test_bytes_that_are_no_text_are_refused(self):
        path = self.folder / "bad.yaml"
        path.write_bytes(b"kind: service\nname: \xff\xfe\n")
        run = self.reeve.cli("apply", "-f", path)
        self.assertEqual(run.returncode, 1)
        self.assertIn("line 2", run.stderr)

    def test_a_file_that_is_not_there_is_named(self):
        run = self.reeve.cli("apply", "-f", "/nowhere/x.yaml")
        self.assertEqual(run.returncode, 1)
        self.assertIn("/nowhere/x.yaml", run.stderr)

    def test_a_list_is_left_empty_by_force_alone(self):
        self.apply(PAY)
        empty = "{kind: service, name: pay, instances: []}"

        self.assertIn("pay", self.refused(empty))
        self.assertEqual(self.apply(empty, "--force")[0], 0)

    def test_what_was_applied_before_a_refusal_is_said(self):
        self.apply(PAY)
        err = self.refused("{kind: service, name: auth}\n---\n{kind: service, name: pay, instances: []}")
        self.assertIn("1 manifest before it applied", err)


if __name__ == "__main__":
    unittest.main()
