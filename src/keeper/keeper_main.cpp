// reeve-keeper FOLDER: guardian and keeper of one node's programs, in <data>/keeper. The other
// forms are how the two start each other.
#include "base/unique_fd.hpp"
#include "keeper/guardian.hpp"
#include "keeper/keeper.hpp"
#include "keeper/upgrade.hpp"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace reeve::keeper;

constexpr int kUsage = 2, kFailed = 1;

int finish(const Outcome<>& outcome) {
  if (outcome) return 0;
  std::fprintf(stderr, "reeve-keeper: %s\n", outcome.error().c_str());
  return kFailed;
}

int check(int state) {
  auto checked = check_blob(state);
  if (checked) std::printf("%s\n", std::string(kCanResume).c_str());
  return finish(checked);
}

int run(std::span<char*> words) {
  std::string_view verb = words.empty() ? "" : words[0];
  auto number = [&](std::size_t at) { return std::atoi(words[at]); };
  if (verb == "--keeper" && words.size() == 4)
    return finish(run_keeper({words[1]}, number(2), number(3)));
  if (verb == "--resume" && words.size() == 2) return finish(resume_keeper(number(1)));
  if (verb == "--check" && words.size() == 2) return check(number(1));
  if (verb == "--guardian" && words.size() == 4)
    return finish(run_guardian({words[1]}, {number(2), number(3)}));
  if (words.size() == 1 && !verb.empty() && verb[0] != '-')
    return finish(run_guardian({words[0]}, {}));
  std::fprintf(stderr, "usage: reeve-keeper FOLDER\n");
  return kUsage;
}

}  // namespace

int main(int count, char** words) {
  // Whatever we were started with: children begin with clean dispositions.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  return run({words + 1, static_cast<std::size_t>(count > 0 ? count - 1 : 0)});
}
