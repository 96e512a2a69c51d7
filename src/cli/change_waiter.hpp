// Waits until something changes at the manager, by its stream of events; where there is none (an
// agent, a manager that is away, a proxy that lets none through) a short while. One thread, the
// client's.
#pragma once

#include "cli/client.hpp"
#include "net/event_stream.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace reeve::cli {

class ChangeWaiter {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(2);

  /// `kinds` of events: "service", "node", "subscriber", "operation", "notice"; none means all.
  /// `patience`: for the stream to begin.
  ChangeWaiter(Client& client, std::vector<std::string> kinds, Duration patience = kPatience);

  /// Listens from now on, so that what changes before wait() is not missed. Not listening is no
  /// failure: then wait() is short. Who once let it wait in vain is not asked again.
  void listen();

  /// Until a change, and a moment more for those that come with it; `longest` at most. Fails only
  /// when it is interrupted.
  Result<> wait(Duration longest);

 private:
  /// True if the line completes an event that is of the kinds.
  bool concerns(std::string_view line);
  Result<> rest_of_burst();

  Client& client_;
  std::vector<std::string> kinds_;
  Duration patience_;
  bool is_in_vain_ = false;
  std::unique_ptr<net::ClientStream> stream_;
  net::EventReader reader_;
};

}  // namespace reeve::cli
