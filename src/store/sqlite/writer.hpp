// Writer: the one thread that touches an embedded store's file. What is asked while it flushes the
// disk gathers, and becomes the next transaction. Owned by the SqliteStore; called on the domain
// loop, and answers there with one wake-up per transaction.
#pragma once

#include "async/inbox.hpp"
#include "async/reply.hpp"
#include "store/sqlite/settings.hpp"
#include "store/store.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace reeve::store {

class Database;

/// A commit on its way. The domain loop's, except between Writer::commit() and the answer.
struct CommitCall {
  CommitCall(async::Loop& loop, Commit what) : commit(std::move(what)), reply(loop) {}

  Commit commit;
  LeaseId ends = 0;  // writes then what removes its keys
  Result<Revision> outcome = 0;
  async::Reply<Result<Revision>> reply;
};

/// What the domain loop hears: the batches of one transaction and all its calls, or another answer.
struct Answer {
  std::vector<Batch> batches;
  // Shared with the coroutine that waits, which a dying loop may destroy before the answer comes.
  std::vector<std::shared_ptr<CommitCall>> calls;
  std::function<void()> deliver;
};

class Writer {
 public:
  /// Runs on the writer's thread; its answer runs on the domain loop.
  using Query = std::function<std::function<void()>(Database&)>;

  Writer(std::unique_ptr<Database> database, const SqliteSettings& settings,
         async::Inbox<Answer>::Sender answers);
  /// Ends as after stop(), without an answer, and waits for it.
  ~Writer();

  void commit(std::shared_ptr<CommitCall> call);
  /// After the commits asked for so far.
  void query(Query query);
  /// Does what was asked so far, closes the file, then delivers `stopped`.
  void stop(std::function<void()> stopped);

 private:
  struct Work {
    std::vector<std::shared_ptr<CommitCall>> commits;
    std::vector<Query> queries;
    bool is_last = false;
  };

  void run();
  Work next_work();
  void flush(std::vector<std::shared_ptr<CommitCall>> calls);
  void checkpoint_if(bool is_due);

  std::unique_ptr<Database> database_;
  SqliteSettings settings_;
  async::Inbox<Answer>::Sender answers_;
  std::size_t next_checkpoint_;  // the log's size
  bool checkpoint_fails_ = false;

  std::mutex mutex_;
  std::condition_variable has_work_;
  Work asked_;                     // under mutex_
  std::function<void()> stopped_;  // under mutex_
  std::thread thread_;
};

}  // namespace reeve::store
