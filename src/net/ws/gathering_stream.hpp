// Between Beast's WebSocket and the socket: holds small writes back while more are known to follow,
// so that a burst of messages leaves in one write (and one TLS record). Owned by a BeastSocket; its
// loop's thread only.
#pragma once

#include "net/stream.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/role.hpp>

#include <string>
#include <utility>

namespace reeve::net {

class GatheringStream {
 public:
  using executor_type = Stream::executor_type;

  explicit GatheringStream(Stream stream) : stream_(std::move(stream)) {}

  executor_type get_executor() { return stream_.get_executor(); }
  Stream& stream() { return stream_; }

  /// While true, writes are put aside; the next one after it takes them along.
  void hold(bool on) { is_holding_ = on; }
  std::size_t held() const { return held_.size(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return stream_.async_read_some(buffers, std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_compose<Token, void(ErrorCode, std::size_t)>(Write<Buffers>{this, buffers},
                                                                    token, stream_.get_executor());
  }

 private:
  template <class Buffers>
  struct Write {
    GatheringStream* gathering;
    Buffers buffers;
    enum { beginning, passing_on, holding, flushing } state = beginning;

    template <class Self>
    void operator()(Self& self, ErrorCode error = {}, std::size_t bytes = 0) {
      auto& stream = gathering->stream_;
      auto& held_back = gathering->held_;
      if (state == passing_on) return self.complete(error, bytes);
      if (state == holding) return self.complete({}, asio::buffer_size(buffers));
      if (state == flushing) {
        held_back = {};
        return self.complete(error, error ? 0 : asio::buffer_size(buffers));
      }
      if (!gathering->is_holding_ && held_back.empty()) {
        state = passing_on;
        return stream.async_write_some(buffers, std::move(self));
      }
      auto before = held_back.size();
      held_back.resize(before + asio::buffer_size(buffers));
      asio::buffer_copy(asio::buffer(held_back.data() + before, held_back.size() - before),
                        buffers);
      state = gathering->is_holding_ ? holding : flushing;
      if (state == holding) return asio::post(stream.get_executor(), std::move(self));
      asio::async_write(stream, asio::buffer(held_back), std::move(self));
    }
  };

  Stream stream_;
  std::string held_;
  bool is_holding_ = false;
};

// Beast's hooks for ending the connection after the closing handshake. Whoever owns the socket
// closes it then.
template <class Handler>
void async_teardown(boost::beast::role_type, GatheringStream& gathering, Handler&& handler) {
  gathering.stream().shut_down_sending();
  asio::post(gathering.get_executor(), [handler = std::forward<Handler>(handler)]() mutable {
    std::move(handler)(ErrorCode());
  });
}
void teardown(boost::beast::role_type, GatheringStream& gathering, ErrorCode& error);
// Beast's hook for its own timeouts, which we do not use.
inline void beast_close_socket(GatheringStream& gathering) { gathering.stream().close(); }

}  // namespace reeve::net
