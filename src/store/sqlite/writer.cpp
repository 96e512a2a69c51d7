#include "store/sqlite/writer.hpp"

#include "base/log.hpp"
#include "store/sqlite/database.hpp"

#include <pthread.h>

#include <utility>

namespace reeve::store {

Writer::Writer(std::unique_ptr<Database> database, const SqliteSettings& settings,
               async::Inbox<Answer>::Sender answers)
    : database_(std::move(database)),
      settings_(settings),
      answers_(std::move(answers)),
      next_checkpoint_(settings.largest_log),
      thread_([this] { run(); }) {}

Writer::~Writer() {
  stop(nullptr);
  thread_.join();
}

void Writer::commit(std::shared_ptr<CommitCall> call) {
  {
    std::lock_guard lock(mutex_);
    asked_.commits.push_back(std::move(call));
  }
  has_work_.notify_one();
}

void Writer::query(Query query) {
  {
    std::lock_guard lock(mutex_);
    asked_.queries.push_back(std::move(query));
  }
  has_work_.notify_one();
}

void Writer::stop(std::function<void()> stopped) {
  {
    std::lock_guard lock(mutex_);
    if (asked_.is_last) return;
    asked_.is_last = true;
    stopped_ = std::move(stopped);
  }
  has_work_.notify_one();
}

void Writer::run() {
  pthread_setname_np(pthread_self(), "store");
  for (;;) {
    auto work = next_work();
    bool is_idle = work.commits.empty() && work.queries.empty();
    if (!work.commits.empty()) flush(std::move(work.commits));
    for (auto& query : work.queries) {
      auto deliver = std::exchange(query, nullptr)(*database_);
      answers_.push({{}, {}, std::move(deliver)});
    }
    if (work.is_last) break;
    checkpoint_if(is_idle || database_->log_size() >= next_checkpoint_);
  }
  database_.reset();
  std::lock_guard lock(mutex_);
  if (stopped_) answers_.push({{}, {}, std::exchange(stopped_, nullptr)});
}

// Empty work means: idle long enough to tidy up.
Writer::Work Writer::next_work() {
  std::unique_lock lock(mutex_);
  auto is_asked = [this] {
    return asked_.is_last || !asked_.commits.empty() || !asked_.queries.empty();
  };
  if (database_->log_size() > 0)
    has_work_.wait_for(lock, settings_.idle_before_checkpoint, is_asked);
  else
    has_work_.wait(lock, is_asked);
  // is_last stays for a second stop() to see.
  Work work{std::exchange(asked_.commits, {}), std::exchange(asked_.queries, {}), asked_.is_last};
  return work;
}

void Writer::flush(std::vector<std::shared_ptr<CommitCall>> calls) {
  std::vector<Member> members;
  members.reserve(calls.size());
  for (auto& call : calls) members.push_back({std::move(call->commit), call->ends, 0});
  auto batches = database_->commit(members);
  for (std::size_t i = 0; i < calls.size(); ++i) calls[i]->outcome = std::move(members[i].outcome);
  answers_.push({std::move(batches), std::move(calls), nullptr});
}

void Writer::checkpoint_if(bool is_due) {
  if (!is_due || database_->log_size() == 0) return;
  auto done = database_->checkpoint();
  next_checkpoint_ = settings_.largest_log;
  if (!done) {
    // Nothing is lost, the log only grows: try again when it is larger, or after an idle time.
    next_checkpoint_ += database_->log_size();
    if (!checkpoint_fails_) log::warning("store checkpoint failed", {{"error", done.error().what}});
  }
  checkpoint_fails_ = !done;
}

}  // namespace reeve::store
