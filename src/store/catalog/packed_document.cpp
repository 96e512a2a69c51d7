#include "store/catalog/packed_document.hpp"

namespace reeve::store {

AuditIndex::AuditIndex(const model::AuditEntry& entry)
    : at(entry.at),
      refused(entry.refused),
      who(entry.who),
      from(entry.from),
      action(entry.action),
      object(entry.object),
      why(entry.why) {}

Bytes pack_audit(const model::AuditEntry& entry) {
  // Most of an edit's entry are names of fields and places that come again and again.
  constexpr std::size_t kFrom = 512;
  auto packed = pack(json::encode_text(entry), kFrom);
  CHECK(packed);
  return *packed;
}

std::size_t footprint(const AuditRecord& record) {
  constexpr std::size_t kBeside = 160;  // its key, the blocks' headers
  return kBeside + sizeof record + sizeof(Bytes::element_type) + record.packed->size() +
         record.index.object.size() + record.index.why.size();
}

OperationIndex::OperationIndex(const model::Operation& operation)
    : state(operation.state), kind(operation.kind), object(operation.object), by(operation.by) {}

}  // namespace reeve::store
