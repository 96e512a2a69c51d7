// The formats themselves, each over the instances that an output selected; render.hpp chooses.
// Pure; any thread.
#pragma once

#include "json/json.hpp"
#include "model/list.hpp"

#include <string>
#include <vector>

namespace reeve::discover {

/// Of a list, in its order; never null, no longer valid than the list.
using Instances = std::vector<const model::ListedInstance*>;

// documents.cpp: what apps parse.
std::string swoole(const Instances& instances);
std::string json_object(const model::ServiceList& list, const Instances& instances);
std::string env(const model::ServiceList& list, const Instances& instances);

// proxies.cpp: what proxies include.
std::string nginx_upstream(const std::string& service, const Instances& instances);
std::string haproxy_backend(const std::string& service, const Instances& instances);

/// template_data.cpp: what a template may use. No list can be walked within its own items.
json::Value template_data(const model::ServiceList& list, const Instances& instances);

}  // namespace reeve::discover
