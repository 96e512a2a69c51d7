#include "base/error.hpp"

#include "base/check.hpp"

#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace reeve {

std::string_view to_string(Errc code) { return boost::describe::enum_to_string(code, "internal"); }

int http_status(Errc code) {
  switch (code) {
    case Errc::invalid: return 400;
    case Errc::unauthenticated: return 401;
    case Errc::forbidden: return 403;
    case Errc::not_found: return 404;
    case Errc::method_not_allowed: return 405;
    case Errc::exists:
    case Errc::in_use:
    case Errc::would_be_empty:
    case Errc::conflict: return 409;
    case Errc::stale: return 412;
    case Errc::too_large: return 413;
    case Errc::unsupported_media: return 415;
    case Errc::idempotency_key_reused: return 422;
    case Errc::too_many: return 429;
    case Errc::timeout: return 504;
    case Errc::cancelled:
    case Errc::io:  // the machine's trouble, which an operator can end
    case Errc::unavailable: return 503;
    case Errc::storage_full: return 507;
    case Errc::unsupported: return 501;
    case Errc::corrupt:
    case Errc::compacted:
    case Errc::internal: return 500;
  }
  return 500;
}

Error Error::in_context(std::string_view doing) && {
  what = fmt::format("{}: {}", doing, what);
  return std::move(*this);
}

Error error_of(std::vector<Fault> faults) {
  CHECK(!faults.empty());
  Errc code = Errc::invalid;
  boost::describe::enum_from_string(faults.front().code.c_str(), code);
  return {code, faults.front().message, faults.front().field, std::move(faults)};
}

Error errno_error(int number, std::string_view doing) {
  char text[128];
  // The GNU strerror_r: answers a pointer that may or may not be `text`.
  const char* sentence = strerror_r(number, text, sizeof text);
  Errc code = number == ENOSPC || number == EDQUOT ? Errc::storage_full : Errc::io;
  return {code, fmt::format("{}: {}", doing, sentence), "", {}};
}

}  // namespace reeve
