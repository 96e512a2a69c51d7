// /api/v1/notices: what Reeve wants people to know, newest first.
#include "manager/api/answers.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"

namespace reeve::manager::api {

Result<Response> list_notices(const Call& call) {
  using NoticePtr = std::shared_ptr<const store::Document<model::Notice>>;
  Query query(call.request);
  auto page = page_request(query);
  TRY(query.check());
  auto matches = [&](const NoticePtr& document) {
    const auto& notice = document->value;
    return page.search.matches({notice.kind, notice.title, notice.text});
  };
  return newest_page_of(call.snapshot->notices, page, matches, [](const NoticePtr& document) {
    return json::encode_text(document->value);
  });
}

}  // namespace reeve::manager::api
