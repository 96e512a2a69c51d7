// One connection of an agent, as the domain loop sees it. A value with few bytes: there are ten
// thousand of them.
#pragma once

#include "link/messages.hpp"
#include "manager/fleet.hpp"
#include "manager/gateway/session_event.hpp"
#include "manager/plan.hpp"
#include "net/websocket.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace reeve::manager {

/// A spec that was sent and not yet answered by `applied`.
struct SpecUnderWay {
  std::uint64_t version = 0;
  PlanPtr plan;
  bool is_whole = false;
};

struct Session {
  std::uint64_t id = 0;
  std::string node;  // uid, as the certificate says
  std::shared_ptr<net::MessageSocket> socket;
  std::shared_ptr<Backlog> backlog;  // shared with its I/O loop
  std::string instance;  // the agent's process, as its hello says; "" for an older agent
  Fleet::Place place;    // once greeted
  Instant last_word{};
  std::optional<Instant> renewed;
  std::optional<link::Renew> renew_wish;  // it came too soon after that, and waits for its turn
  std::optional<Instant> clock_told;      // when people were last told that its clock is wrong
  bool is_greeted = false;
  bool answers_calls = false;
  bool runs_programs = false;
  bool is_dismissed = false;  // goodbye was said: nothing more is sent or heard
  bool is_held = false;       // it claims to be ahead of a store that is right: nothing is pushed
  bool is_in_doubt = false;   // what it has may not be of this store: nothing is pushed yet
  PlanPtr acknowledged;       // null: not known, so the next spec is a whole one
  std::optional<SpecUnderWay> under_way;
};

}  // namespace reeve::manager
