// reeve-bench: the load side of the benches, in a process of its own. programs.hpp has
// what each sub-program takes.

#include "reeve_bench/programs.hpp"

#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <string>

namespace {

using namespace reeve;

Result<> run(int argc, char** argv) {
  static const std::map<std::string, Result<> (*)(const bench::Options&)> kPrograms{
      {"agents", bench::run_agents},
      {"writers", bench::run_writers},
      {"load", bench::run_load},
  };
  auto found = kPrograms.find(argc > 1 ? argv[1] : "");
  if (found == kPrograms.end())
    return fail(Errc::invalid, "usage: reeve-bench agents|writers|load --name value …");
  TRY_ASSIGN(auto options, bench::Options::parse(argc - 2, argv + 2));
  return found->second(options);
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // never outlives the bench that started it
  auto done = run(argc, argv);
  if (done) return 0;
  std::fprintf(stderr, "reeve-bench: %s\n", done.error().what.c_str());
  return 1;
}
