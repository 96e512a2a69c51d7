// /api/v1/services/{service}/revisions and /diff
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/kept_revisions.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/revision_diff.hpp"
#include "manager/api/types.hpp"
#include "model/name.hpp"
#include "store/catalog/subscribers.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace reeve::manager::api {
namespace {

Result<std::uint64_t> parse_revision(const std::string& text) {
  std::uint64_t revision = 0;
  const char* end = text.data() + text.size();
  bool is_number = std::from_chars(text.data(), end, revision).ptr == end && revision > 0;
  if (is_number) return revision;
  return fail(Errc::invalid, "expected the number of a revision, got {}", quote(text));
}

using NodesByRevision = std::map<std::uint64_t, std::vector<std::string>>;

NodesByRevision pushed_to_nodes(const store::ServiceEntry& service) {
  NodesByRevision nodes;
  const auto& pushes = service.pushes_part();
  if (!pushes) return nodes;
  for (const auto& record : pushes->records()) {
    if (!record->value.nodes) continue;
    for (const auto& node : *record->value.nodes) {
      const auto* counts = pushes->for_node(node);
      if (counts && *counts == record) nodes[record->value.revision].push_back(node);
    }
  }
  return nodes;
}

RevisionItem item_of(const store::ServiceEntry& service, const KeptRevision& kept) {
  const auto& content = kept.content->value;
  RevisionItem item;
  item.revision = kept.revision;
  item.at = content.at;
  item.by = content.by;
  item.description = content.description.value_or(service.head().description);
  item.instances = content.instances.size();
  auto pushed = service.pushed_to_all();
  item.pushed_to_all = pushed && pushed->revision == kept.revision;
  return item;
}

// Newest first, from after the revision of the cursor on.
std::vector<std::uint64_t> revisions_of_page(const store::ServiceEntry& service,
                                             const store::Snapshot& snapshot,
                                             std::optional<std::uint64_t> after) {
  auto revisions = kept_revisions(service, snapshot);
  std::ranges::reverse(revisions);
  if (after) std::erase_if(revisions, [&](auto revision) { return revision >= *after; });
  return revisions;
}

Task<Result<Response>> list(Call call, PageRequest request) {
  auto snapshot = call.context.catalog.snapshot();
  CO_TRY_ASSIGN(auto service, find_service(call, *snapshot, call.param("service")));
  std::optional<std::uint64_t> after;
  if (request.after) {
    CO_TRY_ASSIGN(after, parse_revision(*request.after), "in ?cursor");
  }
  auto nodes = pushed_to_nodes(*service);
  Page page(request.limit);
  for (auto revision : revisions_of_page(*service, *snapshot, after)) {
    if (!page.has_room()) {
      page.leave_rest();
      break;
    }
    auto kept = co_await read_revision(call, service, revision);
    // Pruned since the snapshot.
    if (!kept && kept.error().code == Errc::not_found) continue;
    if (!kept) co_return fail(kept.error());
    auto item = item_of(*service, *kept);
    item.nodes = std::move(nodes[revision]);
    if (!request.search.matches({std::to_string(revision), item.by, item.description})) continue;
    page.add(std::to_string(revision), json::encode_text(item));
  }
  co_return std::move(page).response();
}

Task<Result<Response>> get(Call call, std::uint64_t revision) {
  auto snapshot = call.context.catalog.snapshot();
  CO_TRY_ASSIGN(auto service, find_service(call, *snapshot, call.param("service")));
  CO_TRY_ASSIGN(auto kept, co_await read_revision(call, service, revision));
  const auto& content = kept.content->value;
  co_return json_answer(RevisionContent{service->head().name, revision, content.at, content.by,
                                        content.description.value_or(service->head().description),
                                        content.instances});
}

struct DiffAsk {
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> to;
  std::optional<std::string> node;
};

// What the agent of a subscriber says is on its disk; nothing if nothing is.
Result<std::optional<std::uint64_t>> revision_on(const Call& call,
                                                 const store::ServiceEntry& service,
                                                 const store::Snapshot& snapshot,
                                                 const std::string& node) {
  for (const auto& subscriber : store::subscribers_of(service, snapshot)) {
    if (model::fold(subscriber.node) != model::fold(node)) continue;
    if (!subscriber.known) return std::nullopt;
    const auto& word = call.context.fleet.list(subscriber.known->value.uid, service.head().uid);
    if (!word.applied) return std::nullopt;
    return word.applied->revision;
  }
  return fail_at("?node", Errc::not_found, "node {} is no subscriber of service \"{}\"",
                 quote(node), service.head().name);
}

Task<Result<Response>> diff(Call call, DiffAsk ask) {
  auto snapshot = call.context.catalog.snapshot();
  CO_TRY_ASSIGN(auto service, find_service(call, *snapshot, call.param("service")));
  RevisionDiff diff;
  diff.service = service->head().name;
  diff.node = ask.node;
  diff.to = ask.to.value_or(service->head().revision);
  diff.from = ask.from;
  if (!ask.from && ask.node) {
    CO_TRY_ASSIGN(diff.from, revision_on(call, *service, *snapshot, *ask.node));
  } else if (!ask.from) {
    auto pushed = service->pushed_to_all();
    if (pushed) diff.from = pushed->revision;
  }
  store::ContentPart from;
  if (diff.from) {
    CO_TRY_ASSIGN(auto kept, co_await read_revision(call, service, *diff.from, "?from"));
    from = kept.content;
  }
  CO_TRY_ASSIGN(auto to, co_await read_revision(call, service, diff.to, "?to"));
  describe_difference(from ? &from->value : nullptr, to.content->value, service->head().description,
                      diff);
  co_return json_answer(diff);
}

std::optional<std::uint64_t> revision_asked(Query& query, std::string_view name) {
  auto revision = query.number(name, 1, static_cast<std::uint64_t>(kMostRevision), 0);
  if (revision == 0) return std::nullopt;
  return revision;
}

}  // namespace

Task<Result<Response>> list_revisions(Call call) {
  Query query(call.request);
  auto request = page_request(query);
  CO_TRY(query.check());
  request.limit = std::min<std::size_t>(request.limit, 20);  // each is read from the store
  auto work = list(call, std::move(request));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Task<Result<Response>> get_revision(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto revision, parse_revision(call.param("revision")));
  auto work = get(call, revision);
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

Task<Result<Response>> diff_service(Call call) {
  Query query(call.request);
  DiffAsk ask{revision_asked(query, "from"), revision_asked(query, "to"), query.text("node")};
  CO_TRY(query.check());
  auto work = diff(call, std::move(ask));
  co_return co_await async::on_loop(call.context.domain, std::move(work));
}

}  // namespace reeve::manager::api
