// reeve ca: the cluster's certificate authority, and its change for the next one.
#include "cli/commands/commands.hpp"
#include "cli/terminal/words.hpp"
#include "model/ca_status.hpp"

namespace reeve::cli {

namespace {

using model::CaStatus;

std::string text_of(const CaStatus& ca, const Session& session) {
  auto text = fmt::format("CA        {}\ngood for  {}\n", ca.fingerprint,
                          relative(ca.good_until, session.now()));
  if (!ca.next) return text;
  text += fmt::format("next CA   {}\nwaiting   {}\n", *ca.next,
                      ca.waiting == 0 ? "for nobody: `reeve ca finish` retires the old one"
                                      : "for " + counted(ca.waiting, "node"));
  for (const auto& node : ca.waiting_for) text += "  " + node + "\n";
  if (ca.waiting > ca.waiting_for.size()) text += "  …\n";
  return text;
}

Result<Answer> shown(const Session& session, Result<json::Value> value) {
  if (!value) return fail(value.error());
  TRY_ASSIGN(auto ca, json::decode<CaStatus>(*value, json::Mode::lenient));
  auto text = text_of(ca, session);
  return Answer{std::move(*value), std::move(text), false};
}

Result<Answer> show(Session& session) {
  TRY_ASSIGN(Client * client, session.client());
  return shown(session, client->get("/ca"));
}

Result<Answer> rotate(Session& session) {
  TRY_ASSIGN(Client * client, session.client());
  return shown(session, client->post("/ca/rotate", json::Object{}));
}

Result<Answer> finish(Session& session, bool force) {
  TRY_ASSIGN(Client * client, session.client());
  return shown(session,
               client->post(force ? "/ca/finish?force=true" : "/ca/finish", json::Object{}));
}

}  // namespace

void add_ca(Command& root) {
  Command ca = root.add("ca", "the certificate authority of the cluster", kAccessGroup);
  ca.teach(
      "Changing it for the next one:\n"
      "  reeve ca rotate      makes the next one; within minutes all nodes that are up know both\n"
      "  reeve ca get         says who does not yet\n"
      "  reeve ca finish      retires the old one; join tokens made before are good no more");
  ca.add("get", "show it, and who waits while it is changed").client(show);
  ca.add("rotate", "make the next one and give it to the nodes").client(rotate);
  auto force = std::make_shared<bool>(false);
  ca.add("finish", "retire the old one")
      .flag("--force", *force, "also if nodes do not know the next one: they have to join anew")
      .client([force](Session& session) { return finish(session, *force); });
}

}  // namespace reeve::cli
