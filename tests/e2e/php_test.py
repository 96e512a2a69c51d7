"""A PHP client of the old stack reads what Reeve pushes: it decodes the file, keeps the online nodes
and chooses by weight. Its choices must follow what an operator types."""
import json
import pathlib
import shutil
import subprocess
import unittest

from lib.reeve import ReeveTest, instances, wait_applied

CHOOSE = pathlib.Path(__file__).parent / "php/choose.php"
CHOICES = 10_000

A, B, C = "10.0.0.1:8820", "10.0.0.2:8820", "10.0.0.3:8821"
WEIGHTS = {A: 100, B: 50, C: 10}


@unittest.skipUnless(shutil.which("php"), "php is not installed (php8.2-cli)")
class PhpClient(ReeveTest):
    def setUp(self):
        super().setUp()
        self.manager_ = self.manager()
        self.agent_ = self.agent(self.manager_, "web-1")
        listed = [instances(at, weight=weight)[0] for at, weight in WEIGHTS.items()]
        self.manager_.api.put("/services/pay", {
            "instances": listed, "subscriptions": [{"nodes": ["web-1"]}]})
        wait_applied(self.manager_.api, "pay", "web-1")

    def choices(self, seed=1):
        """How often PHP chose each instance."""
        done = subprocess.run(
            ["php", CHOOSE, self.agent_.list_path("pay"), str(seed), str(CHOICES)],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return json.loads(done.stdout)

    def operate(self, *arguments):
        """What an operator types, until the agent says that it is on disk."""
        done = self.manager_.cli(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_applied(self.manager_.api, "pay", "web-1")

    def expect_shares(self, weights, seed):
        """Each within five standard deviations of its weight's share; the seed makes it exact."""
        chosen = self.choices(seed)
        self.assertEqual(set(chosen), {at for at, weight in weights.items() if weight})
        for at, count in chosen.items():
            share = weights[at] / sum(weights.values())
            deviation = (CHOICES * share * (1 - share)) ** 0.5
            self.assertAlmostEqual(count, CHOICES * share, delta=5 * deviation + 1, msg=at)

    def test_choices_follow_the_weights(self):
        self.expect_shares(WEIGHTS, seed=7)

    def test_an_offline_instance_is_never_chosen_until_it_is_online_again(self):
        self.operate("instance", "offline", "pay", A)
        self.expect_shares({**WEIGHTS, A: 0}, seed=11)
        self.operate("instance", "online", "pay", A)
        self.expect_shares(WEIGHTS, seed=12)

    def test_a_new_weight_moves_the_choices(self):
        self.operate("instance", "set", "pay", C, "--weight", "90")
        self.expect_shares({**WEIGHTS, C: 90}, seed=21)
        self.operate("instance", "set", "pay", B, "--weight", "0")
        self.expect_shares({**WEIGHTS, B: 0, C: 90}, seed=22)

    def test_the_file_holds_the_four_old_keys_in_their_old_order(self):
        listed = json.loads(self.agent_.list_path("pay").read_text())
        self.assertEqual([list(node) for node in listed],
                         [["ip", "port", "status", "weight"]] * len(WEIGHTS))


if __name__ == "__main__":
    unittest.main()
