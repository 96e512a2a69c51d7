#include "sys/folder_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace reeve::sys {
namespace {

constexpr std::uint32_t kMask = IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM |
                                IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

Result<FolderWatch> FolderWatch::open() {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) return fail(errno_error(errno, "cannot watch files"));
  return FolderWatch(std::move(fd));
}

Result<> FolderWatch::add(const std::string& folder) {
  if (numbers_.contains(folder)) return {};
  int number = ::inotify_add_watch(fd_.get(), folder.c_str(), kMask);
  if (number < 0) return fail(errno_error(errno, "cannot watch " + folder));
  // Two paths may lead to one folder: the later one then speaks for both, so the first is let go.
  if (auto same = folders_.find(number); same != folders_.end()) numbers_.erase(same->second);
  folders_[number] = folder;
  numbers_[folder] = number;
  return {};
}

void FolderWatch::remove(const std::string& folder) {
  auto found = numbers_.find(folder);
  if (found == numbers_.end()) return;
  ::inotify_rm_watch(fd_.get(), found->second);
  folders_.erase(found->second);
  numbers_.erase(found);
}

std::vector<FolderWatch::Event> FolderWatch::read() {
  std::vector<Event> events;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  auto size = ::read(fd_.get(), buffer.data(), buffer.size());
  for (std::size_t at = 0; size > 0 && at < static_cast<std::size_t>(size);) {
    inotify_event event;
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* name = buffer.data() + at + sizeof event;
    at += sizeof event + event.len;
    if (event.mask & IN_Q_OVERFLOW) {
      events.push_back({});
      continue;
    }
    auto folder = folders_.find(event.wd);
    if (folder == folders_.end()) continue;  // of a watch that was taken away
    bool has_gone = event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT);
    if (!has_gone && event.len == 0) continue;  // another mode of the folder itself
    events.push_back({folder->second, has_gone ? "" : name});
    if (has_gone) remove(std::string(folder->second));
  }
  return events;
}

}  // namespace reeve::sys
