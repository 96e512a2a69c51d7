// Who is in a kernel service: its instances and holds, worked out from the nodes that are enrolled
// and what the fleet sees of them. Pure; domain loop, where the fleet is.
#pragma once

#include "manager/fleet.hpp"
#include "manager/service_edit.hpp"
#include "store/catalog/catalog.hpp"

#include <cstddef>

namespace reeve::manager {

struct KernelMembers {
  ServiceParts parts;
  std::size_t left_out = 0;  // instances beyond the most that a service may have
  /// The last nodes that were up have been removed, which people did: the list may become empty.
  bool may_be_empty = false;
  /// No node is up, and the last that were stay in the list.
  bool is_protected = false;
};

/// `parts`: as they are now. The first nodes by name are in.
KernelMembers kernel_members(ServiceParts parts, const store::Snapshot& snapshot,
                             const Fleet& fleet, WallTime now);

}  // namespace reeve::manager
