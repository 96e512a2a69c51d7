// The kernel services: `node_manager`, every node with its agent's address, and `cron_manager`,
// every node that may run jobs, which today is every node. They exist by themselves and follow the
// nodes; administrators see and subscribe to them, nobody edits them.
//
// A node has an instance from the moment its agent first connects until it is removed. While the
// fleet calls it down, a hold by `program` shows it offline; what a restart made the fleet forget
// stays as it was until the fleet has judged. When all nodes are down, those that were up last stay
// online: a list of nobody is worse than an old one. Domain loop.
#pragma once

#include "async/task_group.hpp"
#include "manager/editor.hpp"
#include "manager/fleet.hpp"
#include "manager/notices.hpp"

#include <array>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace reeve::manager {

inline constexpr std::array<std::string_view, 2> kKernelServices{"cron_manager", "node_manager"};
inline constexpr std::uint16_t kAgentPort = 7710;

/// Whatever its case.
bool is_kernel_name(const std::string& name);

class KernelServices {
 public:
  /// What happens at once, such as ten thousand nodes that connect, becomes one commit for each
  /// service: it waits until nothing has happened for kQuiet, but no longer than kLongest.
  static constexpr Duration kQuiet = std::chrono::seconds(2);
  static constexpr Duration kLongest = std::chrono::seconds(10);

  /// All must outlive this, and tell of no change after it has ended. While `is_held` says so the
  /// store is not touched.
  KernelServices(async::Loop& domain, store::Catalog& catalog, Fleet& fleet, Editor& editor,
                 Notices& notices, std::function<bool()> is_held);
  ~KernelServices();
  KernelServices(const KernelServices&) = delete;
  KernelServices& operator=(const KernelServices&) = delete;

  /// Makes what is missing, then follows. After the catalog has started.
  Task<> start();

  /// Before the gateway's: agents that say goodbye to a manager that stops are not down.
  Task<Result<>> stop(Duration limit);

 private:
  void note_change();
  void look_after(Duration pause);
  void look();
  Task<> carry_out();
  Result<std::optional<Edit>> decide(std::string_view name);
  /// Once, until it is over.
  void tell(bool is_so, const std::string& kind, const std::string& service, std::string title,
            std::string text);

  async::Loop& domain_;
  const store::Catalog& catalog_;
  const Fleet& fleet_;
  Editor& editor_;
  Notices& notices_;
  std::function<bool()> is_held_;
  bool is_started_ = false;
  bool is_dirty_ = false;    // something happened that no commit holds yet
  bool is_at_work_ = false;  // a timer or carry_out() will look
  Instant first_change_{}, last_change_{};
  std::set<std::string> told_;
  async::Loop::TimerKey timer_;
  async::TaskGroup tasks_;
};

}  // namespace reeve::manager
