#include "store/history.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace reeve::store {
namespace {

std::size_t size_of(const Batch& batch) {
  std::size_t size = sizeof batch;
  for (const auto& write : batch.writes)
    size += sizeof write + write.key.size() + (write.value ? write.value->size() : 0);
  return size;
}

}  // namespace

class History::Handle final : public Watch {
 public:
  explicit Handle(std::shared_ptr<Follower> follower) : follower_(std::move(follower)) {}
  ~Handle() override { follower_->has_ended = true; }

 private:
  std::shared_ptr<Follower> follower_;
};

History::History(async::Loop& loop, Revision head, HistoryBound bound)
    : bound_(bound),
      head_(head),
      begun_(loop, [this](std::vector<std::shared_ptr<Follower>> begun) {
        if (is_held_) return;
        for (auto& follower : begun) tell(*follower);
      }) {}

void History::add(std::vector<Batch> batches) {
  for (auto& batch : batches) {
    CHECK(batch.revision == head_ + 1);
    head_ = batch.revision;
    bytes_ += size_of(batch);
    kept_.push_back(std::move(batch));
  }
  // Those who keep up are told before anything is forgotten.
  tell_all();
  trim();
}

std::unique_ptr<Watch> History::watch(Revision after, Watcher watcher) {
  auto follower = std::make_shared<Follower>(Follower{std::move(watcher), after});
  followers_.push_back(follower);
  begun_.push(follower);
  return std::make_unique<Handle>(std::move(follower));
}

Result<> History::compact(Revision upto) {
  if (upto > head_)
    return fail(Errc::invalid, "cannot compact up to commit {}, the newest is {}", upto, head_);
  while (!kept_.empty() && kept_.front().revision <= upto) forget_oldest();
  tell_all();
  return {};
}

void History::release() {
  is_held_ = false;
  tell_all();
}

void History::drop() {
  while (!kept_.empty()) forget_oldest();
  auto followers = std::exchange(followers_, {});
  for (auto& follower : followers) end(*follower);
}

void History::trim() {
  while (kept_.size() > 1 && (kept_.size() > bound_.commits || bytes_ > bound_.bytes))
    forget_oldest();
}

void History::forget_oldest() {
  bytes_ -= size_of(kept_.front());
  kept_.pop_front();
}

void History::tell_all() {
  std::erase_if(followers_, [](const auto& follower) { return follower->has_ended; });
  if (is_held_) return;
  // A call may begin and end watches: go through a copy.
  auto followers = followers_;
  for (auto& follower : followers) tell(*follower);
}

void History::tell(Follower& follower) {
  if (follower.has_ended || follower.seen == head_) return;
  Revision oldest = head_ + 1 - kept_.size();
  // Ahead of the head is a reader of another store's past, e.g. from before a restore.
  if (follower.seen + 1 < oldest || follower.seen > head_) {
    end(follower);
    return;
  }
  std::vector<Batch> news(kept_.begin() + static_cast<std::ptrdiff_t>(follower.seen + 1 - oldest),
                          kept_.end());
  follower.seen = head_;
  follower.watcher.on_batches(std::move(news));
}

void History::end(Follower& follower) {
  if (std::exchange(follower.has_ended, true)) return;
  if (follower.watcher.on_compacted) follower.watcher.on_compacted();
}

}  // namespace reeve::store
