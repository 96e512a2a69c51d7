#include "manager/ca_rotation.hpp"

#include "base/log.hpp"
#include "base/time_text.hpp"
#include "manager/ca_files.hpp"
#include "sys/build_time.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace reeve::manager {
namespace {

constexpr std::size_t kMostNamed = 20;

std::string fingerprint_of(const net::Identity& ca) {
  auto facts = net::read_certificate(ca.certificate_pem);
  return facts ? facts->fingerprint : "";
}

const Error kBusy{Errc::conflict, "the CA is just being changed", "", {}};

}  // namespace

void CaRotation::note_trusts(const std::string& node, const std::vector<std::string>& trusts) {
  const auto& next = parts_.cluster.next_ca;
  bool is_trusting = next && std::ranges::find(trusts, fingerprint_of(*next)) != trusts.end();
  // An agent whose disk failed, or was put back, may have lost what it claimed before.
  if (is_trusting)
    trusting_.insert(node);
  else
    trusting_.erase(node);
}

model::CaStatus CaRotation::status() const {
  const auto& cluster = parts_.cluster;
  model::CaStatus status;
  status.fingerprint = cluster.ca_fingerprint;
  if (auto facts = net::read_certificate(cluster.ca.certificate_pem))
    status.good_until = facts->not_after;
  if (!cluster.next_ca) return status;
  status.next = fingerprint_of(*cluster.next_ca);
  auto snapshot = parts_.catalog.snapshot();
  for (const auto& item : snapshot->nodes) {
    const auto& node = item.value->value;
    if (trusting_.contains(node.uid)) continue;
    if (++status.waiting <= kMostNamed) status.waiting_for.push_back(node.name);
  }
  return status;
}

Task<Result<>> CaRotation::rotate(Actor actor) {
  if (std::exchange(is_busy_, true)) co_return fail(kBusy);
  auto done = co_await begin(std::move(actor));
  is_busy_ = false;
  co_return done;
}

Task<Result<>> CaRotation::finish(Actor actor, bool force) {
  if (std::exchange(is_busy_, true)) co_return fail(kBusy);
  auto done = co_await retire(std::move(actor), force);
  is_busy_ = false;
  co_return done;
}

Task<Result<>> CaRotation::begin(Actor actor) {
  auto& cluster = parts_.cluster;
  if (cluster.next_ca)
    co_return fail(Errc::conflict,
                   "a rotation of the CA is under way: finish it with \"reeve ca finish\"");
  auto now = sys::plausible(parts_.clock.wall(), cluster.built);
  auto name = fmt::format("Reeve CA of cluster {} from {}", cluster.document.id,
                          format_time(now).substr(0, 10));
  CO_TRY_ASSIGN(auto next, net::make_ca(name, now));
  std::function<Result<>()> save = [this, &next] {
    return save_next_ca(parts_.files, parts_.folder, next);
  };
  CO_TRY(co_await parts_.pool.run(std::move(save)), "keeping the new CA");
  trusting_.clear();
  cluster.next_ca = std::move(next);
  log::info("a new CA is being given to the nodes");
  if (told_) told_();
  co_return co_await write_down(std::move(actor), "ca.rotate");
}

Result<> CaRotation::check_trust(bool force) const {
  if (!parts_.cluster.next_ca)
    return fail(Errc::conflict,
                "no rotation of the CA is under way: begin one with \"reeve ca rotate\"");
  auto status = this->status();
  if (status.waiting == 0 || force) return {};
  return fail(Errc::in_use,
              "{} nodes do not trust the new CA yet ({}{}): wait until they have been connected, "
              "remove them, or leave them behind by force",
              status.waiting, fmt::join(status.waiting_for, ", "),
              status.waiting > kMostNamed ? ", …" : "");
}

Task<Result<>> CaRotation::retire(Actor actor, bool force) {
  CO_TRY(check_trust(force));
  std::function<Result<>()> save = [this] { return adopt_next_ca(parts_.files, parts_.folder); };
  CO_TRY(co_await parts_.pool.run(std::move(save)), "retiring the old CA");
  auto& cluster = parts_.cluster;
  cluster.ca = std::move(*cluster.next_ca);
  cluster.next_ca.reset();
  cluster.ca_fingerprint = fingerprint_of(cluster.ca);
  log::info("the old CA is retired");
  if (told_) told_();
  co_return co_await write_down(std::move(actor), "ca.finish");
}

// Of what is done: the audit log says what happened, not what was meant to.
Task<Result<>> CaRotation::write_down(Actor actor, std::string action) {
  Edit edit;
  edit.action = std::move(action);
  edit.object = "ca";
  CO_TRY(co_await parts_.editor.commit(std::move(actor), std::move(edit)),
         "it is done, but not in the audit log");
  co_return Result<>();
}

}  // namespace reeve::manager
