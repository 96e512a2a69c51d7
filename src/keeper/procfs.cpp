#include "keeper/procfs.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>

#include <charconv>
#include <cstdio>

namespace reeve::keeper {
namespace {

constexpr std::size_t kSmall = 4096;

std::size_t read_into(const char* path, char* out, std::size_t size) {
  UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!fd) return 0;
  auto got = ::read(fd.get(), out, size);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

template <class T>
bool parse(std::string_view text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::optional<Identity> parse_stat(std::string_view line) {
  auto close = line.rfind(')');
  if (close == line.npos) return {};
  line.remove_prefix(close + 1);
  Identity identity;
  constexpr int kState = 3, kParent = 4, kStartTime = 22;  // proc(5) counts the pid as 1
  for (int field = kState; field <= kStartTime; ++field) {
    if (line.empty() || line.front() != ' ') return {};
    line.remove_prefix(1);
    auto word = line.substr(0, line.find_first_of(" \n"));
    line.remove_prefix(word.size());
    if (field == kState && word.size() == 1) identity.state = word[0];
    if (field == kParent && !parse(word, identity.parent)) return {};
    if (field == kStartTime && !parse(word, identity.start_time)) return {};
  }
  return identity;
}

std::optional<Identity> identify(std::int32_t pid) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  char line[kSmall];
  auto size = read_into(path, line, sizeof line);
  if (size == 0) return {};
  return parse_stat({line, size});
}

std::uint64_t own_start_time() {
  char line[kSmall];
  auto identity = parse_stat({line, read_into("/proc/self/stat", line, sizeof line)});
  return identity ? identity->start_time : 0;
}

std::string read_small_file(const char* path) {
  std::string text(kSmall, '\0');
  text.resize(read_into(path, text.data(), text.size()));
  return text;
}

}  // namespace reeve::keeper
