// Unix sockets: the names that they have as files, and who is at their other end. Private to net/;
// blocking for moments only, any thread.
#pragma once

#include "net/http.hpp"
#include "net/stream.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <sys/stat.h>

#include <optional>
#include <string>

namespace reeve::net {

/// What sun_path holds beside its closing zero (unix(7)).
constexpr std::size_t kMaxUnixPath = 107;

/// The path as an address; `invalid` when it does not fit into one, or is not absolute.
Result<asio::local::stream_protocol::endpoint> unix_address(const std::string& path);

/// The file of a listening socket: knows its own again, and so removes no successor's.
class UnixSocketFile {
 public:
  /// Before binding: removes the file of a listener that is gone. `in_use` where one lives.
  static Result<> make_room(const asio::local::stream_protocol::endpoint& address);
  /// After binding.
  static Result<UnixSocketFile> adopt(std::string path, mode_t mode);

  const std::string& path() const { return path_; }
  void remove() const;

 private:
  UnixSocketFile(std::string path, struct stat made) : path_(std::move(path)), made_(made) {}

  std::string path_;
  struct stat made_;
};

/// Who connected to this Unix socket; nothing where the system does not say.
std::optional<PeerProcess> process_behind(int socket);

}  // namespace reeve::net
