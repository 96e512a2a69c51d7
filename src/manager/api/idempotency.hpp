// `Idempotency-Key` on POST: who does not know whether his request arrived sends it again with the
// same key, and gets the first answer again instead of a second token or push. In memory alone, for
// answers may hold secrets: a manager that was restarted knows no key, and does the request anew.
// Domain loop.
#pragma once

#include "manager/api/context.hpp"
#include "manager/keyed_locks.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace reeve::manager::api {

struct IdempotencyBound {
  Duration lifetime = std::chrono::hours(24);
  std::size_t answers = 10'000;
  std::size_t bytes = std::size_t{16} << 20;
};

class Idempotency {
 public:
  explicit Idempotency(async::Loop& domain, IdempotencyBound bound = {});
  Idempotency(const Idempotency&) = delete;
  Idempotency& operator=(const Idempotency&) = delete;

  /// The request's key, if it is one that counts: `invalid` for one that is empty or too long.
  static Result<std::optional<std::string>> key_of(const net::Request& request);

  /// The answer kept for the caller's key, else that of `change`, which is kept if it is a good
  /// one: a refused request changed nothing, and may be tried again. A second request waits for the
  /// first. `idempotency_key_reused` where the key came with another request.
  Task<Result<net::Response>> answer(Call call, Change change, std::string key);

 private:
  struct Kept {
    std::string digest;  // of the request
    net::Response response;
    Instant until;
  };
  void keep(const std::string& key, std::string digest, const net::Response& response);
  void drop_oldest();
  void drop_old();

  async::Loop& domain_;
  IdempotencyBound bound_;
  KeyedLocks locks_;
  std::unordered_map<std::string, Kept> kept_;  // by the caller's token and its key
  std::deque<std::string> order_;               // oldest first
  std::size_t bytes_ = 0;
};

}  // namespace reeve::manager::api
