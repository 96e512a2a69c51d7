// Builds the next snapshot from the last one and the writes of some commits. Private to the
// catalog.
#pragma once

#include "store/catalog/catalog.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace reeve::store {

/// Folded name by uid, for the documents of a service that are kept by uid.
using ServiceNames = std::unordered_map<std::string, std::string>;

class SnapshotBuilder {
 public:
  /// Refers to both. `names` belongs to `before` and is brought up to date by write().
  SnapshotBuilder(const Snapshot& before, ServiceNames& names);
  SnapshotBuilder(Snapshot&&, ServiceNames&) = delete;

  /// One write of the commit `revision`; null: removed. `corrupt` names a key that cannot be read.
  Result<> write(std::string_view key, const Bytes& value, Revision revision);

  /// The snapshot at `revision`, and what it touches.
  Result<SnapshotPtr> build(Revision revision, Touched& touched);

 private:
  // A map of the snapshot that is copied only when the first write touches it.
  template <class Value>
  class Edited {
   public:
    explicit Edited(const ChunkedMap<Value>& before) : before_(before) {}
    typename ChunkedMap<Value>::Builder& edit() {
      if (!builder_) builder_.emplace(before_);
      return *builder_;
    }
    const Value* find(std::string_view key) const {
      return builder_ ? builder_->find(key) : before_.find(key);
    }
    ChunkedMap<Value> build() { return builder_ ? std::move(*builder_).build() : before_; }

   private:
    const ChunkedMap<Value>& before_;
    std::optional<typename ChunkedMap<Value>::Builder> builder_;
  };
  template <class T>
  using EditedDocuments = Edited<std::shared_ptr<const Document<T>>>;

  struct Raw {
    Bytes value;
    Revision modified;
  };
  /// The parts of one service that these commits wrote; the others are those of its old entry.
  struct Parts {
    std::shared_ptr<const Document<model::StoredService>> head;
    std::map<std::uint64_t, Raw> contents;  // by service revision, undecoded: most are history
    std::shared_ptr<const Document<model::StoredLive>> live;
    std::shared_ptr<const Document<model::StoredSubscriptions>> subscriptions;
    std::map<std::string, PushPart> pushes;  // by uid; null: removed
  };

  /// Of a service, whose parts are put together when all writes are known; false if the key is of
  /// something else.
  Result<bool> write_part(std::string_view key, const Bytes& value, Revision revision);
  /// Of anything that is one document.
  Result<bool> write_whole(std::string_view key, const Bytes& value, Revision revision);
  Result<> write_head(std::string_view name, const Bytes& value, Revision revision);
  void remove_head(const std::string& folded);
  Result<> write_content(std::string_view rest, const Bytes& value, Revision revision);
  Result<> write_push(std::string_view rest, const Bytes& value, Revision revision);
  template <class T>
  Result<> write_token(EditedDocuments<T>& by_uid, EditedDocuments<T>& by_hash,
                       std::set<std::string>& touched, std::string_view key, std::string_view uid,
                       const Bytes& value, Revision revision);
  template <class T>
  Result<> write_document(EditedDocuments<T>& map, std::set<std::string>& touched,
                          std::string_view key, std::string_view name, const Bytes& value,
                          Revision revision);
  template <class Record>
  static Result<> write_packed(Edited<std::shared_ptr<const Record>>& map,
                               std::set<std::string>& touched, std::string_view key,
                               std::string_view uid, const Bytes& value);
  Result<> rebuild(const std::string& uid, const Parts& parts);
  /// The content of a revision: as written, or as the old entry has it; null if neither.
  static Result<ContentPart> content_of(const std::string& uid, std::uint64_t revision,
                                        const Parts& parts, const ServiceEntry* old);
  /// Null without records.
  static Result<std::shared_ptr<const ServicePushes>> pushes_of(const std::string& uid,
                                                                const Parts& parts,
                                                                const ServiceEntry* old);
  void count_revisions();

  ServiceNames& names_;
  Touched touched_;
  std::unordered_map<std::string, Parts> parts_;                              // by service uid
  std::unordered_map<std::string, std::string> written_heads_;                // uid by folded name
  std::unordered_map<std::string, std::map<std::uint64_t, bool>> is_stored_;  // by uid, revision
  std::unordered_map<std::string, std::shared_ptr<const ServiceEntry>> old_entries_;  // by uid
  std::shared_ptr<const Document<model::Cluster>> cluster_;
  Edited<std::shared_ptr<const ServiceEntry>> services_;
  Edited<std::shared_ptr<const std::vector<std::uint64_t>>> revisions_;
  EditedDocuments<model::StoredNode> nodes_;
  EditedDocuments<model::StoredProgram> programs_;
  EditedDocuments<model::RemovedNode> removed_nodes_;
  EditedDocuments<model::RemovedKey> removed_keys_;
  EditedDocuments<model::StoredToken> tokens_, tokens_by_hash_;
  EditedDocuments<model::StoredJoinToken> join_tokens_, join_tokens_by_hash_;
  Edited<std::shared_ptr<const OperationRecord>> operations_;
  EditedDocuments<model::Notice> notices_;
  EditedDocuments<model::ReadMarks> read_marks_;
  Edited<std::shared_ptr<const AuditRecord>> audit_;
};

}  // namespace reeve::store
