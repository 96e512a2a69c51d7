#include "manager/api/kept_revisions.hpp"

#include "store/catalog/document.hpp"
#include "store/catalog/keys.hpp"

namespace reeve::manager::api {
namespace {

store::ContentPart content_in_catalog(const store::ServiceEntry& service, std::uint64_t revision) {
  if (revision == service.head().revision) return service.content_part();
  if (!service.pushes_part()) return nullptr;
  const auto& pushed = service.pushes_part()->contents();
  auto at = pushed.find(revision);
  return at == pushed.end() ? nullptr : at->second;
}

}  // namespace

Task<Result<KeptRevision>> read_revision(Call call, ServicePtr service, std::uint64_t revision,
                                         std::string field) {
  KeptRevision kept{revision, content_in_catalog(*service, revision), std::nullopt};
  if (kept.content) co_return kept;
  auto key = store::keys::content(service->head().uid, revision);
  CO_TRY_ASSIGN(kept.stored, co_await call.context.store.read(key));
  if (!kept.stored) {
    auto all = kept_revisions(*service, *call.context.catalog.snapshot());
    co_return fail_at(field, Errc::not_found, "service \"{}\" has no revision {}; {}",
                      service->head().name, revision,
                      all.size() == 1 ? fmt::format("only {} is kept", all.front())
                                      : fmt::format("{} are kept, from {} to {}", all.size(),
                                                    all.front(), all.back()));
  }
  CO_TRY_ASSIGN(kept.content, store::decode_document<model::StoredContent>(key, kept.stored->value,
                                                                           kept.stored->modified));
  co_return kept;
}

std::vector<std::uint64_t> kept_revisions(const store::ServiceEntry& service,
                                          const store::Snapshot& snapshot) {
  const auto* stored = snapshot.revisions.find(service.head().uid);
  return stored ? **stored : std::vector<std::uint64_t>{service.head().revision};
}

}  // namespace reeve::manager::api
