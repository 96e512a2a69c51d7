// How an agent stands, in its own words: what its local HTTP shows, and what it answers the
// manager's call kStatusCall. Plain values.
#pragma once

#include "base/time.hpp"
#include "json/codec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reeve::link {

/// Without arguments; the stream is the JSON of an AgentStatus.
inline constexpr const char* kStatusCall = "status";

/// pending: not tried yet.
enum class FilesState { current, pending, failed };
BOOST_DESCRIBE_ENUM(FilesState, current, pending, failed)

struct ListStatus {
  std::string service;
  std::uint64_t revision = 0;
  std::uint64_t version = 0;
  FilesState state = FilesState::pending;
  std::optional<std::string> error;
  std::vector<std::string> files;  // that stand there
};
BOOST_DESCRIBE_STRUCT(ListStatus, (), (service, revision, version, state, error, files))

struct ManagerStatus {
  bool connected = false;
  std::string address;
  WallTime since{};
  std::optional<std::string> error;
};
BOOST_DESCRIBE_STRUCT(ManagerStatus, (), (connected, address, since, error))

struct SpecStatus {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(SpecStatus, (), (cluster, epoch, version))

struct AgentStatus {
  std::string node;
  std::string version;
  ManagerStatus manager;
  SpecStatus spec;
  std::vector<ListStatus> lists;
};
BOOST_DESCRIBE_STRUCT(AgentStatus, (), (node, version, manager, spec, lists))

}  // namespace reeve::link
