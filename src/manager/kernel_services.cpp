#include "manager/kernel_services.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "manager/kernel_members.hpp"
#include "manager/uid.hpp"
#include "model/name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reeve::manager {
namespace {

constexpr Duration kRetry = std::chrono::seconds(30);

ServiceParts new_parts(std::string_view name, WallTime now) {
  ServiceParts parts;
  parts.head.uid = new_uid(now);
  parts.head.name = name;
  parts.head.description = name == "node_manager" ? "every node, with its agent's address"
                                                  : "every node that may run jobs";
  parts.head.kernel = true;
  parts.head.created = now;
  return parts;
}

}  // namespace

bool is_kernel_name(const std::string& name) {
  return std::ranges::find(kKernelServices, model::fold(name)) != kKernelServices.end();
}

KernelServices::KernelServices(async::Loop& domain, store::Catalog& catalog, Fleet& fleet,
                               Editor& editor, Notices& notices, std::function<bool()> is_held)
    : domain_(domain),
      catalog_(catalog),
      fleet_(fleet),
      editor_(editor),
      notices_(notices),
      is_held_(std::move(is_held)),
      tasks_(domain, "kernel services") {
  catalog.on_change(
      [this](const store::Snapshot&, const store::SnapshotPtr&, const store::Touched& touched) {
        if (!touched.nodes.empty()) note_change();
      });
  fleet.on_change([this](const Fleet::Change& change) {
    if (change.is_of_node()) note_change();
  });
}

KernelServices::~KernelServices() { domain_.cancel(timer_); }

Task<> KernelServices::start() {
  is_started_ = true;
  if (is_held_()) {
    note_change();
    co_return;
  }
  is_at_work_ = true;
  co_await carry_out();
}

Task<Result<>> KernelServices::stop(Duration limit) {
  is_started_ = false;
  domain_.cancel(timer_);
  co_return co_await tasks_.stop(limit);
}

void KernelServices::note_change() {
  if (!is_started_) return;
  last_change_ = domain_.now();
  if (!is_dirty_) first_change_ = last_change_;
  is_dirty_ = true;
  if (!is_at_work_) look_after(kQuiet);
}

void KernelServices::look_after(Duration pause) {
  is_at_work_ = true;
  timer_ = domain_.call_after(pause, [this] { look(); });
}

void KernelServices::look() {
  auto due = std::min(last_change_ + kQuiet, first_change_ + kLongest);
  if (auto now = domain_.now(); now < due) return look_after(due - now);
  if (is_held_()) return look_after(kQuiet);
  is_dirty_ = false;
  tasks_.start(carry_out());
}

Task<> KernelServices::carry_out() {
  Duration pause = kQuiet;
  for (auto name : kKernelServices) {
    Decision decision = [this, name] { return decide(name); };
    auto done = co_await editor_.commit_decided(ourselves(), decision);
    if (done) continue;
    log::warning("a kernel service does not follow the nodes",
                 {{"service", name}, {"why", done.error().what}});
    is_dirty_ = true;
    pause = kRetry;
  }
  is_at_work_ = false;
  if (is_dirty_ && is_started_) look_after(pause);
}

Result<std::optional<Edit>> KernelServices::decide(std::string_view name) {
  std::string service(name);
  auto snapshot = catalog_.snapshot();
  auto now = domain_.clock().wall();
  const auto* found = snapshot->services.find(service);
  const auto* before = found ? found->get() : nullptr;
  bool is_taken = before && !before->head().kernel;
  tell(is_taken, "kernel_service.name_taken", service,
       fmt::format("a service of people has the name {}", quote(service)),
       "Reeve keeps a service of its own under this name; delete or rename yours, and the manager "
       "makes it at its next start");
  if (is_taken) return std::optional<Edit>();
  auto parts = before ? parts_of(*before) : new_parts(name, now);
  auto members = kernel_members(std::move(parts), *snapshot, fleet_, now);
  tell(members.left_out > 0, "kernel_service.full", service,
       fmt::format("service {} holds the first {} nodes by name", quote(service),
                   model::kMostInstances),
       fmt::format("{} nodes have no place in it", members.left_out));
  // All of them follow the same nodes: told of one.
  tell(members.is_protected && name == kKernelServices.front(), "list.protected", service,
       fmt::format("service {} keeps its last instances", quote(service)),
       "no node is up; a list without an instance is never pushed, so the nodes that were up last "
       "stay in it");
  EditTerms terms{"service.follow", now, members.may_be_empty, ourselves().who};
  return plan_service(before, std::move(members.parts), terms);
}

void KernelServices::tell(bool is_so, const std::string& kind, const std::string& service,
                          std::string title, std::string text) {
  if (!is_so) {
    told_.erase(kind + service);
    return;
  }
  if (!told_.insert(kind + service).second) return;
  model::Notice notice;
  notice.level = model::NoticeLevel::warning;
  notice.kind = kind;
  notice.title = std::move(title);
  notice.text = std::move(text);
  notice.link = "/services/" + service;
  notices_.raise(std::move(notice));
}

}  // namespace reeve::manager
