#include "agent/local_api.hpp"

#include "agent/local_status.hpp"
#include "base/quote.hpp"
#include "model/name.hpp"

#include <utility>

namespace reeve::agent {
namespace {

net::ServerHandlers handled_by(std::function<Task<net::Response>(net::Request)> handle) {
  net::ServerHandlers handlers;
  handlers.handle = std::move(handle);
  return handlers;
}

template <class T>
net::Response json_response(const T& value) {
  net::Response response;
  response.content_type = "application/json";
  response.body = json::encode_text(value);
  return response;
}

// What the manager's API has and this one has not is worth a better word than "no such route".
net::Response unmatched(const net::Request& request, const net::RouteTable::Match& match) {
  if (!request.path().starts_with("/api/v1/")) return net::unmatched_response(match);
  return net::error_response({Errc::unsupported,
                              fmt::format("the agent of a node does not answer {} {}; ask the "
                                          "manager, without --local",
                                          net::to_string(request.method), request.path()),
                              "",
                              {}});
}

}  // namespace

LocalApi::LocalApi(async::Loop& domain, net::IoLoops& io, async::BlockingPool& pool, LocalView view)
    : domain_(domain),
      view_(view),
      programs_(domain, pool, view.node, view.applier, view.programs),
      server_(io, {},
              handled_by([this](net::Request request) { return handle(std::move(request)); })) {
  routes_.add("GET /healthz", at_once(&LocalApi::health));
  routes_.add("GET /api/v1/status", at_once(&LocalApi::status));
  routes_.add("GET /api/v1/services", at_once(&LocalApi::services));
  routes_.add("GET /api/v1/services/{service}", at_once(&LocalApi::service));
  add_programs();
}

LocalApi::Handler LocalApi::at_once(Answer answer) {
  return [this, answer](LocalCall call) { return give(answer, call); };
}

Task<Result<net::Response>> LocalApi::give(Answer answer, LocalCall call) const {
  co_return (this->*answer)(call.params);
}

void LocalApi::add_programs() {
  const std::string programs = "/api/v1/programs";
  const std::string program = programs + "/{program}";
  routes_.add("GET " + programs, [this](LocalCall call) { return programs_.list(call); });
  routes_.add("GET " + program, [this](LocalCall call) { return programs_.get(call); });
  routes_.add("GET " + program + "/processes",
              [this](LocalCall call) { return programs_.processes(call); });
  routes_.add("GET " + program + "/processes/{node}/{process}/log",
              [this](LocalCall call) { return programs_.log(call); });
  for (auto verb :
       {model::Verb::start, model::Verb::stop, model::Verb::restart, model::Verb::signal})
    routes_.add("POST " + program + "/" + std::string(json::enum_name(verb)),
                [this, verb](LocalCall call) { return programs_.order(call, verb); });
}

Result<net::Endpoint> LocalApi::listen(net::Endpoint where) {
  return server_.listen(std::move(where));
}

Result<> LocalApi::listen_on_path(const std::filesystem::path& path) {
  return server_.listen_on_path(path.native(), 0600);
}

Task<Result<>> LocalApi::stop(Duration limit) {
  auto stopped = co_await server_.stop(domain_, limit);
  co_return stopped;
}

Task<net::Response> LocalApi::handle(net::Request request) {
  auto match = routes_.match(request);
  if (!match.payload) co_return unmatched(request, match.table);
  auto answering = (*match.payload)(LocalCall{request, match.params()});
  auto response = co_await async::on_loop(domain_, std::move(answering));
  co_return response ? std::move(*response) : net::error_response(response.error());
}

net::Response LocalApi::health(const net::RouteParams&) const {
  return json_response(json::Value{{"status", "ok"}});
}

net::Response LocalApi::status(const net::RouteParams&) const {
  return json_response(status_of(view_.node, view_.applier, view_.connector.state()));
}

net::Response LocalApi::services(const net::RouteParams&) const {
  return json_response(LocalServices{services_of(view_.applier)});
}

net::Response LocalApi::service(const net::RouteParams& params) const {
  const auto& name = params["service"];
  auto folded = model::fold(name);
  for (const auto& [uid, held] : view_.applier.spec().lists)
    if (is_shown(*held.list) && model::fold(held.list->service) == folded)
      return json_response(service_of(*held.list, view_.applier.state(uid)));
  return net::error_response(
      {Errc::not_found, fmt::format("this node has no list of service {}", quote(name)), "", {}});
}

}  // namespace reeve::agent
