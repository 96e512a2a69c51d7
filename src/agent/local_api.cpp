#include "agent/local_api.hpp"

#include "agent/local_status.hpp"
#include "base/quote.hpp"
#include "discover/publish/formats.hpp"
#include "model/name.hpp"

#include <utility>

namespace reeve::agent {
namespace {

net::ServerHandlers handled_by(std::function<Task<net::Response>(net::Request)> handle) {
  net::ServerHandlers handlers;
  handlers.handle = std::move(handle);
  return handlers;
}

net::Response json_response(std::string text) {
  net::Response response;
  response.content_type = "application/json";
  response.body = std::move(text);
  return response;
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

Task<Result<>> LocalApi::stop(Duration limit) {
  auto stopped = co_await server_.stop(domain_, limit);
  co_return stopped;
}

Task<net::Response> LocalApi::handle(net::Request request) {
  auto match = routes_.match(request);
  if (!match.payload) co_return net::unmatched_response(match.table);
  auto response = co_await async::on_loop(domain_, answer(*match.payload, match.params()));
  co_return response;
}

Task<net::Response> LocalApi::answer(Handler handler, net::RouteParams params) {
  co_return (this->*handler)(params);
}

net::Response LocalApi::health(const net::RouteParams&) const {
  return json_response(R"({"status":"ok"})");
}

net::Response LocalApi::status(const net::RouteParams&) const {
  return json_response(
      json::encode_text(status_of(view_.node, view_.applier, view_.connector.state())));
}

net::Response LocalApi::services(const net::RouteParams&) const {
  return json_response(json::encode_text(ListsAnswer{lists_of(view_.applier)}));
}

net::Response LocalApi::service(const net::RouteParams& params) const {
  const auto& name = params["service"];
  auto folded = model::fold(name);
  for (const auto& [uid, held] : view_.applier.spec().lists)
    if (model::fold(held.list->service) == folded)
      return json_response(discover::render(*held.list, model::Format::json));
  return net::error_response(
      {Errc::not_found, fmt::format("this node has no list of service {}", quote(name)), "", {}});
}

}  // namespace reeve::agent
