#include "store/testing/strict_store.hpp"

#include "base/check.hpp"
#include "store/limits.hpp"

#include <deque>
#include <iterator>
#include <utility>

namespace reeve::store::testing {
namespace {

constexpr std::size_t kMostTurns = 4;       // of the loop that a delivery waits
constexpr std::size_t kDropsOnceIn = 8;     // deliveries
constexpr std::size_t kCompactsOnceIn = 6;  // commits

void check_batch(const Batch& batch, Revision before) {
  CHECK(batch.revision == before + 1);
  CHECK(batch.writes.size() <= Limits::operations);
}

}  // namespace

// What one watch shall hear, and when. Shared by its Handle and the turns it waits for, which end
// in an unknown order; no call of the watcher comes after end().
class StrictStore::Feed : public std::enable_shared_from_this<Feed> {
 public:
  Feed(StrictStore& store, Revision after, Watcher watcher)
      : store_(store), seen_(after), watcher_(std::move(watcher)) {}

  void begin() {
    inner_ = store_.inner_->watch(
        seen_, {[this](std::vector<Batch> news) { take(std::move(news)); }, [this] { cut(); }});
  }
  void end() {
    has_ended_ = true;
    inner_.reset();
  }

 private:
  void take(std::vector<Batch> news) {
    for (auto& batch : news) {
      check_batch(batch, seen_);
      seen_ = batch.revision;
      waiting_.push_back(std::move(batch));
    }
    wait();
  }

  void cut() {
    is_cut_ = true;
    wait();
  }

  void wait() {
    if (std::exchange(is_waiting_, true)) return;
    turns_ = store_.any(kMostTurns);
    turn();
  }

  void turn() {
    store_.loop_.post([self = shared_from_this()] {
      if (self->has_ended_) return;
      if (self->turns_-- > 0)
        self->turn();
      else
        self->deliver();
    });
  }

  void deliver() {
    is_waiting_ = false;
    bool is_dropped = store_.drops_ && store_.happens_once_in(kDropsOnceIn);
    if (is_dropped || waiting_.empty()) {
      drop();
      return;
    }
    auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(1 + store_.any(waiting_.size() - 1));
    std::vector<Batch> news(std::make_move_iterator(waiting_.begin()),
                            std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    if (is_cut_ || !waiting_.empty()) wait();
    watcher_.on_batches(std::move(news));
  }

  void drop() {
    end();
    ++store_.dropped_;
    if (watcher_.on_compacted) watcher_.on_compacted();
  }

  StrictStore& store_;
  Revision seen_;
  Watcher watcher_;
  std::unique_ptr<Watch> inner_;
  std::deque<Batch> waiting_;
  std::size_t turns_ = 0;
  bool is_waiting_ = false;
  bool is_cut_ = false;
  bool has_ended_ = false;
};

class StrictStore::Handle final : public Watch {
 public:
  explicit Handle(std::shared_ptr<Feed> feed) : feed_(std::move(feed)) {}
  ~Handle() override { feed_->end(); }

 private:
  std::shared_ptr<Feed> feed_;
};

StrictStore::StrictStore(async::Loop& loop, std::unique_ptr<Store> inner, Strictness strictness)
    : loop_(loop), inner_(std::move(inner)), drops_(strictness.drops), random_(strictness.seed) {}

StrictStore::~StrictStore() = default;

Task<Result<Revision>> StrictStore::commit(Commit commit) {
  CO_TRY(check_commit(commit));
  auto outcome = co_await inner_->commit(std::move(commit));
  if (drops_ && outcome && happens_once_in(kCompactsOnceIn)) {
    auto compacted = co_await inner_->compact(inner_->head());
    CHECK(compacted || compacted.error().code == Errc::unavailable);
  }
  co_return outcome;
}

std::unique_ptr<Watch> StrictStore::watch(Revision after, Watcher watcher) {
  auto feed = std::make_shared<Feed>(*this, after, std::move(watcher));
  feed->begin();
  return std::make_unique<Handle>(std::move(feed));
}

}  // namespace reeve::store::testing
