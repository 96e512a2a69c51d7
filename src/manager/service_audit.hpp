// A change of a service in the words of the audit log, made from the typed parts, so that one
// edited instance among thousands costs one instance's text. Pure functions; any thread.
#pragma once

#include "manager/service_edit.hpp"

namespace reeve::manager {

/// The fields that differ, of instances those that differ; `old_text` stays null for a new service.
void describe_difference(const store::ServiceEntry* before, const ServiceParts& after,
                         json::Value& old_text, json::Value& new_text);

void describe_removal(const store::ServiceEntry& before, json::Value& old_text);

}  // namespace reeve::manager
