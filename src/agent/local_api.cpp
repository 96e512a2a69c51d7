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

LocalApi::LocalApi(async::Loop& domain, net::IoLoops& io, LocalView view)
    : domain_(domain), view_(view), server_(io, {}, handled_by([this](net::Request request) {
                                              return handle(std::move(request));
                                            })) {
  routes_.add("GET /healthz", &LocalApi::health);
  routes_.add("GET /api/v1/status", &LocalApi::status);
  routes_.add("GET /api/v1/services", &LocalApi::services);
  routes_.add("GET /api/v1/services/{service}", &LocalApi::service);
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
  auto response = co_await async::on_loop(domain_, answer(*match.payload, match.params()));
  co_return response;
}

Task<net::Response> LocalApi::answer(Handler handler, net::RouteParams params) {
  co_return (this->*handler)(params);
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
