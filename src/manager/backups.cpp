#include "manager/backups.hpp"

#include "base/log.hpp"
#include "base/version.hpp"

#include <algorithm>

namespace reeve::manager {
namespace {

constexpr std::size_t kPart = std::size_t{256} * 1024;
// One at a time; what an interrupted one left is replaced.
constexpr const char* kCopy = "backup.part";

backup::ManifestFile file_of(std::string name, std::string_view text) {
  backup::Digest digest;
  digest.feed(text);
  return {std::move(name), text.size(), digest.text()};
}

/// Opens the copy and takes its name away: it is gone with us.
Result<backup::InFile> open_copy(const std::filesystem::path& path, backup::ManifestFile& file) {
  TRY_ASSIGN(auto copy, backup::InFile::open(path));
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) log::warning("a copy of the store stays", {{"file", path.native()}});
  file.name = backup::kStore;
  backup::Digest digest;
  while (true) {
    TRY_ASSIGN(auto part, copy.read(kPart));
    if (part.empty()) break;
    digest.feed(part);
    file.size += part.size();
  }
  file.sha256 = digest.text();
  TRY(copy.rewind());
  return copy;
}

}  // namespace

BackupSource::BackupSource(backup::Manifest manifest, backup::InFile store,
                           std::vector<std::string> texts)
    : head_(backup::manifest_line(manifest)), store_(std::move(store)) {
  for (const auto& text : texts) tail_ += text;
}

Result<std::string> BackupSource::next() {
  if (!std::exchange(is_begun_, true)) return head_;
  if (!is_store_done_) {
    TRY_ASSIGN(auto part, store_.read(kPart));
    is_store_done_ = part.empty();
    if (!is_store_done_) return part;
  }
  if (std::exchange(is_done_, true)) return std::string();
  return tail_;
}

Task<Result<Backups::SourcePtr>> Backups::take(Actor actor) {
  if (!parts_.copy_store)
    co_return fail(Errc::unsupported, "the store's engine makes its own backups");
  if (is_copying_) co_return fail(Errc::conflict, "another backup is being made");
  Edit edit;
  edit.action = "backup.take";
  edit.object = "cluster";
  is_copying_ = true;
  auto audited = co_await parts_.editor.commit(std::move(actor), std::move(edit));
  Result<SourcePtr> source;
  if (audited) {
    source = co_await copy();
  } else {
    source = fail(audited.error());
  }
  is_copying_ = false;
  co_return source;
}

Task<Result<Backups::SourcePtr>> Backups::copy() {
  auto path = parts_.folder / kCopy;
  std::function<Result<>()> clear = [path]() -> Result<> {
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) return fail(errno_error(error.value(), "cannot remove " + path.native()));
    return {};
  };
  CO_TRY(co_await parts_.pool.run(std::move(clear)));
  backup::Manifest manifest;
  manifest.cluster = parts_.cluster.document.id;
  manifest.taken = parts_.clock.wall();
  manifest.version = std::string(version());
  CO_TRY_ASSIGN(manifest.revision, co_await parts_.copy_store(path), "copying the store");
  manifest.epoch = parts_.catalog.snapshot()->cluster->value.epoch;
  const auto& ca = parts_.cluster.ca;
  std::vector<backup::ManifestFile> files{file_of("ca.key", ca.key_pem),
                                          file_of("ca.pem", ca.certificate_pem)};
  std::vector<std::string> texts{ca.key_pem, ca.certificate_pem};
  if (const auto& next = parts_.cluster.next_ca) {
    files.push_back(file_of("ca.next.key", next->key_pem));
    files.push_back(file_of("ca.next.pem", next->certificate_pem));
    texts.insert(texts.end(), {next->key_pem, next->certificate_pem});
  }
  std::function<Result<SourcePtr>()> open = [path, manifest, files,
                                             texts]() mutable -> Result<SourcePtr> {
    backup::ManifestFile store;
    TRY_ASSIGN(auto copy, open_copy(path, store));
    manifest.files.push_back(std::move(store));
    std::ranges::move(files, std::back_inserter(manifest.files));
    return std::make_shared<BackupSource>(std::move(manifest), std::move(copy), std::move(texts));
  };
  co_return co_await parts_.pool.run(std::move(open));
}

Task<> Backups::send(SourcePtr source, net::StreamWriter writer) {
  while (true) {
    std::function<Result<std::string>()> read = [source] { return source->next(); };
    auto part = co_await parts_.pool.run(std::move(read));
    if (!part) {
      log::error("a backup ends early", {{"why", part.error().what}});
      writer.cut();
      co_return;
    }
    if (part->empty()) co_return;
    auto written = co_await writer.write(std::move(*part));
    if (!written) co_return;
  }
}

}  // namespace reeve::manager
