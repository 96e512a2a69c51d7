#include "sys/testing/power_cut_files.hpp"

#include "base/check.hpp"

#include <sys/stat.h>

#include <utility>

namespace reeve::sys::testing {
namespace {

constexpr std::size_t kLargestFile = 64 << 20;
// As RealFiles names what it has not renamed yet.
constexpr const char* kLeftover = ".reeve-00000000000000ff.tmp";

Failure no_power(const std::string& path) {
  return fail(Errc::io, "the power is cut: cannot change {}", path);
}

}  // namespace

void PowerCutFiles::restore() {
  std::lock_guard lock(mutex_);
  for (const auto& [id, folder] : folders_) {
    auto in = real_.open_directory(folder.path);
    CHECK(in);
    for (const auto& [name, states] : folder.names) {
      auto kept = survivor(states);
      if (kept)
        CHECK(real_.replace_file(*in, name, kept->contents, {.mode = kept->mode},
                                 Durability::eventual));
      else if (real_.status(*in, name))
        CHECK(real_.remove_file(*in, name, Durability::eventual));
    }
  }
  folders_.clear();
  power_.bring_back();
}

Result<Directory> PowerCutFiles::open_directory(const std::filesystem::path& path) {
  return real_.open_directory(path);
}

Result<Directory> PowerCutFiles::open_child(const Directory& in, std::string_view name) {
  return real_.open_child(in, name);
}

/// Flushes the folder it is made in.
Result<Directory> PowerCutFiles::create_child(const Directory& in, std::string_view name,
                                              FileOwner owner) {
  std::lock_guard lock(mutex_);
  if (real_.status(in, name)) return real_.create_child(in, name, owner);
  if (power_.spend() != Power::on) return no_power(in.path_of(name));
  TRY_ASSIGN(auto made, real_.create_child(in, name, owner));
  flush_names(folder_of(in));
  return made;
}

Result<> PowerCutFiles::replace_file(const Directory& in, std::string_view name,
                                     std::string_view contents, FileOwner owner,
                                     Durability durability) {
  return change(in, name, durability, [&]() -> Result<State> {
    if (power_.is_cut() && below(2) == 0) {
      auto part = contents.substr(0, below(contents.size() + 1));
      TRY(real_.replace_file(in, kLeftover, part, owner, Durability::eventual));
      return no_power(in.path_of(name));
    }
    TRY(real_.replace_file(in, name, contents, owner, Durability::eventual));
    return File{std::string(contents), owner.mode, durability != Durability::eventual};
  });
}

Result<FileStatus> PowerCutFiles::status(const Directory& in, std::string_view name) {
  return real_.status(in, name);
}

Result<std::string> PowerCutFiles::read_file(const Directory& in, std::string_view name,
                                             std::size_t max_bytes) {
  return real_.read_file(in, name, max_bytes);
}

Result<> PowerCutFiles::remove_file(const Directory& in, std::string_view name,
                                    Durability durability) {
  return change(in, name, durability, [&]() -> Result<State> {
    TRY(real_.remove_file(in, name, Durability::eventual));
    return std::nullopt;
  });
}

Result<> PowerCutFiles::link_file(const Directory& in, std::string_view name, std::string_view as,
                                  Durability durability) {
  return change(in, as, durability, [&]() -> Result<State> {
    auto linked = now(in, std::string(name));
    TRY(real_.link_file(in, name, as, Durability::eventual));
    return linked;
  });
}

Result<> PowerCutFiles::flush(const Directory& folder) {
  std::lock_guard lock(mutex_);
  if (power_.spend() != Power::on) return no_power(folder.path().native());
  flush_names(folder_of(folder));
  return {};
}

Result<std::vector<std::string>> PowerCutFiles::list(const Directory& in) { return real_.list(in); }

Result<int> PowerCutFiles::remove_leftovers(const Directory& in) {
  return real_.remove_leftovers(in);
}

PowerCutFiles::Folder& PowerCutFiles::folder_of(const Directory& in) {
  struct stat found{};
  CHECK(::fstat(in.fd(), &found) == 0);
  auto& folder = folders_[{found.st_dev, found.st_ino}];
  folder.path = in.path();
  return folder;
}

PowerCutFiles::State PowerCutFiles::now(const Directory& in, const std::string& name) {
  const auto& names = folder_of(in).names;
  if (auto known = names.find(name); known != names.end()) return known->second.back();
  auto status = real_.status(in, name);
  if (!status || status->kind != FileKind::regular) return std::nullopt;
  auto contents = real_.read_file(in, name, kLargestFile);
  CHECK(contents);
  return File{std::move(*contents), status->mode, true};
}

/// One that is cut short may still have begun.
Result<> PowerCutFiles::change(const Directory& in, std::string_view name, Durability durability,
                               const std::function<Result<State>()>& act) {
  std::lock_guard lock(mutex_);
  auto power = power_.spend();
  if (power == Power::off || (power == Power::going && below(2) == 0))
    return no_power(in.path_of(name));
  auto before = now(in, std::string(name));
  TRY_ASSIGN(auto after, act());
  auto& folder = folder_of(in);
  auto& states = folder.names[std::string(name)];
  if (states.empty()) states.push_back(std::move(before));
  states.push_back(std::move(after));
  if (power == Power::going) return no_power(in.path_of(name));
  if (durability == Durability::flushed) flush_names(folder);
  return {};
}

/// What stays is the names whose contents are not flushed: not even now are they sure.
void PowerCutFiles::flush_names(Folder& folder) {
  for (auto& [name, states] : folder.names) states.erase(states.begin(), states.end() - 1);
  std::erase_if(folder.names, [](const auto& item) {
    const auto& left = item.second.back();
    return !left || left->is_flushed;
  });
}

PowerCutFiles::State PowerCutFiles::survivor(const std::vector<State>& states) {
  auto kept = states[below(states.size())];
  if (kept && !kept->is_flushed) kept->contents.resize(below(kept->contents.size() + 1));
  return kept;
}

std::size_t PowerCutFiles::below(std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
}

}  // namespace reeve::sys::testing
