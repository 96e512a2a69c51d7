// A store in memory with its catalog, in virtual time, and words to write desired state into it as
// the API would. Owned by a test.
#pragma once

#include "async/testing/virtual_loop.hpp"
#include "manager/cluster.hpp"
#include "store/catalog/catalog.hpp"
#include "store/testing/memory_store.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reeve::manager::testing {

class DesiredState {
 public:
  using Labels = std::map<std::string, std::string>;

  /// With the cluster "c1", and nothing else; the catalog has not started.
  DesiredState();

  void start();
  store::Revision commit(std::vector<store::Write> writes);

  /// Each call is one commit. A node's uid is "uid-of-<name>", a service's too.
  void put_node(const std::string& name, const Labels& labels = {}, const std::string& key = "");
  void remove_node(const std::string& name);
  /// A new revision with these addresses, port 80.
  void put_service(const std::string& name, std::vector<std::string> ips);
  void subscribe(const std::string& service, std::vector<model::Subscription> subscriptions);
  void remove_service(const std::string& name);
  /// Its next edit; runs `sleep SECONDS`.
  void put_program(const std::string& name, std::optional<model::Placement> placement,
                   int seconds = 1000);
  void remove_program(const std::string& name);
  /// Gives the revision, with these addresses, to the nodes, or with none to all. The next edit
  /// ends that.
  void push(const std::string& service, std::uint64_t revision, std::vector<std::string> ips,
            std::vector<std::string> nodes = {});
  std::uint64_t revision_of(const std::string& service) const;

  /// What a backup of the store holds. Put back while nobody uses the store, it is as then.
  struct Image {
    store::testing::MemoryStore::Image store;
    std::map<std::string, std::uint64_t> revisions;
  };
  Image image() const { return {store.image(), revisions_}; }
  void put_back(Image image);
  /// As put_back(), with nothing but the document of the cluster that `cluster` says.
  void empty();

  static model::Subscription to_nodes(std::vector<std::string> names,
                                      std::vector<model::Output> outputs = {});
  static model::Subscription to_selector(Labels labels);
  static std::string uid_of(const std::string& name) { return "uid-of-" + name; }

  async::testing::VirtualLoop loop;
  store::testing::MemoryStore store{loop};
  store::Catalog catalog{loop, store};
  ClusterIdentity cluster;

 private:
  std::vector<store::Write> removals_of_pushes(const std::string& service);

  std::map<std::string, std::uint64_t> revisions_;          // of services
  std::map<std::string, std::vector<std::string>> pushes_;  // their uids, by service
  std::uint64_t pushed_ = 0;                                // times
};

}  // namespace reeve::manager::testing
