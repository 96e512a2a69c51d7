// The sub-programs of reeve-bench. Each prints JSON lines on standard output and blocks to its end.
#pragma once

#include "reeve_bench/options.hpp"

namespace reeve::bench {

/// --link ADDR --token JOIN-TOKEN --count N --folder DIR: joins (or remembers) N nodes, connects
/// them all and keeps them connected until TERM.
Result<> run_agents(const Options& options);

/// --console ADDR --token TOKEN --count C --milliseconds M [--instances I]: C writers in closed
/// loops, each editing its own service.
Result<> run_writers(const Options& options);

/// --console ADDR --token TOKEN --services S --instances I [--width W]: makes services.
Result<> run_load(const Options& options);

}  // namespace reeve::bench
