#include "manager/api/idempotency.hpp"

#include "base/check.hpp"
#include "net/digest.hpp"

#include <algorithm>

namespace reeve::manager::api {
namespace {

constexpr std::size_t kLongestKey = 255;
// What an answer costs beside its body.
constexpr std::size_t kOverhead = 512;

std::size_t size_of(const net::Response& response) {
  return response.body.view().size() + kOverhead;
}

std::string digest_of(const net::Request& request) {
  std::string text = request.target;
  text += '\n';
  text += request.headers.get("Content-Type");
  text += '\n';
  text += request.body;
  return net::sha256(text);
}

}  // namespace

Idempotency::Idempotency(async::Loop& domain, IdempotencyBound bound)
    : domain_(domain), bound_(bound), locks_(domain) {}

Result<std::optional<std::string>> Idempotency::key_of(const net::Request& request) {
  if (request.method != net::Method::post) return std::optional<std::string>();
  auto given = request.headers.find("Idempotency-Key");
  if (!given) return std::optional<std::string>();
  bool is_plain = std::ranges::all_of(*given, [](char c) { return c > ' ' && c < 127; });
  if (given->empty() || given->size() > kLongestKey || !is_plain)
    return fail(Errc::invalid,
                "expected an Idempotency-Key of 1 to {} printable characters without blanks",
                kLongestKey);
  return std::optional(std::string(*given));
}

Task<Result<net::Response>> Idempotency::answer(Call call, Change change, std::string key) {
  auto own = call.caller.token->value.uid + ' ' + key;
  auto held = co_await locks_.hold(own);
  drop_old();
  auto digest = digest_of(call.request);
  if (auto found = kept_.find(own); found != kept_.end()) {
    if (found->second.digest == digest) co_return found->second.response;
    co_return fail(Errc::idempotency_key_reused,
                   "the Idempotency-Key \"{}\" came with another request before; a new request "
                   "takes a new key",
                   key);
  }
  auto answered = co_await change(call);
  if (answered) keep(own, std::move(digest), *answered);
  co_return answered;
}

void Idempotency::keep(const std::string& key, std::string digest, const net::Response& response) {
  if (response.stream || response.upgrade || size_of(response) > bound_.bytes) return;
  bytes_ += size_of(response);
  kept_.insert_or_assign(key, Kept{std::move(digest), response, domain_.now() + bound_.lifetime});
  order_.push_back(key);
  while (order_.size() > bound_.answers || bytes_ > bound_.bytes) drop_oldest();
}

void Idempotency::drop_oldest() {
  auto found = kept_.find(order_.front());
  CHECK(found != kept_.end());
  bytes_ -= size_of(found->second.response);
  kept_.erase(found);
  order_.pop_front();
}

void Idempotency::drop_old() {
  auto now = domain_.now();
  while (!order_.empty() && kept_.at(order_.front()).until <= now) drop_oldest();
}

}  // namespace reeve::manager::api
