// reeve completion: scripts by which shells complete commands, options and the manager's names.
#include "base/quote.hpp"
#include "cli/commands/commands.hpp"
#include "cli/session.hpp"

namespace reeve::cli {

namespace {

// Bash splits words at ":" and "=" too, and replaces but the last piece: of what is offered the
// pieces before it are taken away.
constexpr std::string_view kBash = R"sh(# bash completion of reeve; to have it in every shell:
#   reeve completion bash > ~/.local/share/bash-completion/completions/reeve
_reeve() {
  local -a words
  local typed stem line kind breaks=${COMP_WORDBREAKS//[^:=]/}
  read -ra words <<< "${COMP_LINE:0:COMP_POINT}"
  case "${COMP_LINE:0:COMP_POINT}" in *[[:blank:]]) words+=("") ;; esac
  typed=${words[-1]}
  if [ -n "$breaks" ]; then stem=${typed%"${typed##*[$breaks]}"}; fi
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :*) kind=$line ;;
      *) line=${line%%$'\t'*}
         COMPREPLY+=("${line#"$stem"}") ;;
    esac
  done < <("$1" __complete "${words[@]:1}" 2> /dev/null)
  case "$kind" in
    :files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "${typed#"$stem"}")) ;;
    :folders) compopt -o filenames; COMPREPLY+=($(compgen -d -- "${typed#"$stem"}")) ;;
  esac
}
complete -F _reeve reeve
)sh";

constexpr std::string_view kZsh = R"sh(#compdef reeve
# zsh completion of reeve; to have it in every shell, into a folder of your $fpath:
#   reeve completion zsh > ~/.zsh/completions/_reeve
_reeve() {
  local -a offered
  local line kind
  while IFS= read -r line; do
    case "$line" in
      :*) kind=$line ;;
      *$'\t'*) offered+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      *) offered+=("${line//:/\\:}") ;;
    esac
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2> /dev/null)
  _describe -t words reeve offered
  case "$kind" in
    :files) _files ;;
    :folders) _files -/ ;;
  esac
}
if [ "$funcstack[1]" = _reeve ]; then _reeve "$@"; else compdef _reeve reeve; fi
)sh";

constexpr std::string_view kFish = R"sh(# fish completion of reeve; to have it in every shell:
#   reeve completion fish > ~/.config/fish/completions/reeve.fish
function __reeve_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l offered ($words[1] __complete $words[2..] "$typed" 2> /dev/null)
    for line in $offered
        switch $line
            case ':files'
                __fish_complete_path "$typed"
            case ':folders'
                __fish_complete_directories "$typed"
            case ':words'
            case '*'
                echo $line
        end
    end
end
complete -c reeve -f -a '(__reeve_complete)'
)sh";

Result<std::string_view> script_for(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return fail(Errc::invalid, "expected bash, zsh or fish, got {}", quote(shell));
}

}  // namespace

void add_completion(Command& root) {
  Command completion =
      root.add("completion", "print a script that completes commands and names", kOtherGroup);
  completion.teach(
      "Now, in this shell:\n"
      "  source <(reeve completion bash)\n"
      "\n"
      "In every shell to come:\n"
      "  reeve completion bash > ~/.local/share/bash-completion/completions/reeve\n"
      "  reeve completion zsh > ~/.zsh/completions/_reeve         # a folder of your $fpath\n"
      "  reeve completion fish > ~/.config/fish/completions/reeve.fish\n"
      "\n"
      "Names of services, nodes, instances, revisions, operations and notices are asked of the "
      "manager\n"
      "when TAB is typed; where it does not answer at once there are none.");
  auto shell = std::make_shared<std::string>();
  completion.argument("SHELL", *shell, "bash, zsh or fish")
      .check([shell]() -> Result<> {
        TRY(script_for(*shell));
        return {};
      })
      .action([shell](Session&) -> Result<Answer> {
        TRY_ASSIGN(auto script, script_for(*shell));
        return Answer{json::Object{{"script", script}}, std::string(script), false};
      });
}

}  // namespace reeve::cli
