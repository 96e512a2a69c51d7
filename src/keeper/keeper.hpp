// The keeper: one loop over epoll that lets processes, clients, the guardian and time have their
// say. Single-threaded; it blocks all signals and reads those for it from a descriptor.
#pragma once

#include "keeper/outcome.hpp"
#include "keeper/paths.hpp"

#include <string>

namespace reeve::keeper {

/// As the guardian started it. Runs until told to end; an error makes the guardian try again.
Outcome<> run_keeper(const Paths& paths, int guardian, int guardian_lock);

/// As the program that a keeper became: the blob's memfd.
Outcome<> resume_keeper(int blob);

/// Whether this program could resume from the blob; nothing is touched.
Outcome<> check_blob(int blob);

}  // namespace reeve::keeper
