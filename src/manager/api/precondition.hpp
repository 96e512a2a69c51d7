// If-Match and If-None-Match (RFC 9110, 13.1): a change happens only to the revision that the
// client has seen. Revisions may stand bare (`If-Match: 3`). A value type; any thread.
#pragma once

#include "net/http.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace reeve::manager::api {

class Precondition {
 public:
  /// `invalid` for what is neither `*` nor a list of revisions.
  static Result<Precondition> of(const net::Request& request);

  /// `stale` unless the object, at this revision or not there, is what the client expects. `what`
  /// names it: `service "pay"`.
  Result<> check(std::string_view what, std::optional<std::uint64_t> revision) const;

 private:
  struct Tags {
    bool is_any = false;
    std::vector<std::uint64_t> revisions;
    bool holds(std::optional<std::uint64_t> revision) const;
  };
  static Result<std::optional<Tags>> parse(const net::Request& request, std::string_view header);

  std::optional<Tags> match_, none_match_;
};

/// `"3"`, as the ETag header has it.
std::string etag(std::uint64_t revision);

}  // namespace reeve::manager::api
