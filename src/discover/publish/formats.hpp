// The text of a discovery file: what apps read to find a service. Pure functions; any thread.
#pragma once

#include "model/list.hpp"

#include <string>

namespace reeve::discover {

/// - swoole: what the PHP clients of the old stack read, byte for byte as json_encode writes it:
///   [{"ip":"10.0.0.1","port":8820,"status":"online","weight":100}], these keys in this order and
///   no line feed at the end.
/// - json: one object with everything an app may want to know: service, revision, version,
///   description, instances. No line feed either.
std::string render(const model::ServiceList& list, model::Format format);

}  // namespace reeve::discover
