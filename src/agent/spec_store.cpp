#include "agent/spec_store.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

constexpr std::size_t kLargestFile = 64 << 20;
constexpr json::Limits kLimits{.bytes = kLargestFile};
constexpr sys::FileOwner kPrivate{.mode = 0600};
constexpr sys::FileOwner kPrivateFolder{.mode = 0700};

/// head.json
struct HeadFile {
  std::uint32_t format = 1;
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  OwnFiles left_behind;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(HeadFile, (), (format, cluster, epoch, version, left_behind))
constexpr auto rules(const HeadFile*) { return std::array{json::field("cluster").required()}; }

/// Agents that wrote the first format did not keep what they did not know of an output, so that
/// what stands there is less than the manager sent.
constexpr std::uint32_t kLosesOutputs = 1;
constexpr std::uint32_t kListFormat = 2;

/// <uid>.json. It says of which spec it is, so that a delta need not write the head too.
struct ListFile {
  std::uint32_t format = kLosesOutputs;
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  std::string digest;
  model::ServiceList list;
  OwnFiles files;
  std::map<std::string, std::string> hooked;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(ListFile, (), (format, cluster, epoch, version, digest, list, files, hooked))
constexpr auto rules(const ListFile*) {
  return std::array{json::field("cluster").required(), json::field("list").required()};
}

/// <uid>.program.json
struct ProgramFile {
  std::uint32_t format = 1;
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
  std::string digest;
  model::PlacedProgram program;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(ProgramFile, (), (format, cluster, epoch, version, digest, program))
constexpr auto rules(const ProgramFile*) {
  return std::array{json::field("cluster").required(), json::field("program").required()};
}

std::string program_name_of(const std::string& uid) {
  return uid + std::string(Paths::kProgramSuffix);
}

std::string name_of(const std::string& uid) { return uid + std::string(Paths::kListSuffix); }

std::string text_of(const SpecSave& save, const std::string& cluster, const HeldList& held) {
  return json::encode_text(ListFile{kListFormat, cluster, save.epoch, save.version, held.digest,
                                    *held.list, held.files, held.hooked, held.unknown});
}

std::string text_of(const SpecSave& save, const std::string& cluster, const HeldProgram& held) {
  return json::encode_text(
      ProgramFile{1, cluster, save.epoch, save.version, held.digest, *held.program, held.unknown});
}

template <class T>
Result<T> read(sys::Files& files, const sys::Directory& folder, const std::string& name,
               const std::string& cluster) {
  TRY_ASSIGN(auto text, files.read_file(folder, name, kLargestFile));
  auto decoded = json::decode_text<T>(text, json::Mode::lenient, kLimits);
  if (!decoded) return fail(Errc::corrupt, "{}", decoded.error().what);
  if (decoded->cluster != cluster)
    return fail(Errc::corrupt, "it is of cluster {}, but this node belongs to {}",
                quote(decoded->cluster), quote(cluster));
  return decoded;
}

void raise(HeldSpec& spec, std::uint64_t epoch, std::uint64_t version) {
  if (std::pair(epoch, version) <= std::pair(spec.epoch, spec.version)) return;
  spec.epoch = epoch;
  spec.version = version;
}

}  // namespace

SpecStore::SpecStore(sys::Files& files, Paths paths, std::string cluster)
    : files_(files), paths_(std::move(paths)), cluster_(std::move(cluster)) {}

Result<HeldSpec> SpecStore::load() {
  TRY_ASSIGN(auto agent, files_.open_directory(paths_.folder()));
  TRY_ASSIGN(auto folder, files_.create_child(agent, Paths::kSpec, kPrivateFolder));
  TRY(files_.remove_leftovers(folder));
  TRY_ASSIGN(auto names, files_.list(folder));

  HeldSpec spec;
  spec.cluster = cluster_;
  for (const auto& name : names) {
    if (!name.ends_with(Paths::kListSuffix)) continue;
    auto loaded = load_one(folder, name, spec);
    if (loaded) continue;
    if (loaded.error().code != Errc::corrupt) return fail(std::move(loaded.error()));
    TRY(set_aside(folder, name, loaded.error()));
  }
  return spec;
}

Result<> SpecStore::load_one(const sys::Directory& folder, const std::string& name,
                             HeldSpec& spec) {
  if (name == Paths::kHead) return load_head(folder, spec);
  if (name.ends_with(Paths::kProgramSuffix)) return load_program(folder, name, spec);
  return load_list(folder, name, spec);
}

Result<> SpecStore::load_head(const sys::Directory& folder, HeldSpec& spec) {
  TRY_ASSIGN(auto head, read<HeadFile>(files_, folder, Paths::kHead, cluster_));
  raise(spec, head.epoch, head.version);
  spec.left_behind = std::move(head.left_behind);
  spec.unknown = std::move(head.unknown);
  return {};
}

Result<> SpecStore::load_list(const sys::Directory& folder, const std::string& name,
                              HeldSpec& spec) {
  TRY_ASSIGN(auto file, read<ListFile>(files_, folder, name, cluster_));
  auto uid = file.list.uid;
  if (name != name_of(uid)) return fail(Errc::corrupt, "it holds the list of {}", quote(uid));
  raise(spec, file.epoch, file.version);
  // Without its digest the manager sends it again.
  if (file.format <= kLosesOutputs) file.digest.clear();
  spec.lists[uid] = {std::move(file.digest),
                     std::make_shared<const model::ServiceList>(std::move(file.list)),
                     std::move(file.files), std::move(file.unknown), std::move(file.hooked)};
  return {};
}

Result<> SpecStore::load_program(const sys::Directory& folder, const std::string& name,
                                 HeldSpec& spec) {
  TRY_ASSIGN(auto file, read<ProgramFile>(files_, folder, name, cluster_));
  auto uid = file.program.uid;
  if (name != program_name_of(uid)) return fail(Errc::corrupt, "it holds program {}", quote(uid));
  raise(spec, file.epoch, file.version);
  spec.programs[uid] = {std::move(file.digest),
                        std::make_shared<const model::PlacedProgram>(std::move(file.program)),
                        std::move(file.unknown)};
  return {};
}

Result<> SpecStore::set_aside(const sys::Directory& folder, const std::string& name,
                              const Error& why) {
  auto aside = name + std::string(Paths::kDamagedSuffix);
  auto removed = files_.remove_file(folder, aside, sys::Durability::eventual);
  if (!removed && removed.error().code != Errc::not_found) return removed;
  TRY(files_.link_file(folder, name, aside, sys::Durability::flushed));
  TRY(files_.remove_file(folder, name, sys::Durability::flushed));
  log::error("damaged file set aside",
             {{"path", folder.path_of(name)}, {"as", aside}, {"why", why.what}});
  return {};
}

Result<> SpecStore::save(const SpecSave& save) {
  TRY_ASSIGN(auto folder, files_.open_directory(paths_.spec()));
  for (const auto& [uid, held] : save.upserts)
    TRY(files_.replace_file(folder, name_of(uid), text_of(save, cluster_, held), kPrivate,
                            sys::Durability::contents));
  for (const auto& [uid, held] : save.programs)
    TRY(files_.replace_file(folder, program_name_of(uid), text_of(save, cluster_, held), kPrivate,
                            sys::Durability::contents));
  // Before lists go, what they left behind must be known, or it would be taken for somebody else's.
  bool needs_head = !save.removals.empty() || (save.upserts.empty() && save.programs.empty());
  HeadFile head{1, cluster_, save.epoch, save.version, save.left_behind, save.unknown};
  if (needs_head)
    TRY(files_.replace_file(folder, Paths::kHead, json::encode_text(head), kPrivate,
                            sys::Durability::flushed));
  for (const auto& uid : save.removals) {
    for (const auto& name : {name_of(uid), program_name_of(uid)}) {
      auto removed = files_.remove_file(folder, name, sys::Durability::eventual);
      if (!removed && removed.error().code != Errc::not_found) return removed;
    }
  }
  return files_.flush(folder);
}

}  // namespace reeve::agent
