// Unix sockets: the names that they have as files, and who is at their other end. Private to net/;
// blocking for moments only, any thread.
#pragma once

#include "base/unique_fd.hpp"
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
  UnixSocketFile(std::string path, struct stat made) : path_(std::move(path)), made_(made) {}

  const std::string& path() const { return path_; }
  void remove() const;

 private:
  std::string path_;
  struct stat made_;
};

/// Where a socket is to listen. It is bound to a name of its own, and gets the one that others know
/// once it listens: who is refused there knows that its process is dead. Those who start at once
/// come one after the other: each holds a lock on the folder for as long as this lives.
class UnixSocketPlace {
 public:
  static Result<UnixSocketPlace> find(std::string path);
  UnixSocketPlace(UnixSocketPlace&& other) noexcept;
  UnixSocketPlace& operator=(UnixSocketPlace&&) = delete;
  ~UnixSocketPlace();

  /// To bind to.
  asio::local::stream_protocol::endpoint own_address() const;
  /// Now it listens. Takes the place of a dead one's file; `in_use` where somebody lives, `exists`
  /// where something else is.
  Result<UnixSocketFile> take(mode_t mode);

 private:
  UnixSocketPlace(std::string path, UniqueFd folder);

  bool lock() const;
  /// Own names of those who were killed on the way here.
  void remove_leftovers() const;
  /// What a dead process left, or nothing.
  Result<std::optional<struct stat>> find_dead() const;
  Result<> remove(const struct stat& dead) const;

  std::string path_;
  std::string name_;
  UniqueFd folder_;
  std::string own_name_;
};

/// Who connected to this Unix socket; nothing where the system does not say.
std::optional<PeerProcess> process_behind(int socket);

}  // namespace reeve::net
