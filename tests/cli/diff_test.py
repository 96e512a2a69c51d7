#!/usr/bin/env python3
"""`reeve diff`, `apply --dry-run` and `apply --prune`: what manifests would change, and what they
delete within their set."""
import json
import unittest

from lib.reeve import PATIENCE, ReeveTest, wait_for
from lib.terminal import Terminal

SHOP = """\
kind: service
name: pay
set: shop
instances:
  - {ip: 10.0.0.1, port: 80}
---
kind: service
name: mail
set: shop
"""
PAY_ALONE = "{kind: service, name: pay, set: shop, instances: [{ip: 10.0.0.1, port: 80}]}"


class Diff(ReeveTest):
    def setUp(self):
        super().setUp()
        self.reeve = self.manager()

    def run_it(self, text, *words):
        run = self.reeve.cli(*words, "-f", "-", stdin=text)
        return run.returncode, run.stdout, run.stderr

    def names(self):
        return {one["name"] for one in self.reeve.api.get("/services")["items"]
                if not one["kernel"]}

    def test_a_new_object_is_shown_with_all_that_it_brings(self):
        code, out, err = self.run_it(SHOP, "diff")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, "service pay: would be created\n  ~ set - → shop\n"
                              "  + 10.0.0.1:80 weight=100\n"
                              "service mail: would be created\n  ~ set - → shop\n")
        self.assertEqual(self.names(), set())

    def test_fields_and_instances_that_differ_are_shown_and_the_same_as_nothing(self):
        self.run_it(SHOP, "apply")
        self.assertEqual(self.run_it(SHOP, "diff"), (0, "nothing would change\n", ""))
        self.assertEqual(self.run_it(SHOP, "diff", "--exit-code")[0], 0)
        changed = SHOP.replace("port: 80}", "port: 80, weight: 5, labels: {idc: bj}}\n"
                                            "  - {ip: 10.0.0.2, port: 80}\npush: manual")
        code, out, _ = self.run_it(changed, "diff", "--exit-code")
        self.assertEqual((code, out), (1, "service pay: would change\n"
                                          "  ~ push auto → manual\n"
                                          "  ~ 10.0.0.1:80  labels.idc - → bj, weight 100 → 5\n"
                                          "  + 10.0.0.2:80 weight=100\n"))
        self.assertEqual(self.run_it(changed, "apply", "--dry-run")[1], out)
        self.assertEqual(self.run_it(changed, "apply")[1],
                         "service pay: changed, revision 2\nservice mail: unchanged, revision 1\n")
        self.assertEqual(self.run_it(changed, "diff")[1], "nothing would change\n")

    def test_with_json_each_object_says_what_becomes_of_it(self):
        self.run_it(SHOP, "apply")
        answer = json.loads(self.run_it(PAY_ALONE, "diff", "--prune", "--json")[1])
        self.assertFalse(answer["same"])
        self.assertEqual({one["name"]: one["result"] for one in answer["items"]},
                         {"pay": "unchanged", "mail": "deleted"})

    def test_prune_deletes_within_the_set_alone_and_only_when_told(self):
        self.run_it(SHOP, "apply")
        self.run_it("{kind: service, name: other}", "apply")
        self.run_it("{kind: service, name: theirs, set: theirs}", "apply")
        self.run_it(PAY_ALONE, "apply")
        self.assertEqual(self.names(), {"pay", "mail", "other", "theirs"})

        refused = self.run_it(PAY_ALONE, "apply", "--prune")
        self.assertEqual(refused[0], 2, "nobody is there to ask")
        self.assertEqual(self.run_it(PAY_ALONE, "apply", "--prune", "--dry-run")[1],
                         "service mail: would be deleted\n")
        self.assertEqual(self.run_it(PAY_ALONE, "apply", "--prune", "--yes")[1],
                         "service pay: unchanged, revision 1\nservice mail: deleted\n")
        self.assertEqual(self.names(), {"pay", "other", "theirs"})
        self.assertEqual(self.run_it("set: shop", "apply", "--prune", "--yes")[1],
                         "service pay: deleted\n")
        code, _, err = self.run_it("{kind: service, name: other}", "apply", "--prune", "--yes")
        self.assertEqual(code, 1)
        self.assertIn("set: NAME", err)

    def test_what_has_subscribers_is_pruned_with_cascade_alone(self):
        self.run_it(SHOP, "apply")
        self.reeve.api.patch("/services/mail", {"subscriptions": [{"nodes": ["web-1"]}]})
        code, _, err = self.run_it(PAY_ALONE.replace("80", "81"), "apply", "--prune", "--yes")
        self.assertEqual(code, 1)
        self.assertIn("--cascade", err)
        self.assertEqual(self.reeve.api.get("/services/pay")["revision"], 1, "nothing was changed")
        self.assertIn("1 subscriber", self.run_it(PAY_ALONE, "diff", "--prune")[1])
        self.run_it(PAY_ALONE, "apply", "--prune", "--yes", "--cascade")
        self.assertEqual(self.names(), {"pay"})

    def test_on_a_terminal_prune_shows_what_it_deletes_and_asks(self):
        self.run_it(SHOP, "apply")
        (self.folder / "pay.yaml").write_text(PAY_ALONE)
        for answer, left in ((b"n\n", {"pay", "mail"}), (b"y\n", {"pay"})):
            terminal = Terminal(self, "apply", "-f", "pay.yaml", "--prune", "--data",
                                self.reeve.data, cwd=self.folder)
            wait_for(lambda: "delete it?" in terminal.text(), "the question")
            self.assertIn("service mail: would be deleted", terminal.text())
            terminal.type(answer)
            self.assertEqual(terminal.process.wait(PATIENCE), 0 if left == {"pay"} else 1)
            self.assertEqual(self.names(), left)


if __name__ == "__main__":
    unittest.main()
