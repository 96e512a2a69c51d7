#include "manager/api/refusals.hpp"

#include "base/log.hpp"
#include "manager/api/auth.hpp"

namespace reeve::manager::api {

Refusals::Refusals(async::Loop& domain, const sys::Clock& clock, Editor& editor)
    : domain_(domain),
      clock_(clock),
      editor_(editor),
      tasks_(std::make_shared<async::TaskGroup>(domain, "refused attempts")) {}

bool Refusals::is_within_limits(const std::string& from) {
  std::lock_guard lock(mutex_);
  return limit_.allow(from, clock_.now());
}

void Refusals::note(const net::Request& request, const Caller& caller, const Error& why) {
  auto actor = actor_of(caller, request);
  if (!is_within_limits(actor.from)) return;
  log::warning("request refused", {{"from", actor.from}, {"who", actor.who}, {"why", why.what}});
  auto object = fmt::format("{} {}", net::to_string(request.method), request.path().substr(0, 256));
  domain_.post([tasks = tasks_, &editor = editor_, actor = std::move(actor),
                object = std::move(object), why = why.what]() mutable {
    tasks->start(
        editor.record_refusal(std::move(actor), "request", std::move(object), std::move(why)));
  });
}

}  // namespace reeve::manager::api
