// TaskGroup: the owner of running tasks. Children end before their group does: the owner awaits
// stop(). Only async/ spawns coroutines; everybody else starts them here. Loop thread only.
#pragma once

#include "async/loop.hpp"
#include "async/notifier.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <list>
#include <string>

namespace reeve::async {

class TaskGroup {
 public:
  /// `name` stands in the log when a task of the group throws (a bug: logged, then the process
  /// ends).
  TaskGroup(Loop& loop, std::string name);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// All children must have ended.
  ~TaskGroup();

  /// Starts `task` soon, on the group's loop. After stop() began, the task is dropped unstarted.
  void start(Task<> task);

  /// Cancels every child and waits for their ends; `timeout` if some still run after `limit`
  /// (the group must then outlive them: keep waiting, or abort).
  Task<Result<>> stop(Duration limit);

  /// Cancels every child without waiting.
  void cancel();

  /// Waits until no child runs.
  Task<Result<>> join(Instant deadline = Instant::max());

  std::size_t size() const { return children_.size(); }

 private:
  struct Child {
    boost::asio::cancellation_signal signal;
    bool has_begun = false;
    bool is_cancelled = false;  // before it began
  };
  static Task<> shielded(Task<> task, Child* child);

  Loop& loop_;
  std::string name_;
  bool stopping_ = false;
  std::list<Child> children_;
  Notifier ended_;
};

}  // namespace reeve::async
