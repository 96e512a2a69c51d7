// /api/v1/audit: who changed what, newest first.
#include "manager/api/answers.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"

namespace reeve::manager::api {

Result<Response> list_audit(const Call& call) {
  using EntryPtr = std::shared_ptr<const store::Document<model::AuditEntry>>;
  Query query(call.request);
  auto page = page_request(query);
  auto object = query.text("object");
  TRY(query.check());
  auto matches = [&](const EntryPtr& document) {
    const auto& entry = document->value;
    if (object && entry.object != *object) return false;
    return page.search.matches({entry.who, entry.action, entry.object, entry.from, entry.why});
  };
  return newest_page_of(call.snapshot->audit, page, matches, [](const EntryPtr& document) {
    return json::encode_text(document->value);
  });
}

}  // namespace reeve::manager::api
