#!/usr/bin/env python3
"""Shell completion: bash is driven as it is by TAB, with its own splitting of words."""
import pathlib
import shutil
import subprocess
import unittest

from lib.reeve import REEVE, ReeveTest, instances, run_cli, wait_for
from lib.terminal import Terminal

# Calls the function that `complete` has registered as readline does, and prints COMPREPLY.
DRIVER = """\
source <("$REEVE" completion bash)
COMP_LINE=$1
COMP_POINT=${#COMP_LINE}
COMP_WORDS=() COMP_CWORD=0
read -ra pieces <<< "$COMP_LINE"
for piece in "${pieces[@]}"; do
  while [[ $piece =~ ^([^:=]*)([:=]+)(.*)$ ]]; do
    [ -n "${BASH_REMATCH[1]}" ] && COMP_WORDS+=("${BASH_REMATCH[1]}")
    COMP_WORDS+=("${BASH_REMATCH[2]}")
    piece=${BASH_REMATCH[3]}
  done
  COMP_WORDS+=("$piece")
done
[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; }  # there is no completion under way
_reeve "$REEVE" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(ReeveTest):
    def tab(self, line, **env):
        """What bash would offer at the end of the line."""
        run = subprocess.run(["bash", "--norc", "-c", DRIVER, "driver", line], cwd=self.folder,
                             capture_output=True, text=True, timeout=60,
                             env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder),
                                  "REEVE": REEVE, **env})
        self.assertEqual((run.returncode, run.stderr), (0, ""), run)
        return run.stdout.split()


class WithoutAManager(Completion):
    def test_commands_and_options_are_offered(self):
        self.assertEqual(self.tab("reeve sta"), ["status"])
        self.assertIn("rollback", self.tab("reeve service "))
        self.assertEqual(self.tab("reeve service push pay --rev"), ["--revision"])
        self.assertEqual(self.tab("reeve completion "), ["bash", "zsh", "fish"])
        self.assertEqual(self.tab("reeve subscriber add pay web --format n"), ["nginx"])

    def test_names_are_left_out_quickly_and_silently(self):
        self.assertEqual(self.tab("reeve service get ", REEVE_ADDR="http://127.0.0.1:9"), [])
        self.assertEqual(self.tab("reeve service get ", REEVE_ADDR="nonsense"), [])

    def test_files_are_offered_where_one_is_due(self):
        (self.folder / "pay.yaml").write_text("")
        self.assertEqual(self.tab("reeve apply -f pa"), ["pay.yaml"])

    def test_every_shell_has_a_script(self):
        for shell in ("bash", "zsh", "fish"):
            script = run_cli("completion", shell)
            self.assertEqual(script.returncode, 0, script)
            program = shutil.which(shell)
            if program:  # its own word on the grammar
                checked = subprocess.run([program, "-n"], input=script.stdout, text=True,
                                         capture_output=True)
                self.assertEqual((checked.returncode, checked.stderr), (0, ""), shell)
        self.assertEqual(run_cli("completion", "csh").returncode, 2)


class WithAManager(Completion):
    def setUp(self):
        super().setUp()
        self.reeve = self.dev()
        for name in ("pay", "payout", "mail"):
            self.reeve.api.put(f"/services/{name}",
                               {"instances": instances("10.0.0.1:80", "10.0.0.2:81",
                                                       "[2001:db8::1]:80")})

    def tab(self, line, **env):
        return super().tab(f"{line}", REEVE_ADDR=self.reeve.facts["console"],
                           REEVE_TOKEN=self.reeve.facts["token"], **env)

    def test_names_of_services_and_nodes_come_from_the_manager(self):
        self.assertEqual(self.tab("reeve service get pa"), ["pay", "payout"])
        self.assertEqual(self.tab("reeve node get "), [self.reeve.node])
        self.assertEqual(self.tab("reeve subscriber add pay "), [self.reeve.node])
        self.assertEqual(self.tab(f"reeve subscriber add pay {self.reeve.node} "), [])

    def test_instances_are_offered_after_the_colon_that_splits_words(self):
        self.assertEqual(self.tab("reeve instance offline pay 10.0.0.1"), ["10.0.0.1:80"])
        self.assertEqual(self.tab("reeve instance offline pay 10.0.0.2:8"), ["81"])
        self.assertEqual(self.tab("reeve instance offline pay [2001:db8:"), [":1]:80"])

    def test_values_of_options_are_offered_apart_and_glued(self):
        self.reeve.cli("subscriber", "add", "pay", self.reeve.node)
        self.assertEqual(self.tab("reeve service push pay --node "), [self.reeve.node])
        self.assertEqual(self.tab("reeve service push pay --node="), [self.reeve.node])
        self.assertEqual(self.tab("reeve service push pay --revision "), ["1"])

    def test_revisions_operations_and_tokens_are_offered(self):
        self.reeve.cli("subscriber", "add", "pay", self.reeve.node)
        uid = self.reeve.api.post("/services/pay/push")["operation"]["uid"]
        self.assertEqual(self.tab("reeve service rollback pay "), ["1"])
        self.assertEqual(self.tab("reeve operation get "), [uid])
        self.assertIn("administrator", self.tab("reeve token delete "))

    def test_tab_in_a_shell_writes_the_rest_of_the_word(self):
        bash = Terminal(self, "--norc", "--noprofile", "-i", cwd=self.folder, program="bash",
                        width=200, env={"PATH": f"{pathlib.Path(REEVE).parent}:/usr/bin:/bin",
                                        "HOME": str(self.folder), "PS1": "ready ",
                                        "REEVE_ADDR": self.reeve.facts["console"],
                                        "REEVE_TOKEN": self.reeve.facts["token"]})
        wait_for(lambda: "ready " in bash.text(), "the prompt")
        bash.type(b"source <(reeve completion bash); echo so''urced\n")
        wait_for(lambda: "\nsourced" in bash.text().replace("\r", ""), "the script to be read")
        bash.type(b"reeve inst\toff\tm\t10.0.0.2:\t")
        wait_for(lambda: "reeve instance offline mail 10.0.0.2:81" in bash.text(), "the line")

    def test_the_manager_that_the_line_names_is_asked(self):
        line = f"reeve service get --data {self.reeve.data} ma"
        self.assertEqual(Completion.tab(self, line), ["mail"])


if __name__ == "__main__":
    unittest.main()
