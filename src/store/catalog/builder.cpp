#include "store/catalog/builder.hpp"

#include "base/log.hpp"
#include "store/catalog/document.hpp"
#include "store/catalog/keys.hpp"

#include <charconv>

namespace reeve::store {
namespace {

template <class T>
std::shared_ptr<const Document<T>> empty_document() {
  static const auto empty = std::make_shared<const Document<T>>();
  return empty;
}

template <class T>
Result<std::shared_ptr<const Document<T>>> decode_or_empty(std::string_view key, const Bytes& value,
                                                           Revision revision) {
  if (!value) return empty_document<T>();
  return decode_document<T>(key, value, revision);
}

bool take_prefix(std::string_view& key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return false;
  key.remove_prefix(prefix.size());
  return true;
}

}  // namespace

SnapshotBuilder::SnapshotBuilder(const Snapshot& before, ServiceNames& names)
    : names_(names),
      cluster_(before.cluster),
      services_(before.services),
      revisions_(before.revisions),
      nodes_(before.nodes),
      programs_(before.programs),
      removed_nodes_(before.removed_nodes),
      removed_keys_(before.removed_keys),
      tokens_(before.tokens),
      tokens_by_hash_(before.tokens_by_hash),
      join_tokens_(before.join_tokens),
      join_tokens_by_hash_(before.join_tokens_by_hash),
      operations_(before.operations),
      notices_(before.notices),
      read_marks_(before.read_marks),
      audit_(before.audit) {}

Result<> SnapshotBuilder::write(std::string_view key, const Bytes& value, Revision revision) {
  TRY_ASSIGN(bool is_part, write_part(key, value, revision));
  if (is_part) return {};
  TRY_ASSIGN(bool is_known, write_whole(key, value, revision));
  // Written by a newer manager that shares this store; what we do not know we leave alone.
  if (!is_known) log::debug("unknown key in the store", {{"key", key}});
  return {};
}

Result<bool> SnapshotBuilder::write_part(std::string_view key, const Bytes& value,
                                         Revision revision) {
  auto rest = key;
  if (take_prefix(rest, keys::kServices)) {
    TRY(write_head(rest, value, revision));
  } else if (take_prefix(rest, keys::kContents)) {
    TRY(write_content(rest, value, revision));
  } else if (take_prefix(rest, keys::kPushes)) {
    TRY(write_push(rest, value, revision));
  } else if (take_prefix(rest, keys::kLives)) {
    TRY_ASSIGN(parts_[std::string(rest)].live,
               decode_or_empty<model::StoredLive>(key, value, revision));
  } else if (take_prefix(rest, keys::kSubscriptions)) {
    TRY_ASSIGN(parts_[std::string(rest)].subscriptions,
               decode_or_empty<model::StoredSubscriptions>(key, value, revision));
  } else {
    return false;
  }
  return true;
}

Result<bool> SnapshotBuilder::write_whole(std::string_view key, const Bytes& value,
                                          Revision revision) {
  auto rest = key;
  auto put = [&](auto& map, std::set<std::string>& touched) -> Result<bool> {
    TRY(write_document(map, touched, key, rest, value, revision));
    return true;
  };
  auto put_token = [&](auto& by_uid, auto& by_hash,
                       std::set<std::string>& touched) -> Result<bool> {
    TRY(write_token(by_uid, by_hash, touched, key, rest, value, revision));
    return true;
  };
  auto put_packed = [&](auto& map, std::set<std::string>& touched) -> Result<bool> {
    TRY(write_packed(map, touched, key, rest, value));
    return true;
  };
  if (take_prefix(rest, keys::kNodes)) return put(nodes_, touched_.nodes);
  if (take_prefix(rest, keys::kPrograms)) return put(programs_, touched_.programs);
  if (take_prefix(rest, keys::kRemovedNodes)) return put(removed_nodes_, touched_.removed_nodes);
  if (take_prefix(rest, keys::kRemovedKeys)) return put(removed_keys_, touched_.removed_keys);
  if (take_prefix(rest, keys::kOperations)) return put_packed(operations_, touched_.operations);
  if (take_prefix(rest, keys::kNotices)) return put(notices_, touched_.notices);
  if (take_prefix(rest, keys::kReadMarks)) return put(read_marks_, touched_.read_marks);
  if (take_prefix(rest, keys::kAudit)) return put_packed(audit_, touched_.audit);
  if (take_prefix(rest, keys::kTokens)) return put_token(tokens_, tokens_by_hash_, touched_.tokens);
  if (take_prefix(rest, keys::kJoinTokens))
    return put_token(join_tokens_, join_tokens_by_hash_, touched_.join_tokens);
  if (key == keys::kCluster) {
    cluster_ = nullptr;
    if (value) {
      TRY_ASSIGN(cluster_, decode_document<model::Cluster>(key, value, revision));
    }
    return true;
  }
  return key == keys::kHold;  // read at the start, by the one whose state it is
}

Result<> SnapshotBuilder::write_head(std::string_view name, const Bytes& value, Revision revision) {
  std::string folded(name);
  touched_.services.insert(folded);
  if (const auto* old = services_.find(folded)) old_entries_.try_emplace((*old)->head().uid, *old);
  if (!value) {
    remove_head(folded);
    return {};
  }
  TRY_ASSIGN(auto head,
             decode_document<model::StoredService>(keys::service(name), value, revision));
  const auto& uid = head->value.uid;
  names_[uid] = folded;
  written_heads_[folded] = uid;
  parts_[uid].head = head;
  return {};
}

// Its parts may stay: without a name they are not put together.
void SnapshotBuilder::remove_head(const std::string& folded) {
  std::string uid;
  if (const auto* old = services_.find(folded)) {
    uid = (*old)->head().uid;
    services_.edit().erase(folded);
  }
  // One that these commits made is not among the services yet.
  if (auto written = written_heads_.extract(folded)) uid = written.mapped();
  // A rename writes the new name in the same commit; then the uid already points there.
  if (auto at = names_.find(uid); at != names_.end() && at->second == folded) names_.erase(at);
}

Result<> SnapshotBuilder::write_content(std::string_view rest, const Bytes& value,
                                        Revision revision) {
  auto slash = rest.find('/');
  std::uint64_t number = 0;
  const char* end = rest.data() + rest.size();
  bool is_number =
      slash != rest.npos && std::from_chars(rest.data() + slash + 1, end, number).ptr == end;
  if (!is_number)
    return fail(Errc::corrupt, "the stored key {}{} has no revision", keys::kContents, rest);
  std::string uid(rest.substr(0, slash));
  is_stored_[uid][number] = value != nullptr;
  if (value) parts_[uid].contents[number] = {value, revision};
  return {};
}

Result<> SnapshotBuilder::write_push(std::string_view rest, const Bytes& value, Revision revision) {
  auto slash = rest.find('/');
  if (slash == rest.npos)
    return fail(Errc::corrupt, "the stored key {}{} has no push", keys::kPushes, rest);
  auto& record =
      parts_[std::string(rest.substr(0, slash))].pushes[std::string(rest.substr(slash + 1))];
  record = nullptr;
  if (!value) return {};
  TRY_ASSIGN(record, decode_document<model::StoredPush>(fmt::format("{}{}", keys::kPushes, rest),
                                                        value, revision));
  return {};
}

template <class T>
Result<> SnapshotBuilder::write_document(EditedDocuments<T>& map, std::set<std::string>& touched,
                                         std::string_view key, std::string_view name,
                                         const Bytes& value, Revision revision) {
  touched.insert(std::string(name));
  if (!value) {
    map.edit().erase(name);
    return {};
  }
  TRY_ASSIGN(auto document, decode_document<T>(key, value, revision));
  map.edit().set(std::string(name), std::move(document));
  return {};
}

template <class Record>
Result<> SnapshotBuilder::write_packed(Edited<std::shared_ptr<const Record>>& map,
                                       std::set<std::string>& touched, std::string_view key,
                                       std::string_view uid, const Bytes& value) {
  touched.insert(std::string(uid));
  if (!value) {
    map.edit().erase(uid);
    return {};
  }
  TRY_ASSIGN(auto record, packed_document<Record>(key, value));
  map.edit().set(std::string(uid), std::move(record));
  return {};
}

template <class T>
Result<> SnapshotBuilder::write_token(EditedDocuments<T>& by_uid, EditedDocuments<T>& by_hash,
                                      std::set<std::string>& touched, std::string_view key,
                                      std::string_view uid, const Bytes& value, Revision revision) {
  if (const auto* old = by_uid.find(uid)) by_hash.edit().erase((*old)->value.hash);
  TRY(write_document(by_uid, touched, key, uid, value, revision));
  if (value) {
    auto document = *by_uid.find(uid);
    by_hash.edit().set(document->value.hash, document);
  }
  return {};
}

// Puts the written parts and the old ones together. A service whose head is gone leaves parts
// behind that nobody refers to; they are history until they are pruned.
Result<> SnapshotBuilder::rebuild(const std::string& uid, const Parts& parts) {
  auto named = names_.find(uid);
  if (named == names_.end()) return {};
  const ServiceEntry* old = nullptr;
  if (auto moved = old_entries_.find(uid); moved != old_entries_.end())
    old = moved->second.get();
  else if (const auto* same = services_.find(named->second); same && (*same)->head().uid == uid)
    old = same->get();

  auto head = parts.head ? parts.head : old ? old->head_part() : nullptr;
  if (!head) return fail(Errc::corrupt, "service {} has no head in the store", named->second);
  TRY_ASSIGN(auto content, content_of(uid, head->value.revision, parts, old));
  if (!content)
    return fail(Errc::corrupt, "service {} has no instances of its revision {} in the store",
                named->second, head->value.revision);
  TRY_ASSIGN(auto pushes, pushes_of(uid, parts, old));
  auto live = parts.live ? parts.live
              : old      ? old->live_part()
                         : empty_document<model::StoredLive>();
  auto subscriptions = parts.subscriptions ? parts.subscriptions
                       : old               ? old->subscriptions_part()
                                           : empty_document<model::StoredSubscriptions>();
  touched_.services.insert(named->second);
  services_.edit().set(named->second, std::make_shared<const ServiceEntry>(
                                          std::move(head), std::move(content), std::move(live),
                                          std::move(subscriptions), std::move(pushes)));
  return {};
}

Result<ContentPart> SnapshotBuilder::content_of(const std::string& uid, std::uint64_t revision,
                                                const Parts& parts, const ServiceEntry* old) {
  if (old && old->head().revision == revision) return old->content_part();
  if (old && old->pushes_part()) {
    const auto& pushed = old->pushes_part()->contents();
    if (auto at = pushed.find(revision); at != pushed.end()) return at->second;
  }
  auto written = parts.contents.find(revision);
  if (written == parts.contents.end()) return ContentPart();
  return decode_document<model::StoredContent>(keys::content(uid, revision), written->second.value,
                                               written->second.modified);
}

Result<std::shared_ptr<const ServicePushes>> SnapshotBuilder::pushes_of(const std::string& uid,
                                                                        const Parts& parts,
                                                                        const ServiceEntry* old) {
  auto before = old ? old->pushes_part() : nullptr;
  if (parts.pushes.empty()) return before;
  std::map<std::string, PushPart> records = parts.pushes;
  if (before)
    for (const auto& record : before->records()) records.try_emplace(record->value.uid, record);
  std::vector<PushPart> standing;
  std::map<std::uint64_t, ContentPart> contents;
  for (const auto& [push, record] : records) {
    if (!record) continue;
    auto revision = record->value.revision;
    TRY_ASSIGN(auto content, content_of(uid, revision, parts, old));
    if (!content)
      return fail(Errc::corrupt, "the stored document {} names revision {}, which is not there",
                  keys::push(uid, push), revision);
    contents[revision] = std::move(content);
    standing.push_back(record);
  }
  if (standing.empty()) return std::shared_ptr<const ServicePushes>();
  return std::make_shared<const ServicePushes>(std::move(standing), std::move(contents));
}

void SnapshotBuilder::count_revisions() {
  for (const auto& [uid, changes] : is_stored_) {
    std::set<std::uint64_t> stored;
    if (const auto* old = revisions_.find(uid)) stored.insert((*old)->begin(), (*old)->end());
    for (auto [revision, is_stored] : changes) {
      if (is_stored)
        stored.insert(revision);
      else
        stored.erase(revision);
    }
    if (stored.empty())
      revisions_.edit().erase(uid);
    else
      revisions_.edit().set(
          uid, std::make_shared<const std::vector<std::uint64_t>>(stored.begin(), stored.end()));
  }
}

Result<SnapshotPtr> SnapshotBuilder::build(Revision revision, Touched& touched) {
  for (const auto& [uid, parts] : parts_) TRY(rebuild(uid, parts));
  count_revisions();
  auto next = std::make_shared<Snapshot>();
  next->revision = revision;
  next->cluster = cluster_;
  next->services = services_.build();
  next->revisions = revisions_.build();
  next->nodes = nodes_.build();
  next->programs = programs_.build();
  next->removed_nodes = removed_nodes_.build();
  next->removed_keys = removed_keys_.build();
  next->tokens = tokens_.build();
  next->tokens_by_hash = tokens_by_hash_.build();
  next->join_tokens = join_tokens_.build();
  next->join_tokens_by_hash = join_tokens_by_hash_.build();
  next->operations = operations_.build();
  next->notices = notices_.build();
  next->read_marks = read_marks_.build();
  next->audit = audit_.build();
  touched = std::move(touched_);
  return next;
}

}  // namespace reeve::store
