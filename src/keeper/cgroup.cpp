#include "keeper/cgroup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace reeve::keeper {
namespace {

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (true) {
    auto at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// procfs says no sizes, and mountinfo can be long.
std::string read_whole(const char* path) {
  UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  std::string text;
  char chunk[4096];
  for (ssize_t got = 0; fd && (got = ::read(fd.get(), chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<std::size_t>(got));
  return text;
}

}  // namespace

std::string cgroup2_mount(std::string_view mountinfo) {
  constexpr std::size_t kMountPoint = 4;
  for (auto line : split(mountinfo, '\n')) {
    auto dash = line.find(" - cgroup2 ");
    if (dash == line.npos) continue;
    auto words = split(line.substr(0, dash), ' ');
    if (words.size() > kMountPoint) return std::string(words[kMountPoint]);
  }
  return {};
}

std::string cgroup2_path(std::string_view cgroup) {
  for (auto line : split(cgroup, '\n'))
    if (line.starts_with("0::")) return std::string(line.substr(3));
  return {};
}

std::optional<Cgroups> Cgroups::open(std::string corner) {
  auto mount = cgroup2_mount(read_whole("/proc/self/mountinfo"));
  auto own = cgroup2_path(read_whole("/proc/self/cgroup"));
  if (mount.empty() || own.empty()) return {};
  auto folder = mount + (own == "/" ? "" : own) + "/" + corner;
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return {};
  if (::access((folder + "/cgroup.procs").c_str(), W_OK) != 0) return {};
  return Cgroups(std::move(folder));
}

UniqueFd Cgroups::enter(std::string_view name) const {
  auto folder = path(name);
  auto procs = folder + "/cgroup.procs";
  UniqueFd fd(::open(procs.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd && ::mkdir(folder.c_str(), 0755) == 0)
    fd.reset(::open(procs.c_str(), O_WRONLY | O_CLOEXEC));
  return fd;
}

bool Cgroups::kill(std::string_view name) const {
  UniqueFd fd(::open((path(name) + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), "1", 1) == 1;
}

void Cgroups::remove(std::string_view name) const { ::rmdir(path(name).c_str()); }
void Cgroups::remove_corner() const { ::rmdir(folder_.c_str()); }

}  // namespace reeve::keeper
