// One connection's TLS, directly on the non-blocking socket: each step does what it can and says
// what to wait for. No second copy of the bytes as with memory BIOs, which halves a connection's
// memory. Owned by a Stream; its loop's thread only.
#pragma once

#include "base/time.hpp"
#include "net/http.hpp"
#include "net/tls.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>

typedef struct ssl_st SSL;

namespace reeve::net::tls {

enum class Want { nothing, read, write };

struct Step {
  std::size_t bytes = 0;
  Want want = Want::nothing;
  boost::system::error_code error;
};

class Session {
 public:
  /// `now` is what the clock says. Certificates are verified at a time that is possible: a machine
  /// that woke in 1970 is not shut out.
  static Result<std::unique_ptr<Session>> accept(const ServerTls& tls, int fd, WallTime now);
  static Result<std::unique_ptr<Session>> connect(const ClientTls& tls, int fd, WallTime now);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Step handshake();
  Step read(void* into, std::size_t size);
  /// The last read took all that had come: the next one had better wait for the socket first.
  bool is_drained() const { return is_drained_; }
  Step write(const void* from, std::size_t size);
  /// Tells the other side that no more comes, if that can be done at once.
  void say_goodbye();

  /// Why the handshake failed, for people.
  std::string failure() const;
  /// Adds what the other side's certificate says.
  void describe(Peer& peer, WallTime now) const;

 private:
  explicit Session(SSL* ssl) : ssl_(ssl) {}
  Step step(int result, std::size_t bytes);

  SSL* ssl_;
  bool is_drained_ = false;
  std::string failure_;
};

/// Errors of OpenSSL's queue as error codes.
const boost::system::error_category& error_category();

}  // namespace reeve::net::tls
