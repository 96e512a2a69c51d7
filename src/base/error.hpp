// The one error type of the whole system: a code from a closed list, a human sentence, and, for bad
// input, every fault with the path of the field it is about. Codes are wire names: they stand in
// HTTP answers, decide the HTTP status and the exit code, and are the console's translation keys.
// A value type; any thread.
#pragma once

#include <boost/describe/enum.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace reeve {

enum class Errc {
  invalid,                 // the request is malformed or a value is out of range
  unauthenticated,         // no credentials, or wrong ones
  forbidden,               // known, but not allowed to
  not_found,               // no such object, or no such route
  method_not_allowed,      // the route exists, with another method
  exists,                  // the name is taken
  in_use,                  // others depend on it
  would_be_empty,          // the change would push a list without an eligible instance
  conflict,                // somebody else changed it at the same time
  stale,                   // If-Match names an older revision
  idempotency_key_reused,  // its Idempotency-Key came before with another request
  too_large,               // body, value or frame over its limit
  unsupported_media,       // the body's Content-Type is not one we read
  too_many,                // a limit on a number or a rate is reached
  cancelled,               // the caller or a shutdown ended it
  timeout,                 // a deadline passed
  unavailable,             // the other side is not there, or is shutting down
  storage_full,            // no space left on the device
  io,                      // the operating system refused
  corrupt,                 // stored or received data is damaged
  compacted,               // the watched revision is no longer kept: list again
  unsupported,             // a version, feature or method that this build does not have
  internal                 // a bug in Reeve
};
BOOST_DESCRIBE_ENUM(Errc, invalid, unauthenticated, forbidden, not_found, method_not_allowed,
                    exists, in_use, would_be_empty, conflict, stale, idempotency_key_reused,
                    too_large, unsupported_media, too_many, cancelled, timeout, unavailable,
                    storage_full, io, corrupt, compacted, unsupported, internal)

/// The code's wire name, e.g. "not_found".
std::string_view to_string(Errc code);

/// The HTTP status that answers this code, 400 to 507.
int http_status(Errc code);

/// One thing that is wrong with an input.
struct Fault {
  std::string code;     // an Errc's wire name
  std::string message;  // one sentence, lower case, no full stop
  std::string field;    // JSON Pointer ("/instances/0/port"), "?name" for a parameter, "" for none
};

struct Error {
  Errc code = Errc::internal;
  std::string what;           // lower case, no full stop, quotes what came, says what was expected
  std::string field;          // as in Fault; "" for none
  std::vector<Fault> faults;  // every fault, the first one equal to the three above; may be empty

  /// The same error with what the caller was doing in front: "in listen address: port must be …".
  Error in_context(std::string_view doing) &&;
};

/// Several faults as one error; `faults` must not be empty. Its code is the first fault's.
Error error_of(std::vector<Fault> faults);

/// An errno as an error: ENOSPC and EDQUOT become storage_full, the others io. `doing` starts the
/// sentence: "write /var/lib/reeve/x: no space left on device".
Error errno_error(int number, std::string_view doing);

}  // namespace reeve
