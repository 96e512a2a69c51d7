// How the sessions keep the agents' specs what the planner wants: one spec under way at a time, the
// next worked out from what the agent has acknowledged to the newest plan.
#include "base/log.hpp"
#include "manager/gateway/sessions.hpp"

#include <algorithm>

namespace reeve::manager {
namespace {

// A spec's frame stays well below what a socket takes; the rest of a larger one follows as deltas.
constexpr std::size_t kMostSpecBytes = 4 * 1024 * 1024;
// Lists that an agent in hold may tell of beside those that it shall have.
constexpr std::size_t kMostStrange = 1000;

/// Whether the spec that is under way has the list anew.
bool is_on_its_way(const Session& session, const std::string& service) {
  if (!session.under_way) return false;
  if (!session.acknowledged) return true;
  auto before = find_list(*session.acknowledged, service);
  auto next = find_list(*session.under_way->plan, service);
  if (before == next) return false;
  return !before || !next || before->digest() != next->digest();
}

}  // namespace

PlanPtr Sessions::plan_for(const Session& session) const {
  auto plan = planner_.plan_of(session.node);
  return session.runs_programs ? plan : without_programs(plan);
}

void Sessions::push(Session& session) {
  bool may_push = planner_.is_ready() && session.is_greeted && !session.is_dismissed &&
                  !session.is_held && !session.is_in_doubt && !hold_.is_on() && !session.under_way;
  if (!may_push) return;
  auto desired = plan_for(session);
  if (session.acknowledged == desired) return;
  static const Plan nothing;
  const auto& base = session.acknowledged ? *session.acknowledged : nothing;
  auto all = plan_delta(base, *desired);
  if (session.acknowledged && all.empty()) {
    session.acknowledged = std::move(desired);
    return;
  }
  auto delta = limited(all, kMostSpecBytes);
  bool is_all = delta.upserts.size() == all.upserts.size();
  auto kind = session.acknowledged ? link::SpecKind::delta : link::SpecKind::whole;
  auto cluster = catalog_.snapshot()->cluster;
  link::SpecStamp stamp{cluster->value.id, cluster->value.epoch, planner_.version()};
  session.socket->send(frames_.frame(stamp, kind, delta, session.runs_programs),
                       net::FrameKind::text);
  for (const auto& list : lists_of(delta.upserts))
    Fleet::asked(session.place, list->uid(), {list->mark(), list->outputs_mark()});
  auto plan = is_all ? desired : std::make_shared<const Plan>(with_delta(base, delta));
  session.under_way = SpecUnderWay{stamp.version, std::move(plan), kind == link::SpecKind::whole};
}

std::vector<link::ListWord> Sessions::words_about_its_lists(
    const Session& session, const std::vector<link::ListWord>& words) const {
  auto plan = planner_.plan_of(session.node);
  auto strange = hold_.is_on() ? kMostStrange : 0;
  std::vector<link::ListWord> known;
  known.reserve(std::min(words.size(), plan->size() + strange));
  for (const auto& word : words) {
    bool is_planned = find_list(*plan, word.service) != nullptr;
    if (is_planned || strange > 0) known.push_back(word);
    if (!is_planned && strange > 0) --strange;
  }
  return known;
}

std::vector<link::ProgramWord> Sessions::words_about_its_programs(
    const Session& session, const std::optional<std::vector<link::ProgramWord>>& words) const {
  std::vector<link::ProgramWord> known;
  if (!words) return known;
  auto plan = planner_.plan_of(session.node);
  for (const auto& word : *words) {
    bool is_its =
        find_planned(*plan, word.program) || Fleet::speaks_of(session.place, word.program);
    if (is_its) known.push_back(word);
  }
  return known;
}

// The version is the agent's own: of a spec that it refused it says what it has instead.
void Sessions::on_applied(Session& session, const link::Applied& applied) {
  fleet_.applied(session.place, applied.version, words_about_its_lists(session, applied.lists));
  fleet_.reported_programs(session.place, words_about_its_programs(session, applied.programs));
  if (!session.under_way) return;
  auto sent = std::move(*session.under_way);
  session.under_way.reset();
  fleet_.retain(session.place, [&](const std::string& service) {
    return find_list(*sent.plan, service) != nullptr;
  });
  session.acknowledged = sent.plan;
  if (applied.digest == digest_of(sent.plan)) {
    unsettled_.remove(session.id);
  } else {
    log::warning("agent has another spec than it was sent",
                 {{"node", session.node}, {"version", applied.version}, {"whole", sent.is_whole}});
    // After a delta the whole spec puts it right; a whole one that fails is tried again later.
    if (sent.is_whole)
      unsettled_.touch(session.id, domain_.now());
    else
      session.acknowledged = nullptr;
  }
  push(session);
}

bool Sessions::is_settled(const std::string& node) const {
  auto found = greeted_.find(node);
  if (found == greeted_.end()) return false;
  const auto& session = *found->second;
  if (!session.acknowledged || session.under_way || unsettled_.contains(session.id)) return false;
  return plan_delta(*session.acknowledged, *plan_for(session)).empty();
}

// That it has removed a list's files may be said of the list before, which is on its way again.
void Sessions::take_words(Session& session, std::vector<link::ListWord> words) {
  for (auto& word : words)
    if (word.removed && is_on_its_way(session, word.service)) word.removed.reset();
  fleet_.reported(session.place, words);
}

// Nodes that shall have the same share one plan, and answer a push one after the other.
const std::string& Sessions::digest_of(const PlanPtr& plan) {
  if (digested_ != plan) {
    digest_ = plan_digest(*plan);
    digested_ = plan;
  }
  return digest_;
}

void Sessions::retry(Id id) {
  auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second->under_way) return;
  found->second->acknowledged = nullptr;
  push(*found->second);
}

}  // namespace reeve::manager
