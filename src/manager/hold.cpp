#include "manager/hold.hpp"

#include "async/call.hpp"
#include "base/log.hpp"
#include "store/catalog/keys.hpp"

#include <algorithm>

namespace reeve::manager {
namespace {

using namespace std::chrono_literals;
using store::keys::kCluster;
using store::keys::kHold;

constexpr std::size_t kMostUnknown = 1000;
// What one agent says may not use up the epochs.
constexpr std::uint64_t kLongestJump = 1000;

model::Notice notice_of(const model::ManagerHold& hold) {
  model::Notice notice;
  notice.level = model::NoticeLevel::error;
  notice.kind = "manager.hold";
  notice.title = "this manager is in hold: nothing is pushed";
  notice.text = hold.why +
                "; nodes keep what they have: `reeve status` shows what they would get instead, "
                "and `reeve resume` pushes it";
  notice.link = "/status";
  return notice;
}

}  // namespace

Hold::Hold(async::Loop& domain, store::Store& store, store::Catalog& catalog, Editor& editor,
           Notices& notices)
    : domain_(domain),
      store_(store),
      catalog_(catalog),
      editor_(editor),
      notices_(notices),
      tasks_(domain, "hold") {}

Task<Result<>> Hold::start() {
  CO_TRY_ASSIGN(auto entry, co_await store_.read(std::string(kHold)), "reading the hold");
  if (!entry) co_return Result<>();
  CO_TRY_ASSIGN(now_, json::decode_text<model::ManagerHold>(*entry->value, json::Mode::lenient),
                "in the store at {}", kHold);
  log::warning("in hold: nothing is pushed until `reeve resume`", {{"why", now_->why}});
  bool is_told = std::ranges::any_of(catalog_.snapshot()->notices, [this](const auto& item) {
    const model::Notice& notice = item.value->value;
    return notice.kind == "manager.hold" && notice.at >= now_->since;
  });
  if (!is_told) notices_.raise(notice_of(*now_));
  co_return Result<>();
}

Result<> Hold::may_push() const {
  if (!now_) return {};
  return fail(Errc::unavailable,
              "this manager is in hold and pushes nothing: {}; `reeve resume` releases it",
              now_->why);
}

void Hold::enter(std::string why) {
  if (now_) return;
  now_.emplace();
  now_->reason = model::HoldReason::ahead;
  now_->since = domain_.clock().wall();
  now_->why = std::move(why);
  log::error("in hold: nothing is pushed until `reeve resume`", {{"why", now_->why}});
  notices_.raise(notice_of(*now_));
  tasks_.start(keep());
}

void Hold::note_epoch(std::uint64_t epoch) {
  const auto& cluster = catalog_.snapshot()->cluster;
  if (cluster && epoch <= cluster->value.epoch + kLongestJump)
    highest_epoch_ = std::max(highest_epoch_, epoch);
}

void Hold::note_unknown(const std::string& uid, const std::string& address) {
  if (!now_) return;
  if (unknown_.size() >= kMostUnknown && !unknown_.contains(uid)) return;
  unknown_[uid] = {uid, address, domain_.clock().wall()};
}

std::vector<UnknownNode> Hold::unknown_nodes() const {
  std::vector<UnknownNode> nodes;
  nodes.reserve(unknown_.size());
  for (const auto& [uid, node] : unknown_) nodes.push_back(node);
  return nodes;
}

Edit Hold::entering() const {
  Edit edit;
  edit.action = "hold.enter";
  edit.object = "cluster";
  edit.after = json::encode(*now_);
  edit.writes.push_back({std::string(kHold), store::bytes(json::encode_text(*now_))});
  return edit;
}

// Tried until it is written: a restart before that finds out anew from the agents.
Task<> Hold::keep() {
  while (now_) {
    if (!is_resuming_) {
      auto kept = co_await editor_.commit(ourselves(), entering());
      if (kept) co_return;
      log::warning("the hold is not in the store yet", {{"why", kept.error().what}});
    }
    auto rested = co_await domain_.sleep_for(1s);
    if (!rested) co_return;
  }
}

Edit Hold::releasing(std::uint64_t& epoch) const {
  auto document = catalog_.snapshot()->cluster;
  auto cluster = document->value;
  Edit edit;
  edit.before = json::encode(cluster);
  cluster.epoch = epoch = std::max(cluster.epoch, highest_epoch_) + 1;
  edit.action = "hold.resume";
  edit.object = "cluster";
  edit.after = json::encode(cluster);
  edit.guards.push_back({std::string(kCluster), document->modified});
  edit.writes.push_back({std::string(kCluster), store::bytes(json::encode_text(cluster))});
  edit.writes.push_back({std::string(kHold), nullptr});
  return edit;
}

Task<Result<std::uint64_t>> Hold::resume(Actor actor) {
  if (!now_)
    co_return fail(Errc::invalid, "this manager is not in hold: there is nothing to resume");
  if (is_resuming_) co_return fail(Errc::conflict, "somebody else resumes at the same time");
  std::uint64_t epoch = 0;
  is_resuming_ = true;
  auto committed = co_await editor_.commit(std::move(actor), releasing(epoch));
  is_resuming_ = false;
  if (!committed) co_return fail(committed.error());
  now_.reset();
  was_released_ = true;
  unknown_.clear();
  log::warning("the hold is released", {{"epoch", epoch}});
  if (on_end_) on_end_();
  co_return epoch;
}

}  // namespace reeve::manager
