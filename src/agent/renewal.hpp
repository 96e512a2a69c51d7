// Renewal: keeps the node's certificate young. Asks for the next one at half the life of the last,
// each agent at its own moment, or when the manager wants it; checks what comes, keeps it on disk,
// and has the next connection show it. Domain loop.
#pragma once

#include "agent/identity.hpp"
#include "agent/pauses.hpp"
#include "async/notifier.hpp"
#include "async/task_group.hpp"
#include "link/messages.hpp"
#include "net/tls.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reeve::agent {

struct RenewalSettings {
  /// It is later than that, whatever the clock says.
  WallTime built{};
  /// After asking: once to twice as long no second time.
  Duration patience = std::chrono::minutes(5);
  /// What could not be kept is tried again.
  Pauses::Settings retries{std::chrono::seconds(1), std::chrono::minutes(1)};
  Randomness randomness = system_randomness();
};

/// On the domain loop; none of the functions may wait, `keep` may: it has one call at a time.
struct RenewalCalls {
  /// Over the connection that stands; dropped where none does.
  std::function<void(const link::Message&)> send;
  /// For the next connection.
  std::function<void(std::shared_ptr<const net::ClientTls>)> use;
  std::function<Task<Result<>>(Credentials)> keep;
};

class Renewal {
 public:
  /// The credentials are those of a node that has joined.
  static Result<std::unique_ptr<Renewal>> make(async::Loop& loop, Credentials credentials,
                                               RenewalSettings settings, RenewalCalls calls);
  Renewal(const Renewal&) = delete;
  Renewal& operator=(const Renewal&) = delete;

  void start();
  Task<Result<>> stop(Duration limit);

  /// What to connect with at first.
  Result<std::shared_ptr<const net::ClientTls>> tls() const;
  /// SHA-256 of the CAs that this node trusts, also after its next start: for the hello.
  const std::vector<std::string>& trusts() const { return trusts_; }
  /// The certificate's own key, to be certified again.
  Result<link::Renew> request() const;

  void on_welcome();
  void on_wanted(const link::RenewalWanted& wanted);
  /// Refuses what is not for this node's key and name, and leaves the old one in use.
  Result<> on_renewed(const link::Renewed& renewed);

 private:
  Renewal(async::Loop& loop, Credentials credentials, RenewalSettings settings, RenewalCalls calls);

  Result<> take(Credentials credentials);
  void note_kept(const Credentials& credentials);
  Result<> check(const net::CertificateFacts& facts) const;
  Task<> run();
  Duration until_due() const;
  void ask();
  Task<> keep_what_comes();
  Task<> keep_newest();

  async::Loop& loop_;
  Credentials credentials_;
  RenewalSettings settings_;
  RenewalCalls calls_;
  net::CertificateFacts facts_;      // of the certificate in use
  std::vector<std::string> trusts_;  // kept on the disk
  std::uint64_t taken_ = 0;          // counts the credentials that came
  std::uint64_t kept_ = 0;           // which of them are on the disk
  WallTime due_{};
  std::optional<Instant> wanted_;  // by the manager, at this moment
  Instant not_again_before_{};
  bool is_asked_ = false;        // on this connection, and not answered yet
  bool is_wanted_anew_ = false;  // since it was asked, so that the answer may be of before
  async::Notifier changed_;
  async::TaskGroup tasks_;
};

}  // namespace reeve::agent
