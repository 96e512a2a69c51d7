// The manager role: wires store, catalog, API, gateway, fleet and planner together. Built by
// `reeve manager` and `reeve dev`. Domain loop.
#pragma once

#include "async/call.hpp"
#include "async/loop.hpp"
#include "model/access.hpp"
#include "net/address.hpp"
#include "net/io_loops.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace reeve::manager {

struct Settings {
  std::filesystem::path data;  // <data>/manager holds the store and the CA
  net::Endpoint console;       // port 0: a free one
  net::Endpoint link;
  std::vector<std::string> advertised;  // link addresses that agents keep; may be none
  bool is_store_synchronous = true;  // off for measurements alone: acknowledged is then not durable
  bool writes_manager_json = true;   // <data>/manager.json; `reeve dev` has its own file
};

class Manager {
 public:
  /// All three must outlive this.
  Manager(async::Loop& domain, net::IoLoops& io, async::BlockingPool& pool, Settings settings);
  ~Manager();
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  /// Opens or makes the store, the cluster, the CA and, at the first start, an administrator's
  /// token; then listens. What fails is said in one sentence with what to do.
  Task<Result<>> start();

  /// Stops listening, finishes requests in flight, says goodbye to agents, closes the store.
  Task<Result<>> stop(Duration limit);

  /// After start(): where it really listens, and the administrator's token of this installation.
  net::Endpoint console() const;
  net::Endpoint link() const;
  std::string administrator_token() const;

  /// A token for `reeve agent --join`, good for one node; for `reeve dev`, which joins its own.
  Task<Result<std::string>> create_join_token();

 private:
  class Wiring;
  std::unique_ptr<Wiring> wiring_;
};

}  // namespace reeve::manager
