// Programs in the agent's own HTTP: seen, read and ordered about on their node while no manager is
// there. On the Unix socket alone, for the agent's own user and root. Domain loop, but for a log,
// which streams on the I/O loop that it is asked on.
//
//   GET  /api/v1/programs[/{program}[/processes]]
//   GET  /api/v1/programs/{program}/processes/{node}/{process}/log
//   POST /api/v1/programs/{program}/start|stop|restart|signal   answers when it is over
#pragma once

#include "agent/applier.hpp"
#include "agent/programs.hpp"
#include "net/http.hpp"
#include "net/router.hpp"

#include <string>

namespace reeve::agent {

/// One request on its way through its handler; what it refers to outlives that.
struct LocalCall {
  const net::Request& request;
  const net::RouteParams& params;
};

/// A program as this node knows it, under the names that the manager's API has for it.
struct LocalProgram : model::ProgramSpec {
  std::string uid;
  std::string name;
  std::uint64_t revision = 0;
  std::uint64_t version = 0;
  model::ProgramCounts processes{};
};
BOOST_DESCRIBE_STRUCT(LocalProgram, (model::ProgramSpec), (uid, name, revision, version, processes))

class LocalPrograms {
 public:
  /// All must outlive this.
  LocalPrograms(async::Loop& domain, async::BlockingPool& pool, const std::string& node,
                const Applier& applier, Programs& programs);

  Task<Result<net::Response>> list(LocalCall call) const;
  Task<Result<net::Response>> get(LocalCall call) const;
  Task<Result<net::Response>> processes(LocalCall call) const;
  Task<Result<net::Response>> log(LocalCall call) const;
  Task<Result<net::Response>> order(LocalCall call, model::Verb verb);

 private:
  using ProgramPtr = std::shared_ptr<const model::PlacedProgram>;

  Result<ProgramPtr> find(const LocalCall& call) const;
  Result<link::ProgramCall> order_in(const LocalCall& call, model::Verb verb) const;
  LocalProgram shown(const model::PlacedProgram& program) const;

  async::Loop& domain_;
  async::BlockingPool& pool_;
  const std::string& node_;
  const Applier& applier_;
  Programs& programs_;
};

}  // namespace reeve::agent
