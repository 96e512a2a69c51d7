// ListAlarms: raises a notice when a node begins to fail at a list: its files cannot be written, a
// program fails that was to run after a change, or somebody else changed a file. From what the
// agents say; each trouble once, until it has passed. Domain loop.
#pragma once

#include "async/loop.hpp"
#include "manager/fleet.hpp"
#include "manager/node_index.hpp"
#include "manager/notices.hpp"
#include "store/catalog/catalog.hpp"

#include <map>
#include <string>
#include <utility>

namespace reeve::manager {

class ListAlarms {
 public:
  /// All must outlive this; it listens to the fleet for that fleet's life.
  ListAlarms(async::Loop& domain, store::Catalog& catalog, const NodeIndex& nodes, Fleet& fleet,
             Notices& notices);
  ListAlarms(const ListAlarms&) = delete;
  ListAlarms& operator=(const ListAlarms&) = delete;

 private:
  using Place = std::pair<std::string, std::string>;  // node's and service's uid

  /// What was told last of a node's list; only where there is something.
  struct Told {
    bool is_failed = false;
    bool is_hook_failed = false;
    WallTime drift{};  // the newest
  };

  void on_node(const std::string& node);
  void on_list(const std::string& node, const std::string& service);
  void tell_hook(Told& told, const ListSight& sight, const Place& place);
  void tell_drift(Told& told, const ListSight& sight, const Place& place);
  void raise(const Place& place, const char* kind, const char* what, std::string text);

  store::Catalog& catalog_;
  const NodeIndex& nodes_;
  Fleet& fleet_;
  Notices& notices_;
  WallTime since_;
  std::map<Place, Told> told_;
};

}  // namespace reeve::manager
