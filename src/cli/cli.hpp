// The door of the command line: everything that a person types.
#pragma once

namespace reeve::cli {

/// Reads the arguments, does what they say, and answers the exit code: 0 done, 1 failed, 2 the
/// arguments cannot be understood. Called once, by main.
int run(int argc, const char* const* argv);

}  // namespace reeve::cli
