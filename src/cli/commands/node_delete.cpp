#include "cli/commands/node_delete.hpp"

#include "cli/show.hpp"
#include "manager/api/types.hpp"

#include <cstdio>

namespace reeve::cli {

namespace {

using manager::api::NodeRemoval;

std::string names_text(const std::vector<std::string>& names) {
  constexpr std::size_t kMostNamed = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostNamed) text += fmt::format(" and {} more", names.size() - kMostNamed);
  return text;
}

std::string lists_text(const NodeRemoval& removal) {
  if (removal.services.empty()) return "it has no lists";
  return "its lists are " + names_text(removal.services);
}

std::string preview_text(const std::string& node, const NodeRemoval& removal,
                         const Deletion& given) {
  auto text = fmt::format("node/{}: {}, {}; files stay\n", node, spoken(removal.state),
                          lists_text(removal));
  if (!removal.used_by.empty())
    text += fmt::format("named by {}{}\n", names_text(removal.used_by),
                        given.cascade ? "" : ": needs --cascade");
  text += removal.unconfirmed.empty()
              ? "its agent is waited for, 20 s at most: --force does not\n"
              : "its agent cannot be asked: it stays unconfirmed until it comes and is told\n";
  return text;
}

/// On stderr, before the wait.
void say_who_is_waited_for(const std::string& node, const NodeRemoval& removal) {
  std::fprintf(stderr,
               "node %s: %s; waiting for its agent to confirm that it has nothing to do any more "
               "(20 s at most, --force does not wait)\n",
               node.c_str(), lists_text(removal).c_str());
}

std::string outcome_text(const Session& session, const std::string& node,
                         const NodeRemoval& removal, bool is_forced) {
  // Who is not waited for cannot have confirmed: it was removed before.
  if (removal.unconfirmed.empty() && is_forced) return fmt::format("node {}: forgotten\n", node);
  auto text = fmt::format("node {}: deleted\n", node);
  if (removal.unconfirmed.empty()) return text;
  const char* why = is_forced                               ? "it was not waited for"
                    : removal.state == model::NodeState::up ? "it did not answer in time"
                                                            : "it was not connected";
  return text + fmt::format(
                    "unconfirmed: {}: {}; it is shut out, keeps what it has until it is "
                    "told, and `{} status` shows it until then\n",
                    node, why, session.again());
}

Result<NodeRemoval> ask(Client& client, const Deletion& given, json::Value& value) {
  TRY_ASSIGN(value, ask_to_delete(client, "node", given));
  return json::decode<NodeRemoval>(value, json::Mode::lenient);
}

}  // namespace

Result<Answer> delete_node(Session& session, const Deletion& given) {
  TRY_ASSIGN(Client * client, session.client());
  Answer answer;
  auto preview = given;
  preview.dry_run = true;
  // With --force it may be one that is removed already.
  auto ahead = ask(*client, preview, answer.json);
  if (!ahead && !given.force) return fail(ahead.error());
  if (given.dry_run) {
    if (!ahead) return fail(ahead.error());
    answer.text = preview_text(given.name, *ahead, given);
    return answer;
  }
  bool may_begin = ahead && (ahead->used_by.empty() || given.cascade);
  if (may_begin && !given.force && ahead->unconfirmed.empty())
    say_who_is_waited_for(given.name, *ahead);
  TRY_ASSIGN(auto removal, ask(*client, given, answer.json));
  answer.text = outcome_text(session, given.name, removal, given.force);
  return answer;
}

}  // namespace reeve::cli
