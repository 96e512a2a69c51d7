// /api/v1/notices: what Reeve wants people to know, newest first, and who has read what of it.
#include "base/quote.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/body.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/paging.hpp"
#include "manager/api/read_marks.hpp"
#include "manager/api/types.hpp"
#include "manager/keyed_locks.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager::api {
namespace {

// Read marks are of a token: whoever has it is one reader.
const std::string& reader_of(const Call& call) { return call.caller.token->value.uid; }

Result<model::ReadMarks> marks_with(model::ReadMarks marks, const ReadRequest& asked,
                                    const store::Snapshot& snapshot) {
  if (!asked.notices) {
    std::string everything(1, '\x7f');
    return with_read_upto(std::move(marks), asked.upto.value_or(everything), snapshot);
  }
  json::Faults faults;
  json::Path root;
  auto notices = root / "notices";
  for (std::size_t i = 0; i < asked.notices->size(); ++i)
    if (!snapshot.notices.find((*asked.notices)[i]))
      faults.add(notices / i, "there is no notice " + quote((*asked.notices)[i]));
  if (!faults.empty()) return fail(error_of(faults.take()));
  return with_read(std::move(marks), *asked.notices, snapshot);
}

Task<Result<>> mark(Call call, ReadRequest asked) {
  const auto& context = call.context;
  const auto& reader = reader_of(call);
  auto key = store::keys::read_marks(reader);
  auto held = co_await context.locks.hold(key);
  auto snapshot = context.catalog.snapshot();
  const auto& before = read_marks_of(*snapshot, reader);
  CO_TRY_ASSIGN(auto after, marks_with(before, asked, *snapshot));
  if (after.upto == before.upto && after.notices == before.notices) co_return Result<>();
  store::Commit commit;
  commit.writes.push_back({key, store::bytes(json::encode_text(after))});
  CO_TRY(co_await context.editor.commit_unaudited(std::move(commit)));
  co_return Result<>();
}

}  // namespace

Result<Response> list_notices(const Call& call) {
  using NoticePtr = std::shared_ptr<const store::Document<model::Notice>>;
  Query query(call.request);
  auto page = page_request(query);
  bool only_unread = query.flag("unread");
  TRY(query.check());
  const auto& marks = read_marks_of(*call.snapshot, reader_of(call));
  auto matches = [&](const NoticePtr& document) {
    const auto& notice = document->value;
    if (only_unread && is_read(marks, notice.uid)) return false;
    return page.search.matches({notice.kind, notice.title, notice.text});
  };
  return newest_page_of(call.snapshot->notices, page, matches, [&](const NoticePtr& document) {
    return json::encode_text(NoticeView{document->value, is_read(marks, document->value.uid)});
  });
}

Task<Result<Response>> read_notices(Call call) {
  CO_TRY(Query(call.request).check());
  CO_TRY_ASSIGN(auto asked, body_or_default<ReadRequest>(call.request));
  if (asked.notices && asked.upto)
    co_return fail_at("/upto", Errc::invalid, "expected notices or upto, not both");
  auto work = mark(call, std::move(asked));
  CO_TRY(co_await async::on_loop(call.context.domain, std::move(work)));
  co_return no_content();
}

}  // namespace reeve::manager::api
