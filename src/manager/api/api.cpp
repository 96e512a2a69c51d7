#include "manager/api/api.hpp"

#include "async/call.hpp"
#include "base/log.hpp"
#include "manager/node_removals.hpp"

namespace reeve::manager::api {
namespace {

// Our own failures are logged; what the client can mend is told to him alone.
bool is_ours(Errc code) { return http_status(code) >= 500 && code != Errc::unsupported; }

// A hold, a node that is not there, a manager that stops: as it should be, and over one day.
bool is_passing(Errc code) {
  return code == Errc::unavailable || code == Errc::timeout || code == Errc::cancelled;
}

net::Response response_of(Result<net::Response> result, const net::Request& request) {
  if (result) return std::move(*result);
  const auto& error = result.error();
  if (is_ours(error.code))
    log::write(is_passing(error.code) ? log::Level::warning : log::Level::error, "a request failed",
               {{"request", request.request_id},
                {"method", net::to_string(request.method)},
                {"path", request.path().substr(0, 256)},
                {"why", error.what}});
  return net::error_response(error);
}

net::Response refusal_of(const Error& error) {
  auto response = net::error_response(error);
  if (error.code == Errc::unauthenticated) response.headers.add("WWW-Authenticate", "Bearer");
  return response;
}

Task<Result<net::Response>> answer_on_domain(Answer answer, Call call) {
  call.snapshot = call.context.catalog.snapshot();
  co_return answer(call);
}

// Who opens the address that `reeve dev` prints shall find the way.
net::Response unmatched(net::RouteTable::Match match) {
  if (match.error.code == Errc::not_found)
    match.error.what += "; /api/openapi.json describes those that there are";
  return net::unmatched_response(match);
}

}  // namespace

Api::Api(ApiParts parts)
    : locks_(parts.domain),
      idempotency_(parts.domain),
      pushes_(parts.domain, parts.clock, parts.store, parts.catalog, parts.fleet, parts.editor),
      ask_agent_(std::move(parts.ask_agent)),
      call_agent_(std::move(parts.call_agent)),
      program_operations_(parts.domain, parts.clock, parts.store, parts.catalog, parts.editor,
                          ask_agent_),
      events_(parts.catalog, parts.fleet, parts.clock),
      refusals_(parts.domain, parts.clock, parts.editor),
      context_{.domain = parts.domain,
               .clock = parts.clock,
               .store = parts.store,
               .catalog = parts.catalog,
               .fleet = parts.fleet,
               .editor = parts.editor,
               .locks = locks_,
               .pushes = pushes_,
               .program_operations = program_operations_,
               .events = events_,
               .ca = parts.ca,
               .planner = parts.planner,
               .hold = parts.hold,
               .backups = parts.backups,
               .ask_agent = ask_agent_,
               .call_agent = call_agent_,
               .removals = parts.removals,
               .started = parts.clock.wall(),
               .started_at = parts.clock.now()} {
  for (const auto& route : routes()) router_.add(route.pattern, &route, route.body_limit);
}

void Api::start() {
  pushes_.resume();
  program_operations_.resume();
}

net::ServerHandlers Api::handlers() {
  net::ServerHandlers handlers;
  handlers.try_now = [this](const net::Request& request) { return try_now(request); };
  handlers.handle = [this](net::Request request) { return handle(std::move(request)); };
  handlers.body_limit = [this](const net::Request& request) {
    constexpr std::size_t kNowhere = 64 * 1024;
    return router_.body_limit(request, kNowhere);
  };
  return handlers;
}

void Api::end_streams() {
  events_.stop();
  context_.removals.end_waits();
}

Task<Result<>> Api::stop(Duration limit) {
  auto pushes = co_await pushes_.stop(limit);
  auto programs = co_await program_operations_.stop(limit);
  auto refusals = co_await refusals_.stop(limit);
  CO_TRY(std::move(pushes));
  CO_TRY(std::move(programs));
  co_return refusals;
}

Result<Caller> Api::admit(const net::Request& request, const RouteSpec& route,
                          const store::Snapshot& snapshot) {
  if (route.permission == Permission::anyone) return Caller{};
  auto caller = authenticate(request, snapshot, context_.clock.wall());
  if (!caller) {
    refusals_.note(request, Caller{}, caller.error());
    return caller;
  }
  if (permits(route.permission, caller->role())) return caller;
  Error error{Errc::forbidden,
              fmt::format("this takes the role {}; the token \"{}\" has the role {}",
                          json::enum_name(route.permission), caller->token->value.name,
                          json::enum_name(caller->role())),
              "",
              {}};
  refusals_.note(request, *caller, error);
  return fail(std::move(error));
}

std::optional<net::Response> Api::try_now(const net::Request& request) {
  auto match = router_.match(request);
  if (!match.payload) return unmatched(std::move(match.table));
  const auto& route = **match.payload;
  const auto* now = std::get_if<FromSnapshot>(&route.work);
  if (!now) return std::nullopt;
  auto snapshot = context_.catalog.snapshot();
  auto caller = admit(request, route, *snapshot);
  if (!caller) return refusal_of(caller.error());
  Call call{context_, request, match.params(), std::move(*caller), std::move(snapshot)};
  return response_of(now->answer(call), request);
}

Task<Result<net::Response>> Api::carry_out(Change change, Call call) {
  CO_TRY_ASSIGN(auto key, Idempotency::key_of(call.request));
  if (!key || !call.caller.token) co_return co_await change(call);
  auto work = idempotency_.answer(call, change, std::move(*key));
  co_return co_await async::on_loop(context_.domain, std::move(work));
}

Task<net::Response> Api::handle(net::Request request) {
  auto match = router_.match(request);
  if (!match.payload) co_return unmatched(std::move(match.table));
  const auto& route = **match.payload;
  auto snapshot = context_.catalog.snapshot();
  auto caller = admit(request, route, *snapshot);
  if (!caller) co_return refusal_of(caller.error());
  Call call{context_, request, match.params(), std::move(*caller), std::move(snapshot)};
  if (const auto* now = std::get_if<FromSnapshot>(&route.work))
    co_return response_of(now->answer(call), request);
  if (const auto* later = std::get_if<OnDomain>(&route.work)) {
    auto work = answer_on_domain(later->answer, call);
    auto answered = co_await async::on_loop(context_.domain, std::move(work));
    co_return response_of(std::move(answered), request);
  }
  auto change = std::get<Change>(route.work);
  auto changed = co_await carry_out(change, call);
  co_return response_of(std::move(changed), request);
}

}  // namespace reeve::manager::api
