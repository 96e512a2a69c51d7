// What a keeper gives to the program it becomes: descriptors and what is not in the table, as
// fields with a version. A newer program skips nothing it needs: it refuses in the dry run what it
// cannot read. Pure; any thread.
#pragma once

#include "keeper/outcome.hpp"
#include "keeper/processes.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::keeper {

constexpr std::int64_t kBlobVersion = 1;
constexpr std::size_t kMaxBlob = std::size_t{256} << 20;

struct HandedClient {
  std::int64_t fd = -1, subscribed = 0, next_event = 0;
  std::int64_t answer = 0, wants_answer = 0;  // it asked for the upgrade
};

struct Blob {
  std::int64_t version = kBlobVersion;
  std::int64_t guardian = -1, guardian_lock = -1, listener = -1, epoll = -1;
  std::string folder;
  std::vector<HandedClient> clients;
  std::vector<Processes::Handed> processes;
};

std::string encode(const Blob& blob);
Outcome<Blob> decode_blob(std::string_view bytes);

}  // namespace reeve::keeper
