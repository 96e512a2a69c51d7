// What the keeper has on disk, below <data>/keeper (0700):
//   guardian.lock   held by guardian and keeper: one pair a folder
//   keeper.lock     held by the keeper, and by its children until they execute
//   table           what outlives a kill: table.hpp
//   keeper.sock     where the agent asks (0600)
//   specs/N         the spec of slot N
//   fifos/NAME.out  the FIFOs, owned by the programs' users; NAME.err
#pragma once

#include <cstdint>
#include <string>

namespace reeve::keeper {

struct Paths {
  std::string folder;

  std::string guardian_lock() const { return folder + "/guardian.lock"; }
  std::string keeper_lock() const { return folder + "/keeper.lock"; }
  std::string table() const { return folder + "/table"; }
  std::string specs() const { return folder + "/specs"; }
  std::string spec(std::uint32_t slot) const { return specs() + "/" + std::to_string(slot); }
  std::string fifos() const { return folder + "/fifos"; }
  std::string fifo(const std::string& name, const char* which) const {
    return fifos() + "/" + name + "." + which;
  }
};

}  // namespace reeve::keeper
