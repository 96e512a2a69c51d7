// An agent for tests of the sessions: both ends of its connection in one object, on one loop.
// Nothing it says arrives before the loop runs.
#pragma once

#include "async/loop.hpp"
#include "link/codec.hpp"
#include "net/websocket.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reeve::manager::testing {

class FakeAgent final : public net::MessageSocket, public std::enable_shared_from_this<FakeAgent> {
 public:
  FakeAgent(async::Loop& loop, std::string address);

  /// What its certificate says; before it is adopted.
  net::Peer& shown() { return peer_; }

  // The agent's end.
  void says(link::Message message);
  void says_hello(const std::string& node);
  /// Of an agent that runs programs.
  void says_hello_with_programs(const std::string& node);
  /// Answers the newest spec as one that worked.
  void applies();
  void sends(std::string frame, net::FrameKind kind = net::FrameKind::text);
  /// The connection breaks.
  void breaks();

  bool is_open() const { return is_open_; }
  const std::vector<link::Message>& heard() const { return heard_; }
  std::optional<link::Welcome> welcome() const;
  std::optional<link::Goodbye> goodbye() const;
  std::optional<link::RenewalWanted> renewal_wanted() const;
  /// The newest certificate that came.
  std::optional<link::Renewed> renewed() const;
  /// Every spec that came.
  std::vector<link::Spec> specs() const;
  /// What the specs have made of it: uid → digest of list or program.
  const std::map<std::string, std::string>& lists() const { return lists_; }

  // The manager's end.
  void start(net::SocketEvents events) override;
  void send(net::Frame frame, net::FrameKind kind) override;
  void close(net::CloseCode code, std::string reason) override;
  std::size_t queued_bytes() const override { return 0; }
  const net::Peer& peer() const override { return peer_; }
  async::Loop& loop() override { return loop_; }

 private:
  void take_spec(const link::Spec& spec);

  async::Loop& loop_;
  net::Peer peer_;
  net::SocketEvents events_;
  bool is_open_ = true;
  std::vector<link::Message> heard_;
  std::map<std::string, std::string> lists_;
  std::optional<link::Applied> answer_;  // to the newest spec
};

}  // namespace reeve::manager::testing
