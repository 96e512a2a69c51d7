// One connection to a manager's link, on the bare loop: TCP, TLS with the node's certificate, a
// WebSocket. Speaks the whole protocol that the manager uses, and nothing more. Owned by its agent.
#pragma once

#include "net/address.hpp"
#include "net/tls.hpp"
#include "net/tls/session.hpp"
#include "reeve_bench/epoll.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace reeve::bench {

class LinkSocket final : Epoll::Watcher {
 public:
  class Owner {
   public:
    virtual void on_open() = 0;
    virtual void on_text(std::string_view text) = 0;
    /// Once, last, also when it could not be opened. May destroy the socket.
    virtual void on_closed(const std::string& why) = 0;

   protected:
    ~Owner() = default;
  };

  /// Connects; `tls` and `owner` must outlive it. The address is one of IPv4.
  static Result<std::unique_ptr<LinkSocket>> dial(Epoll& epoll, const net::Endpoint& to,
                                                  const net::ClientTls& tls, Owner& owner);
  ~LinkSocket();
  LinkSocket(const LinkSocket&) = delete;
  LinkSocket& operator=(const LinkSocket&) = delete;

  bool is_open() const { return state_ == State::open; }
  /// A client's frame, or several. A failure shows in on_closed, later.
  void send(std::string_view frame);

 private:
  enum class State { handshaking, upgrading, open };

  LinkSocket(Epoll& epoll, int fd, Owner& owner) : epoll_(epoll), fd_(fd), owner_(owner) {}
  Result<> connect(const net::Endpoint& to, const net::ClientTls& tls);
  void on_ready(std::uint32_t events) override;
  Result<> proceed();
  Result<> shake_hands();
  Result<> read();
  Result<> take(std::string_view came);
  Result<> take_upgrade(std::string_view& bytes);
  Result<> take_frames(std::string_view& bytes);
  void send_rest();
  void wait_for(std::uint32_t events);

  Epoll& epoll_;
  int fd_;
  Owner& owner_;
  std::unique_ptr<net::tls::Session> tls_;
  State state_ = State::handshaking;
  std::uint32_t awaited_ = 0;
  std::string received_;  // the begin of what is not whole yet
  std::string unsent_;    // what the system did not take yet
};

}  // namespace reeve::bench
