#include "manager/editor.hpp"

#include "base/log.hpp"
#include "base/utf8.hpp"
#include "manager/audit_text.hpp"
#include "manager/uid.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager {

Actor ourselves() {
  Actor actor;
  actor.who = "reeve";
  actor.role = model::Role::administrator;
  return actor;
}

Editor::Editor(const sys::Clock& clock, store::Store& store, store::Catalog& catalog)
    : clock_(clock), store_(store), catalog_(catalog) {}

Task<Result<store::Revision>> Editor::commit(Actor actor, Edit edit) {
  keep_differences(edit.before, edit.after);
  store::Commit commit{std::move(edit.guards), std::move(edit.writes)};
  commit.writes.push_back(audit_write(actor, edit, false, ""));
  auto work = commit_unaudited(std::move(commit));
  co_return co_await std::move(work);
}

Task<Result<store::Revision>> Editor::commit_unaudited(store::Commit commit) {
  auto revision = co_await store_.commit(std::move(commit));
  if (!revision && revision.error().code == Errc::conflict) {
    // Somebody else was first: the caller looks again, and shall see what he did.
    CO_TRY(co_await catalog_.reached(store_.head()));
  }
  if (!revision) co_return revision;
  CO_TRY(co_await catalog_.reached(*revision));
  co_return revision;
}

Task<Result<>> Editor::commit_decided(Actor actor, Decision decide) {
  constexpr int kMostTries = 8;
  for (int tries = 1;; ++tries) {
    CO_TRY_ASSIGN(auto edit, decide());
    if (!edit) co_return Result<>();
    auto committed = co_await commit(actor, std::move(*edit));
    if (committed) co_return Result<>();
    bool is_worth_another = committed.error().code == Errc::conflict && tries < kMostTries;
    if (!is_worth_another) co_return fail(committed.error());
  }
}

Task<> Editor::record_refusal(Actor actor, std::string action, std::string object,
                              std::string why) {
  Edit edit;
  edit.action = std::move(action);
  edit.object = std::move(object);
  store::Commit commit;
  commit.writes.push_back(audit_write(actor, edit, true, why));
  auto written = co_await store_.commit(std::move(commit));
  if (!written)
    log::warning("a refused attempt is not in the audit log",
                 {{"action", edit.action}, {"why", written.error().what}});
}

store::Write Editor::audit_write(const Actor& actor, const Edit& edit, bool refused,
                                 std::string_view why) const {
  constexpr std::size_t kMostText = 1024;  // an object may be what somebody asked for by any name
  model::AuditEntry entry;
  entry.at = clock_.wall();
  entry.uid = new_uid(entry.at);
  entry.who = actor.who;
  entry.from = actor.from;
  entry.request_id = actor.request_id;
  entry.action = edit.action;
  entry.object = utf8::cut(edit.object, kMostText);
  entry.refused = refused;
  entry.why = utf8::cut(why, kMostText);
  entry.before = bounded(edit.before);
  entry.after = bounded(edit.after);
  return {store::keys::audit(entry.uid), store::pack_audit(entry)};
}

}  // namespace reeve::manager
