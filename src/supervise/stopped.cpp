#include "supervise/stopped.hpp"

#include "base/log.hpp"
#include "json/codec.hpp"

#include <vector>

namespace reeve::supervise {
namespace {

constexpr const char* kFile = "stopped.json";
constexpr std::size_t kLargestFile = 4 << 20;

struct StoppedFile {
  std::uint32_t format = 1;
  std::vector<std::string> processes;
  json::Object unknown;
};
BOOST_DESCRIBE_STRUCT(StoppedFile, (), (format, processes))

}  // namespace

Result<Names> load_stopped(sys::Files& files, const std::filesystem::path& folder) {
  TRY_ASSIGN(auto place, files.open_directory(folder));
  auto text = files.read_file(place, kFile, kLargestFile);
  if (!text && text.error().code == Errc::not_found) return Names();
  if (!text) return fail(std::move(text.error()));
  auto file = json::decode_text<StoppedFile>(*text, json::Mode::lenient);
  if (file) return Names(file->processes.begin(), file->processes.end());
  auto aside = std::string(kFile) + ".damaged";
  auto removed = files.remove_file(place, aside, sys::Durability::eventual);
  if (!removed && removed.error().code != Errc::not_found) return fail(std::move(removed.error()));
  TRY(files.link_file(place, kFile, aside, sys::Durability::flushed));
  TRY(files.remove_file(place, kFile, sys::Durability::flushed));
  log::error("damaged file set aside; processes that were stopped run again",
             {{"path", place.path_of(kFile)}, {"as", aside}, {"why", file.error().what}});
  return Names();
}

Result<> save_stopped(sys::Files& files, const std::filesystem::path& folder, const Names& names) {
  TRY_ASSIGN(auto place, files.open_directory(folder));
  StoppedFile file{1, {names.begin(), names.end()}, {}};
  return files.replace_file(place, kFile, json::encode_text(file), {.mode = 0600},
                            sys::Durability::flushed);
}

}  // namespace reeve::supervise
