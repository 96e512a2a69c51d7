#include "manager/notices.hpp"

#include "base/log.hpp"
#include "manager/uid.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager {
namespace {

constexpr RateLimit::Settings kOften{.each = 1, .all = 200, .window = std::chrono::minutes(10)};

}  // namespace

Notices::Notices(async::Loop& domain, store::Store& store)
    : domain_(domain), store_(store), limit_(kOften), tasks_(domain, "notices") {}

void Notices::raise(model::Notice notice) {
  if (!limit_.allow(notice.kind + " " + notice.link, domain_.now())) return;
  notice.at = domain_.clock().wall();
  notice.uid = new_uid(notice.at);
  tasks_.start(write(std::move(notice)));
}

Task<> Notices::write(model::Notice notice) {
  store::Commit commit;
  commit.writes.push_back(
      {store::keys::notice(notice.uid), store::bytes(json::encode_text(notice))});
  auto written = co_await store_.commit(std::move(commit));
  if (!written)
    log::error("a notice is lost", {{"title", notice.title}, {"why", written.error().what}});
}

}  // namespace reeve::manager
