// The first thing an agent does: find out who it is, from its disk, or else by joining with a
// token. Once at the start; domain loop.
#pragma once

#include "agent/agent.hpp"
#include "agent/identity.hpp"
#include "agent/paths.hpp"
#include "async/call.hpp"
#include "net/io_loops.hpp"
#include "sys/files.hpp"

#include <string>

namespace reeve::agent {

class Enrolment {
 public:
  /// All must outlive this.
  Enrolment(sys::Files& files, const Paths& paths, net::IoLoops& io, async::BlockingPool& pool)
      : files_(files), paths_(paths), io_(io), pool_(pool) {}

  /// Makes the agent's folder too. A node that has joined needs no token, and uses none.
  Task<Result<Credentials>> credentials(Settings settings);

 private:
  Task<Result<Credentials>> join_with_token(Settings settings);

  sys::Files& files_;
  const Paths& paths_;
  net::IoLoops& io_;
  async::BlockingPool& pool_;
};

}  // namespace reeve::agent
