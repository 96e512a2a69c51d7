// /api/v1/programs
#include "base/quote.hpp"
#include "json/patch.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/deletion.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/path_name.hpp"
#include "manager/api/program_view.hpp"
#include "manager/api/types.hpp"
#include "manager/keyed_locks.hpp"
#include "manager/uid.hpp"
#include "model/name.hpp"
#include "store/catalog/keys.hpp"

#include <functional>

namespace reeve::manager::api {
namespace {

/// What an edit makes of the program that is there, or of none.
using ProgramDecision =
    std::function<Result<model::StoredProgram>(const model::StoredProgram* before)>;

struct ProgramChange {
  std::string name;
  std::string action;
  Precondition precondition{};
  ProgramDecision decide{};
};

struct ProgramOutcome {
  ProgramPtr program;
  bool is_new = false;
};

/// `before` with what was asked; the same where nothing differs.
model::StoredProgram edited(const model::StoredProgram* before, const std::string& name,
                            const model::ProgramSpec& asked, WallTime now) {
  model::StoredProgram after;
  if (before) after = *before;
  static_cast<model::ProgramSpec&>(after) = asked;
  model::settle(after);
  if (!before) {
    after.uid = new_uid(now);
    after.name = name;
    after.created = now;
  }
  return after;
}

/// What a PATCH asks for: the patch laid over what is stored.
Result<model::ProgramRequest> patched(const model::StoredProgram& before,
                                      const json::Value& patch) {
  auto shown = json::encode(static_cast<const model::ProgramSpec&>(before));
  auto merged = json::merge_patch(std::move(shown), patch);
  return json::decode<model::ProgramRequest>(merged, json::Mode::strict);
}

Task<Result<ProgramOutcome>> edit_program(Call call, ProgramChange change) {
  const auto& context = call.context;
  auto key = store::keys::program(model::fold(change.name));
  auto held = co_await context.locks.hold(key);
  auto now = context.clock.wall();
  bool is_new = false;
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    auto snapshot = context.catalog.snapshot();
    const auto* found = snapshot->programs.find(model::fold(change.name));
    const auto* before = found ? &(*found)->value : nullptr;
    auto revision = before ? std::optional(before->revision) : std::nullopt;
    TRY(change.precondition.check(fmt::format("program {}", quote(change.name)), revision));
    TRY_ASSIGN(auto after, change.decide(before));
    is_new = !before;
    bool is_same = before && static_cast<const model::ProgramSpec&>(*before) ==
                                 static_cast<const model::ProgramSpec&>(after);
    if (is_same) return std::optional<Edit>();
    ++after.revision;
    after.modified = now;
    auto old_text = before ? json::encode(*before) : json::Value();
    return Edit{change.action,
                "program/" + after.name,
                std::move(old_text),
                json::encode(after),
                {{key, found ? (*found)->modified : 0}},
                {{key, store::bytes(json::encode_text(after))}}};
  };
  CO_TRY(co_await context.editor.commit_decided(actor_of(call), decide));
  CO_TRY_ASSIGN(auto program, find_program(*context.catalog.snapshot(), change.name));
  co_return ProgramOutcome{std::move(program), is_new};
}

Task<Result<Response>> edit_and_show(Call call, ProgramChange change) {
  CO_TRY_ASSIGN(auto outcome, co_await edit_program(call, std::move(change)));
  auto shown = view(*outcome.program, *call.context.catalog.snapshot(), call.context.fleet);
  co_return with_etag(json_answer(shown, outcome.is_new ? 201 : 200), shown.revision);
}

std::vector<std::string> node_names(const model::StoredProgram& program,
                                    const store::Snapshot& snapshot) {
  std::vector<std::string> names;
  for_each_node(program, snapshot,
                [&](const model::StoredNode& node) { names.push_back(node.name); });
  return names;
}

Task<Result<>> remove_program(Call call, Deletion deletion) {
  const auto& context = call.context;
  auto key = store::keys::program(model::fold(deletion.name));
  auto held = co_await context.locks.hold(key);
  Decision decide = [&]() -> Result<std::optional<Edit>> {
    auto snapshot = context.catalog.snapshot();
    TRY_ASSIGN(auto program, find_program(*snapshot, deletion.name));
    const auto& stored = program->value;
    TRY(deletion.check(fmt::format("program {}", quote(stored.name)), stored.revision, "node",
                       node_names(stored, *snapshot)));
    return Edit{"program.delete", "program/" + stored.name,   json::encode(stored),
                nullptr,          {{key, program->modified}}, {{key, nullptr}}};
  };
  co_return co_await context.editor.commit_decided(actor_of(call), decide);
}

}  // namespace

Result<Response> list_programs(const Call& call) {
  Query query(call.request);
  auto page = page_request(query);
  auto set = query.text("set");
  TRY(query.check());
  auto matches = [&](const ProgramPtr& program) {
    const auto& stored = program->value;
    if (set && stored.set != set) return false;
    return page.search.matches({stored.name, stored.description});
  };
  return page_of(call.snapshot->programs, page, matches, [&](const ProgramPtr& program) {
    return json::encode_text(view(*program, *call.snapshot, call.context.fleet));
  });
}

Result<Response> get_program(const Call& call) {
  TRY(Query(call.request).check());
  TRY_ASSIGN(auto program, find_program(*call.snapshot, call.param("program")));
  auto shown = view(*program, *call.snapshot, call.context.fleet);
  return with_etag(json_answer(shown), shown.revision);
}

Result<Response> list_processes(const Call& call) {
  Query query(call.request);
  auto page = page_request(query);
  TRY(query.check());
  TRY_ASSIGN(auto program, find_program(*call.snapshot, call.param("program")));
  // By node and name, which is what a cursor holds.
  std::map<std::string, model::Process> all;
  for (auto& process : processes_of(*program, *call.snapshot, call.context.fleet))
    all.emplace(model::fold(process.node) + '/' + process.process, std::move(process));
  Page answer(page.limit);
  auto item = page.after ? all.upper_bound(*page.after) : all.begin();
  for (; item != all.end(); ++item) {
    const auto& process = item->second;
    if (!page.search.matches({process.node, process.process})) continue;
    if (!answer.has_room()) {
      answer.leave_rest();
      break;
    }
    answer.add(item->first, json::encode_text(process));
  }
  return std::move(answer).response();
}

Task<Result<Response>> put_program(Call call) {
  CO_TRY(Query(call.request).check());
  ProgramChange change{call.param("program"), "program.put"};
  CO_TRY_ASSIGN(change.precondition, Precondition::of(call.request));
  CO_TRY_ASSIGN(auto asked, body<model::ProgramRequest>(call.request));
  CO_TRY(check_names(change.name, asked.name));
  auto now = call.context.clock.wall();
  change.decide = [asked = std::move(asked), name = change.name,
                   now](const model::StoredProgram* before) -> Result<model::StoredProgram> {
    return edited(before, name, asked, now);
  };
  auto work = edit_and_show(call, std::move(change));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Task<Result<Response>> patch_program(Call call) {
  CO_TRY(Query(call.request).check());
  ProgramChange change{call.param("program"), "program.patch"};
  CO_TRY_ASSIGN(change.precondition, Precondition::of(call.request));
  CO_TRY_ASSIGN(auto patch, body_value(call.request));
  if (!patch.is_object())
    co_return fail_at("", Errc::invalid, "expected an object, got {}",
                      json::serialize(patch).substr(0, 60));
  auto now = call.context.clock.wall();
  change.decide = [patch = std::move(patch), name = change.name,
                   now](const model::StoredProgram* before) -> Result<model::StoredProgram> {
    if (!before) return fail(Errc::not_found, "there is no program {}", quote(name));
    TRY_ASSIGN(auto asked, patched(*before, patch));
    TRY(check_names(name, asked.name));
    return edited(before, name, asked, now);
  };
  auto work = edit_and_show(call, std::move(change));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Task<Result<Response>> delete_program(Call call) {
  CO_TRY_ASSIGN(auto deletion, Deletion::asked(call.request, call.param("program")));
  if (deletion.is_dry_run) {
    CO_TRY_ASSIGN(auto program, find_program(*call.snapshot, deletion.name));
    co_return json_answer(DeletePreview{"program/" + program->value.name,
                                        node_names(program->value, *call.snapshot)});
  }
  auto work = remove_program(call, std::move(deletion));
  CO_TRY(co_await async::on_loop(call.context.domain, std::move(work)));
  co_return no_content();
}

}  // namespace reeve::manager::api
