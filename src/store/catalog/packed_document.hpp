// Documents that the catalog keeps packed, as they are stored, beside the fields by which lists
// pick: there are many of their kind and few are ever read. Immutable; any thread.
#pragma once

#include "base/check.hpp"
#include "model/record.hpp"
#include "store/catalog/document.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace reeve::store {

template <class T, class Index>
struct PackedDocument {
  Index index;
  Bytes packed;  // shared with the store's history

  T unpacked() const {
    auto document = decode_document<T>("", packed, 0);
    CHECK(document);  // it was read when it came
    return (*document)->value;
  }
};

struct AuditIndex {
  explicit AuditIndex(const model::AuditEntry& entry);

  WallTime at{};
  bool refused = false;
  std::string who, from, action, object, why;
};
using AuditRecord = PackedDocument<model::AuditEntry, AuditIndex>;

/// As the store keeps it. An entry is bounded far below what cannot be packed.
Bytes pack_audit(const model::AuditEntry& entry);
/// About the bytes of memory that it takes.
std::size_t footprint(const AuditRecord& record);

struct OperationIndex {
  explicit OperationIndex(const model::Operation& operation);

  model::OperationState state;
  std::string kind, object, by;
};
using OperationRecord = PackedDocument<model::Operation, OperationIndex>;

/// `corrupt` names the key.
template <class Record>
Result<std::shared_ptr<const Record>> packed_document(std::string_view key, const Bytes& value) {
  using T = decltype(std::declval<const Record&>().unpacked());
  TRY_ASSIGN(auto document, decode_document<T>(key, value, 0));
  return std::make_shared<const Record>(Record{decltype(Record::index)(document->value), value});
}

}  // namespace reeve::store
