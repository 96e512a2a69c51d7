#include "cli/commands/status_advice.hpp"

#include "cli/terminal/words.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace reeve::cli {

namespace {

using manager::api::Status;
using Lines = std::vector<std::string>;

constexpr std::size_t kMostNamed = 5;

/// The way of somebody who has just begun, one step at a time.
void add_next_step(Lines& out, const Status& status, const std::string& program) {
  if (status.nodes.total == 0)
    out.push_back(
        fmt::format("no nodes yet: `{} join-token create` says how a machine joins", program));
  if (status.services == 0)
    out.push_back(
        fmt::format("no services yet: `{0} service apply -f FILE` adds one, "
                    "`{0} apply --help` shows how it looks",
                    program));
  else if (status.subscribers.total == 0)
    out.push_back(
        fmt::format("nobody has a list yet: `{} subscriber add SERVICE NODE` pushes one", program));
}

void add_missing_nodes(Lines& out, const Status& status, const std::string& program) {
  auto shown = std::min(status.missing.size(), kMostNamed);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& node = status.missing[i];
    if (node.state == model::NodeState::down)
      out.push_back(
          fmt::format("node {} is down: start `reeve agent` there, or see its log", node.name));
    else
      out.push_back(fmt::format(
          "node {} has not come since the manager began: start `reeve agent` there", node.name));
  }
  auto missing = status.nodes.down + status.nodes.never_seen;
  if (missing > shown)
    out.push_back(fmt::format("{} more are not up: `{} node ls` lists them",
                              counted(missing - shown, "node"), program));
}

/// Who has not said yet that it gave up what was taken from it.
void add_unconfirmed(Lines& out, const Status& status, const std::string& program) {
  auto shown = std::min(status.unconfirmed.size(), kMostNamed);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& one = status.unconfirmed[i];
    if (one.object.starts_with("node/"))
      out.push_back(
          fmt::format("unconfirmed: node {0} was removed and has not been told; if its "
                      "machine is gone for good: `{1} node delete {0} --force`",
                      one.node, program));
    else
      out.push_back(fmt::format("unconfirmed: node {} has not removed its files of {} yet",
                                one.node, one.services.empty() ? one.object : one.services[0]));
  }
  if (status.unconfirmed_count > shown)
    out.push_back(fmt::format("unconfirmed: {} more", status.unconfirmed_count - shown));
}

void add_troubles(Lines& out, const Status& status, const std::string& program) {
  auto shown = std::min(status.troubles.size(), kMostNamed);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& one = status.troubles[i];
    out.push_back(fmt::format("{0} did not take {1}: {2}; look closer: `{3} subscriber ls {1}`",
                              one.node, one.service, one.error, program));
  }
  // Those that failed come first; the rest has never joined.
  auto failed =
      status.subscribers.failed - std::min<std::uint64_t>(shown, status.subscribers.failed);
  if (failed > 0)
    out.push_back(fmt::format("{} more did not take a list: `{} subscriber ls SERVICE` says why",
                              counted(failed, "subscriber"), program));
}

void add_unpushed(Lines& out, const Status& status, const std::string& program) {
  auto shown = std::min(status.unpushed.size(), kMostNamed);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& one = status.unpushed[i];
    out.push_back(
        fmt::format("{0}: revision {1} is not pushed{2}; `{3} service diff {0}` shows "
                    "what it changes, `{3} service push {0}` pushes it",
                    one.service, one.revision,
                    one.pushed ? fmt::format(" ({} is)", *one.pushed) : "", program));
  }
  if (status.unpushed_count > shown)
    out.push_back(fmt::format("{} more are not pushed: `{} service ls` lists them",
                              counted(status.unpushed_count - shown, "service"), program));
}

}  // namespace

std::string first_names(const std::vector<std::string>& names, std::uint64_t count) {
  std::string text;
  auto shown = std::min(names.size(), kMostNamed);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return count > shown ? text + fmt::format(" and {} more", count - shown) : text;
}

Lines advice(const Status& status, const std::string& program) {
  Lines out;
  if (status.hold)
    out.push_back(fmt::format("in hold: `{} resume` pushes what the store says", program));
  add_next_step(out, status, program);
  add_missing_nodes(out, status, program);
  add_unconfirmed(out, status, program);
  add_troubles(out, status, program);
  add_unpushed(out, status, program);
  return out;
}

}  // namespace reeve::cli
