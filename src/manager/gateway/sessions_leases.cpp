// How the sessions find out that a node is down: one timer looks at all of them every second, so
// that a heartbeat costs no more than to note when it came.
#include "base/log.hpp"
#include "manager/gateway/sessions.hpp"

namespace reeve::manager {
namespace {

// Later than this we were held up ourselves, and hold nothing against those we could not hear.
constexpr Duration kLate = std::chrono::milliseconds(100);

}  // namespace

void Sessions::sweep() {
  auto now = domain_.now();
  if (auto late = now - sweep_due_; late > kLate) {
    for (auto& [node, session] : greeted_) session->last_word += late;
    for (auto& [node, last_word] : lost_) last_word += late;
    hellos_.postpone(late);
    grace_end_ += late;
  }
  for (auto id : hellos_.take_expired(now)) {
    auto found = sessions_.find(id);
    if (found != sessions_.end())
      dismiss(*found->second, Error{Errc::timeout, "expected a hello, got none in time", "", {}});
  }
  for (auto id : unsettled_.take_expired(now)) retry(id);
  for (auto id : renewals_.take_expired(now)) renew_late(id);
  if (now >= grace_end_) {
    if (is_in_grace_) end_grace();
    for (const auto& node : silent_nodes(now)) lose(node);
  }
  frames_.clear();
  sweep_due_ = now + kSweepPause;
  sweep_timer_ = domain_.call_at(sweep_due_, [this] { sweep(); });
}

std::vector<std::string> Sessions::silent_nodes(Instant now) const {
  std::vector<std::string> silent;
  for (const auto& [node, session] : greeted_)
    if (now - session->last_word >= settings_.lease) silent.push_back(node);
  for (const auto& [node, last_word] : lost_)
    if (now - last_word >= settings_.lease) silent.push_back(node);
  return silent;
}

void Sessions::lose(const std::string& node) {
  log::warning("node is down", {{"node", node}, {"why", "no word for the length of its lease"}});
  if (auto* session = greeted(node))
    dismiss(*session, Error{Errc::timeout, "no word for the length of the lease", "", {}});
  lost_.erase(node);
  fleet_.disconnected(node, domain_.clock().wall() - settings_.lease);
}

// Agents need time to come back to a manager that was away; who has not by now is down. What joined
// since the start and never connected stays "never seen".
void Sessions::end_grace() {
  is_in_grace_ = false;
  for (const auto& item : catalog_.snapshot()->nodes) {
    const auto& node = item.value->value;
    bool is_missing = fleet_.node(node.uid).state == model::NodeState::never_seen;
    if (is_missing && node.enrolled < started_) fleet_.missed(node.uid);
  }
}

void Sessions::on_nodes(const store::Snapshot& before, const store::Touched& touched) {
  for (const auto& name : touched.nodes) {
    const auto* node = before.nodes.find(name);
    if (!node) continue;
    const auto& uid = (*node)->value.uid;
    auto* session = greeted(uid);
    if (session)
      if (auto enrolled = check_key(*session); !enrolled) dismiss(*session, enrolled.error());
    if (nodes_.find(uid)) continue;
    lost_.erase(uid);
    fleet_.forget(uid);
  }
}

}  // namespace reeve::manager
