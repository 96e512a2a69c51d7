// Between Beast's WebSocket and the socket: takes whatever is written into a buffer and sends from
// there, so that a burst of messages leaves in one write (and one TLS record), and a message that
// the socket takes at once costs no asynchronous operation. Owned by a BeastSocket; its loop's
// thread only.
#pragma once

#include "net/stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/core/role.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace reeve::net {

class GatheringStream {
 public:
  using executor_type = Stream::executor_type;

  /// Who owns the stream, and lives as long as it sends.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// What flush() had to leave is sent, or could not be.
    virtual void on_flushed(const ErrorCode& error) = 0;
  };

  explicit GatheringStream(Stream stream) : stream_(std::move(stream)) {}

  executor_type get_executor() { return stream_.get_executor(); }
  Stream& stream() { return stream_; }
  /// Before the first write.
  void set_owner(std::weak_ptr<Owner> owner) { owner_ = std::move(owner); }

  /// Bytes that were written here and are not being sent yet.
  std::size_t gathered() const { return gathered_.size(); }
  /// Whether a flush goes on: it ends in Owner::on_flushed().
  bool is_flushing() const { return is_flushing_; }
  /// Pieces that the socket has taken of what was sent, ever: who stands still takes none.
  std::uint64_t progress() const { return progress_; }
  /// Sends what was gathered. Good: all of it is out. `would_block`: the rest follows as the socket
  /// lets it. Nothing while a flush goes on.
  ErrorCode flush();
  /// Tells the other side that no more will be sent, once all is out.
  void shut_down_sending();

  // What Beast asks of a stream. Messages are written at once; reading, and the control frames that
  // Beast sends by itself, are asynchronous.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers);  // nothing reads so: never defined
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, ErrorCode& error);
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers);

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, ErrorCode& error) {
    error = {};
    auto before = gathered_.size();
    gathered_.resize(before + asio::buffer_size(buffers));
    return asio::buffer_copy(asio::buffer(gathered_.data() + before, gathered_.size() - before),
                             buffers);
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return stream_.async_read_some(buffers, std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [this](auto handler, const Buffers& wanted) {
          ErrorCode error;
          auto taken = is_overfull() ? 0 : write_some(wanted, error);
          error = is_overfull() ? asio::error::no_buffer_space : flush();
          if (error == asio::error::would_block) error = {};
          asio::post(stream_.get_executor(),
                     [handler = std::move(handler), error, taken]() mutable {
                       std::move(handler)(error, taken);
                     });
        },
        token, buffers);
  }

 private:
  /// Someone who sends pings and reads no pong.
  bool is_overfull() const { return is_flushing_ && gathered_.size() > kMostControl; }
  void flush_rest();

  static constexpr std::size_t kMostControl = 16 * 1024;

  Stream stream_;
  std::weak_ptr<Owner> owner_;
  std::string gathered_;
  std::string leaving_;  // what is being sent while is_flushing_
  std::uint64_t progress_ = 0;
  bool is_flushing_ = false;
  bool is_last_ = false;  // no more will be sent after this
};

// Beast's hooks for ending the connection after the closing handshake. Whoever owns the socket
// closes it then.
template <class Handler>
void async_teardown(boost::beast::role_type, GatheringStream& gathering, Handler&& handler) {
  gathering.shut_down_sending();
  asio::post(gathering.get_executor(), [handler = std::forward<Handler>(handler)]() mutable {
    std::move(handler)(ErrorCode());
  });
}
void teardown(boost::beast::role_type, GatheringStream& gathering, ErrorCode& error);
// Beast's hook for its own timeouts, which we do not use.
inline void beast_close_socket(GatheringStream& gathering) { gathering.stream().close(); }

}  // namespace reeve::net
