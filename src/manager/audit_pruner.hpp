// Keeps the audit log bounded: once it holds more than so many entries or so many bytes, the oldest
// go, some dozens in one commit. Domain loop.
#pragma once

#include "async/task_group.hpp"
#include "store/catalog/catalog.hpp"

#include <cstddef>

namespace reeve::manager {

struct AuditBound {
  std::size_t entries = 20'000;
  std::size_t bytes = std::size_t{64} << 20;  // of memory
  std::size_t refusals = 2'000;  // among them: who is refused all day long drives nothing else out
};

class AuditPruner {
 public:
  /// After the catalog has started. Both must outlive this, and tell of no change after it ended.
  AuditPruner(async::Loop& domain, store::Store& store, store::Catalog& catalog,
              AuditBound bound = {});
  AuditPruner(const AuditPruner&) = delete;
  AuditPruner& operator=(const AuditPruner&) = delete;

  Task<Result<>> stop(Duration limit) { return tasks_.stop(limit); }

 private:
  static constexpr std::size_t kAtOnce = 60;

  void follow(const store::Snapshot& before, const store::Snapshot& after,
              const store::Touched& touched);
  void add(const store::AuditRecord& record);
  void subtract(const store::AuditRecord& record);
  bool has_many_refusals() const { return refusals_ >= bound_.refusals + kAtOnce; }
  bool is_over() const;
  /// Of the oldest entries, or of the oldest refusals if there are too many of those.
  store::Commit removal() const;
  Task<> remove_oldest();

  store::Store& store_;
  store::Catalog& catalog_;
  AuditBound bound_;
  std::size_t entries_ = 0;
  std::size_t bytes_ = 0;
  std::size_t refusals_ = 0;
  bool is_removing_ = false;
  async::TaskGroup tasks_;
};

}  // namespace reeve::manager
