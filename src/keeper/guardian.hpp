// The guardian: keeps a keeper running, inherits the children of one that died, writes their wait
// statuses into the table before it reaps them, and holds the read ends of all FIFOs, so that what
// is in them stays. It parses nothing and opens nothing after its start. Single-threaded.
#pragma once

#include "keeper/outcome.hpp"
#include "keeper/paths.hpp"

namespace reeve::keeper {

/// What a keeper that lost its guardian hands to the guardian it becomes.
struct Inherited {
  int lock = -1;   // guardian.lock, held
  int fifos = -1;  // a memfd of ints: the FIFO's descriptor of each held_index, or -1
};

/// Runs until its keeper has finished (0), or cannot begin (the sentence).
Outcome<> run_guardian(const Paths& paths, const Inherited& inherited);

}  // namespace reeve::keeper
