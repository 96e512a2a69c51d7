// A blocking TCP client for tests: says exactly the bytes it is told to. Waits at most ten seconds
// for an answer. The test's thread.
#pragma once

#include "base/unique_fd.hpp"
#include "net/address.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace reeve::net::testing {

class RawClient {
 public:
  /// Throws std::runtime_error when it cannot connect. A small `receive_buffer` makes a slow
  /// reader; `from` is an address of this host (127.0.0.2), the system's choice if there is none.
  explicit RawClient(const Endpoint& to, int receive_buffer = 0, const char* from = nullptr);

  void send(std::string_view bytes);
  /// Everything up to the peer's close.
  std::string read_all();
  /// Until `text` has come; answers everything read so far and not yet taken.
  std::string read_until(std::string_view text);
  /// Takes so many bytes from the socket, fewer if it ends; they stay for the next call.
  std::size_t take(std::size_t bytes);
  /// One answer with a Content-Length (or none); the rest stays for the next call.
  std::string read_answer();
  bool is_closed_by_peer();
  /// Closes with a reset instead of a farewell.
  void reset();

 private:
  bool read_some();

  UniqueFd socket_;
  std::string input_;
};

}  // namespace reeve::net::testing
