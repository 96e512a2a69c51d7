// /api/v1/audit: who changed what, newest first.
#include "base/time_text.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"

namespace reeve::manager::api {
namespace {

std::optional<WallTime> moment(Query& query, std::string_view name) {
  auto text = query.text(name);
  if (!text) return std::nullopt;
  auto time = parse_time(*text);
  if (time) return *time;
  query.add_fault(name, time.error().what);
  return std::nullopt;
}

}  // namespace

Result<Response> list_audit(const Call& call) {
  using RecordPtr = std::shared_ptr<const store::AuditRecord>;
  Query query(call.request);
  auto page = page_request(query);
  auto object = query.text("object");
  auto who = query.text("who");
  auto after = moment(query, "after");
  TRY(query.check());
  auto matches = [&](const RecordPtr& record) {
    const auto& entry = record->index;
    if (object && entry.object != *object) return false;
    if (who && entry.who != *who) return false;
    if (after && entry.at < *after) return false;
    return page.search.matches({entry.who, entry.action, entry.object, entry.from, entry.why});
  };
  return newest_page_of(call.snapshot->audit, page, matches, [](const RecordPtr& record) {
    return json::encode_text(record->unpacked());
  });
}

}  // namespace reeve::manager::api
