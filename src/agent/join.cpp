#include "agent/join.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "base/version.hpp"
#include "link/join_token.hpp"
#include "link/messages.hpp"
#include "net/ca.hpp"
#include "net/client.hpp"

#include <utility>

namespace reeve::agent {
namespace {

/// The sentence in an error answer of the manager; its body may be anything.
std::string sentence_of(const net::ClientResponse& response) {
  auto body = json::parse(response.body);
  if (body && body->is_object()) {
    auto* error = body->as_object().if_contains("error");
    auto* message =
        error && error->is_object() ? error->as_object().if_contains("message") : nullptr;
    if (message && message->is_string()) return std::string(message->as_string());
  }
  return fmt::format("it answered with status {} and no reason", response.status);
}

/// What an operator can do about a refusal.
Error refusal_of(const net::ClientResponse& response, const JoinOrder& order) {
  auto why = sentence_of(response);
  auto named = [&](Errc code, std::string_view advice) {
    return Error{code, fmt::format("the manager refused the join: {}; {}", why, advice), "", {}};
  };
  switch (response.status) {
    case 401:
      return named(Errc::unauthenticated,
                   "make a new token with \"reeve join-token create\" on the manager");
    case 403:
      return named(Errc::forbidden,
                   "make a new token with \"reeve join-token create\" on the manager");
    case 409:
      return named(Errc::exists,
                   fmt::format("join under another name than {} with --name", quote(order.name)));
    case 400: return named(Errc::invalid, "check the node's name and the versions of both sides");
    case 404:
    case 405: return named(Errc::not_found, "is this the link's port (7701) of a reeve manager?");
    case 429: return named(Errc::too_many, "wait a minute");
    default: return named(Errc::unavailable, "try again");
  }
}

Error not_reached(Error error, const net::Endpoint& manager) {
  error.what = fmt::format(
      "cannot join at {}: {}; is a manager there whose link listens to other machines (`reeve "
      "manager --link-listen 0.0.0.0:7701`), and is the token of its cluster?",
      manager.to_string(), error.what);
  return error;
}

/// Whether another manager, or another moment, may give another answer.
bool may_pass(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::timeout;
}

Result<Credentials> credentials_of(const JoinOrder& order, const net::ClientResponse& response) {
  TRY_ASSIGN(auto answer, json::decode_text<link::JoinAnswer>(response.body, json::Mode::lenient),
             "in the manager's answer to the join");
  if (answer.node.empty() || answer.cluster.empty() || answer.certificate.empty() ||
      answer.ca.empty() || answer.server_name.empty())
    return fail(Errc::invalid, "the manager's answer to the join is not complete");
  TRY(net::read_certificate(answer.certificate), "in the certificate that the manager gave");
  TRY_ASSIGN(auto ca, net::read_certificate(answer.ca), "in the CA that the manager gave");
  TRY_ASSIGN(auto token, link::parse_join_token(order.token));
  if (ca.fingerprint != token.ca_fingerprint)
    return fail(Errc::forbidden, "the manager gave another CA than the one the token names");

  Credentials made{{answer.node, answer.name, answer.cluster, answer.server_name, {}, {}},
                   order.key.key_pem,
                   std::move(answer.certificate),
                   std::move(answer.ca)};
  made.identity.managers = std::move(answer.managers);
  if (made.identity.managers.empty())
    for (const auto& manager : order.managers)
      made.identity.managers.push_back(manager.to_string());
  return made;
}

Task<Result<Credentials>> ask(async::Loop& loop, net::Endpoint manager, JoinOrder order,
                              std::shared_ptr<const net::ClientTls> tls) {
  link::JoinRequest wish{
      order.token, order.name, order.machine_id, std::string(version()), order.key.request_pem, {}};
  net::ClientRequest request;
  request.method = net::Method::post;
  request.target = "/join";
  request.headers.add("Content-Type", "application/json");
  request.body = json::encode_text(wish);
  request.deadline = order.limit;
  net::HttpClient client(loop, manager, std::move(tls));
  auto response = co_await client.request(std::move(request));
  if (!response) co_return fail(not_reached(std::move(response).error(), manager));
  if (response->status / 100 != 2) co_return fail(refusal_of(*response, order));
  co_return credentials_of(order, *response);
}

}  // namespace

Task<Result<Credentials>> join(async::Loop& loop, JoinOrder order) {
  CO_TRY_ASSIGN(auto token, link::parse_join_token(order.token));
  net::ClientTlsSettings pinned;
  pinned.ca_fingerprint = token.ca_fingerprint;
  CO_TRY_ASSIGN(std::shared_ptr<const net::ClientTls> tls, net::ClientTls::create(pinned));

  auto last = fail(Errc::invalid, "no manager to join was named");
  for (const auto& manager : order.managers) {
    auto joined = co_await ask(loop, manager, order, tls);
    if (joined || !may_pass(joined.error())) co_return joined;
    if (order.managers.size() > 1)  // of the last one the caller speaks
      log::warning("could not join",
                   {{"manager", manager.to_string()}, {"why", joined.error().what}});
    last = fail(std::move(joined.error()));
  }
  co_return last;
}

}  // namespace reeve::agent
