// Those who talk to the keeper. Nothing is queued without bound: a slow reader's events wait in the
// table's ring, reports are drawn when there is room, and who does not read his answers is not read
// either. The keeper's thread alone.
#pragma once

#include "base/unique_fd.hpp"
#include "keeper/blob.hpp"
#include "keeper/poller.hpp"
#include "keeper/processes.hpp"
#include "keeper/protocol.hpp"
#include "keeper/table.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace reeve::keeper {

class Server {
 public:
  /// What a request may want of the keeper itself.
  struct Wishes {
    bool shutdown = false, leave_running = false;
    std::string upgrade;  // the program to become
    std::size_t upgrade_client = 0;
    std::int64_t upgrade_answer = 0;
  };

  Server(Table& table, Poller& poller, Processes& processes)
      : table_(table), poller_(poller), processes_(processes) {}

  Outcome<> listen(const std::string& folder);
  void take_over(int listener, const std::vector<HandedClient>& clients);
  std::vector<HandedClient> hand_over(const Wishes& wishes) const;
  int listener() const { return listener_.get(); }

  void on_listener();
  void on_client(std::uint32_t at, std::uint32_t events);
  /// Sends what has happened since.
  void flush();

  Wishes& wishes() { return wishes_; }
  void answer(std::size_t client, std::int64_t id, const Outcome<>& outcome);

 private:
  struct Client {
    UniqueFd fd;
    std::deque<std::string> answers;
    bool subscribed = false, waits_for_room = false;
    std::uint64_t next_event = 0;
    bool listing = false, gap = false;
    std::uint32_t listed = 0;     // the next slot to report
    std::int64_t listing_id = 0;  // 0: after a gap
  };

  std::size_t place(UniqueFd fd);
  bool receive(std::size_t at);
  void handle(std::size_t at, const Request& request, int memfd);
  Outcome<> obey(const Request& request, int memfd);
  void report_one(std::size_t at, const Request& request);
  void greet(std::size_t at, const Request& request);
  void subscribe(std::size_t at, const Request& request);
  bool send(Client& client, const std::string& packet);
  void flush(Client& client);
  bool flush_listing(Client& client);
  void flush_events(Client& client);

  Table& table_;
  Poller& poller_;
  Processes& processes_;
  UniqueFd listener_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::uint64_t flushed_ = 0;
  Wishes wishes_;
};

}  // namespace reeve::keeper
