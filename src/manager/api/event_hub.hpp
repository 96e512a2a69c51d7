// What changes, told to those who listen: desired state from the catalog, observed state from the
// fleet. The newest events are kept, so that a client that was away for a while resumes; who was
// away too long is told to read everything again. Domain loop.
#pragma once

#include "manager/api/types.hpp"
#include "manager/fleet.hpp"
#include "net/event_stream.hpp"
#include "store/catalog/catalog.hpp"

#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace reeve::manager::api {

/// From where a client resumes.
struct ResumePoint {
  std::uint64_t revision = 0;
  /// He may have seen only a part of the revision's events: it is told again.
  bool is_partial = false;
};

class EventHub {
 public:
  static constexpr std::size_t kKept = 8192;

  /// Both must outlive this, and tell of no change after it has ended.
  EventHub(store::Catalog& catalog, Fleet& fleet, const sys::Clock& clock);
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// The streaming answer: what came after the point, if given, then all that comes. The stream
  /// ends when the token is revoked or expires, and when its reader is too slow.
  net::Response open(std::shared_ptr<const store::Document<model::StoredToken>> token,
                     std::optional<ResumePoint> from);

  /// Ends every stream.
  void stop();

  std::size_t listeners() const { return listeners_.size(); }

 private:
  struct Told {
    EventData data;
    bool is_observed = false;
    bool is_kernel = false;  // for administrators alone
  };
  struct Listener {
    std::shared_ptr<net::EventFeed> feed;
    std::string token;
    bool sees_kernel = false;
    std::optional<WallTime> expires;
  };

  void follow(const store::Snapshot& before, const store::Snapshot& after,
              const store::Touched& touched);
  void on_fleet_change(const Fleet::Change& change);
  void tell(Told told);
  void replay(const Listener& listener, const ResumePoint& from);
  void end_revoked(const store::Snapshot& now);

  store::Catalog& catalog_;
  const sys::Clock& clock_;
  std::uint64_t forgotten_ = 0;  // events of this revision and those before are no longer kept
  std::deque<Told> kept_;
  std::list<Listener> listeners_;
  std::unordered_map<std::string, std::string> service_names_, node_names_,
      program_names_;             // by uid
  std::set<std::string> kernel_;  // uids of kernel services, also of those that are gone
};

}  // namespace reeve::manager::api
