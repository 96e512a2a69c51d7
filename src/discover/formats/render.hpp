// The text of a discovery file: what apps and proxies read to find a service. Pure; any thread.
#pragma once

#include "base/result.hpp"
#include "model/list.hpp"

#include <cstddef>
#include <string>

namespace reeve::discover {

/// Bytes that a template may make at most.
inline constexpr std::size_t kLongestText = 8 << 20;

/// The text of the output's format for the instances it selects. docs/formats.md shows each.
/// - swoole: what the PHP clients of the old stack read, byte for byte as json_encode writes it:
///   [{"ip":"10.0.0.1","port":8820,"status":"online","weight":100}], these keys in this order and
///   no line feed at the end.
/// - json: one object with everything an app may want to know. No line feed either.
/// - env: NAME=value lines for a shell, systemd or docker; eligible instances alone.
/// - nginx: an upstream block; haproxy: a backend section. Both always pass the target's check.
/// - mustache: the output's own template.
/// An error: the template is no template, or makes too much text.
Result<std::string> render(const model::ServiceList& list, const model::Output& output);

}  // namespace reeve::discover
