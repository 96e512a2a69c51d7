#include "store/sqlite/sqlite_store.hpp"

#include "store/limits.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/writer.hpp"

#include <utility>

namespace reeve::store {

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(async::Loop& domain,
                                                       std::filesystem::path file,
                                                       SqliteSettings settings) {
  TRY_ASSIGN(auto database, Database::open(file, settings, domain.clock().wall()));
  return std::unique_ptr<SqliteStore>(new SqliteStore(domain, std::move(database), settings));
}

SqliteStore::SqliteStore(async::Loop& domain, std::unique_ptr<Database> database,
                         const SqliteSettings& settings)
    : loop_(domain),
      history_(domain, database->head(), settings.history),
      leases_(domain,
              [this](LeaseId lease) {
                if (!is_stopping_) queue({}, lease);
              }),
      answers_(domain, [this](std::vector<Answer> answers) { take(std::move(answers)); }),
      writer_(std::make_unique<Writer>(std::move(database), settings, answers_.sender())) {}

SqliteStore::~SqliteStore() = default;

Task<Result<Revision>> SqliteStore::commit(Commit commit) {
  if (is_stopping_) co_return stopped();
  CO_TRY(check_commit(commit));
  CO_TRY(leases_.check(commit));
  auto call = queue(std::move(commit), 0);
  auto outcome = co_await call->reply.wait();
  co_return outcome;
}

std::shared_ptr<CommitCall> SqliteStore::queue(Commit commit, LeaseId ends) {
  auto call = std::make_shared<CommitCall>(loop_, std::move(commit));
  call->ends = ends;
  writer_->commit(call);
  return call;
}

// Called for everything the writer did since the last wake-up, in its order.
void SqliteStore::take(std::vector<Answer> answers) {
  for (auto& answer : answers) {
    if (!answer.batches.empty()) {
      statistics_.commits += answer.batches.size();
      ++statistics_.batches;
      history_.add(std::move(answer.batches));
    }
    for (auto& call : answer.calls) this->answer(*call);
    if (answer.deliver) answer.deliver();
  }
}

void SqliteStore::answer(CommitCall& call) {
  if (!call.outcome && call.ends != 0) leases_.end_again(call.ends);
  call.reply.set(std::move(call.outcome));
}

template <class T>
Task<T> SqliteStore::ask(std::function<T(Database&)> question) {
  auto reply = std::make_shared<async::Reply<T>>(loop_);
  // The writer keeps nothing of this: the reply must not end on its thread.
  writer_->query([question = std::move(question), reply](Database& database) {
    return std::function<void()>(
        [reply, answer = question(database)]() mutable { reply->set(std::move(answer)); });
  });
  auto answer = co_await reply->wait();
  co_return answer;
}

Task<Result<std::optional<Entry>>> SqliteStore::read(std::string key) {
  if (is_stopping_) co_return stopped();
  auto found = co_await ask<Result<std::optional<Entry>>>(
      [key = std::move(key)](Database& database) { return database.read(key); });
  co_return found;
}

Task<Result<Listing>> SqliteStore::list(std::string prefix) {
  if (is_stopping_) co_return stopped();
  auto listing = co_await ask<Result<Listing>>(
      [prefix = std::move(prefix)](Database& database) { return database.list(prefix); });
  co_return listing;
}

Task<Result<Revision>> SqliteStore::copy_to(std::filesystem::path file) {
  if (is_stopping_) co_return stopped();
  auto copied = co_await ask<Result<Revision>>(
      [file = std::move(file)](Database& database) -> Result<Revision> {
        TRY(database.copy_to(file));
        return database.head();
      });
  co_return copied;
}

std::unique_ptr<Watch> SqliteStore::watch(Revision after, Watcher watcher) {
  return history_.watch(after, std::move(watcher));
}

Task<Result<>> SqliteStore::compact(Revision upto) {
  if (is_stopping_) co_return stopped();
  co_return history_.compact(upto);
}

Task<Result<LeaseId>> SqliteStore::grant(Duration ttl) {
  if (is_stopping_) co_return stopped();
  co_return leases_.grant(ttl);
}

Task<Result<>> SqliteStore::keep_alive(LeaseId lease) {
  if (is_stopping_) co_return stopped();
  co_return leases_.keep_alive(lease);
}

Task<Result<>> SqliteStore::revoke(LeaseId lease) {
  if (is_stopping_) co_return stopped();
  CO_TRY(leases_.revoke(lease));
  auto call = queue({}, lease);
  auto outcome = co_await call->reply.wait();
  if (!outcome) co_return fail(outcome.error());
  co_return Result<>();
}

Task<Result<>> SqliteStore::stop() {
  if (std::exchange(is_stopping_, true)) co_return Result<>();
  auto reply = std::make_shared<async::Reply<bool>>(loop_);
  writer_->stop([reply] { reply->set(true); });
  co_await reply->wait();
  co_return Result<>();
}

}  // namespace reeve::store
