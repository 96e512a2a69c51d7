// How the keeper becomes another program at its own pid: the next version of itself, or a guardian
// in place of one that was killed. The keeper's thread alone.
#pragma once

#include "keeper/blob.hpp"
#include "keeper/paths.hpp"
#include "keeper/table.hpp"

#include <string>
#include <string_view>

namespace reeve::keeper {

/// What `--check` prints when it can go on from the state.
constexpr std::string_view kCanResume = "reeve-keeper: can resume";

/// Has `program` read the blob in a dry run, then becomes it. Comes back with the reason if it
/// cannot: nothing is lost then.
std::string become(const std::string& program, const Blob& blob);

/// Comes back only if it cannot.
void become_guardian(Table& table, const Paths& paths, int guardian_lock, int fifos);

/// Notes in the table which program this is, for the guardian to start next time.
void remember_program(Table& table);

}  // namespace reeve::keeper
