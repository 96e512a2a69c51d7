#include "cli/hold_view.hpp"

#include "cli/terminal/table.hpp"
#include "cli/terminal/words.hpp"
#include "manager/api/types.hpp"

#include <algorithm>

namespace reeve::cli {

namespace {

using manager::api::HoldDifference;
using manager::api::HoldStatus;

constexpr std::size_t kMostNamed = 5;
constexpr std::size_t kMostDifferences = 20;

std::string mark_text(const std::optional<model::ListMark>& mark) {
  return mark ? fmt::format("revision {} (version {})", mark->revision, mark->version) : "nothing";
}

std::string names_text(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMostNamed ? text + ", …" : text;
}

Table difference_table(const std::vector<HoldDifference>& differences) {
  Table table({"NODE", "SERVICE", "HAS", "WOULD GET"});
  for (const auto& one : differences)
    table.add({one.node, one.service.empty() ? one.service_uid + " (unknown here)" : one.service,
               mark_text(one.has), mark_text(one.would_get)});
  return table;
}

/// What a person looks at before releasing the hold.
std::string hold_text(const Session& session, const HoldStatus& hold,
                      const std::vector<HoldDifference>& differences) {
  std::string text =
      paint(fmt::format("IN HOLD, entered {}: nothing is pushed, nodes keep what they have\n",
                        relative(hold.mark->since, session.now())),
            Tone::bad, session.out());
  text += hold.mark->why + "\n\n";
  if (hold.differences == 0)
    text += "the nodes that are up have what they would get\n";
  else
    text += difference_table(differences).text(session.out());
  if (hold.differences > differences.size())
    text += fmt::format("… {} in all\n", counted(hold.differences, "list"));
  for (const auto& node : hold.unknown)
    text += fmt::format("a node that this store does not know asks to come in from {}: uid {}\n",
                        node.address, node.uid);
  if (hold.missing_count > 0)
    text += fmt::format("{} of the store not up, what they have is not known: {}; better wait\n",
                        counted(hold.missing_count, "node"), names_text(hold.missing));
  text += "revoked since? these are good again, delete what should not be:\n";
  text += fmt::format("  API tokens   {}\n", names_text(hold.tokens));
  if (!hold.join_tokens.empty())
    text += fmt::format("  join tokens  {}\n", names_text(hold.join_tokens));
  return text;
}

}  // namespace

Result<std::string> show_hold(const Session& session, Client& client, json::Value& status) {
  TRY_ASSIGN(auto value, client.get("/hold"));
  TRY_ASSIGN(auto hold, json::decode<HoldStatus>(value, json::Mode::lenient));
  // It may have been released in the meantime.
  if (!hold.is_on) return std::string();
  auto most = session.globals().json ? Client::kAll : kMostDifferences;
  TRY_ASSIGN(auto differences, client.list<HoldDifference>("/hold/differences", most));
  value.as_object()["items"] = std::move(differences.json.as_object()["items"]);
  status.as_object()["hold"] = std::move(value);
  return hold_text(session, hold, differences.items);
}

}  // namespace reeve::cli
