// FileWatch: says which services' files may have been changed by somebody else. Hears it from the
// system, so that nothing happens while nothing does; folders that cannot be watched (a limit of
// the system's, a folder that has gone) have their files looked at every now and then. Domain loop.
#pragma once

#include "async/loop.hpp"
#include "async/readable.hpp"
#include "async/task_group.hpp"
#include "sys/folder_watch.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace reeve::agent {

struct FileWatchSettings {
  Duration settle = std::chrono::milliseconds(250);  // from the first change to being told
  Duration look_every = std::chrono::seconds(30);    // of what cannot be watched
  bool uses_system = true;                           // else everything is looked at
};

class FileWatch {
 public:
  /// Uids of services.
  using Listener = std::function<void(const std::set<std::string>&)>;

  /// `loop` must outlive this.
  FileWatch(async::Loop& loop, FileWatchSettings settings, Listener on_suspects);
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// These are the service's files from now on; their folders, if there, are watched.
  void set(const std::string& service, const std::vector<std::string>& paths);
  void forget(const std::string& service) { set(service, {}); }
  Task<Result<>> stop(Duration limit);

  /// For tests.
  std::size_t unwatched() const { return unwatched_.size(); }

 private:
  struct Folder {
    std::map<std::string, std::string> services;  // by name of the file
  };

  void remove(const std::string& path);
  void add(const std::string& service, const std::string& path);
  void watch(const std::string& folder);
  Task<> listen();
  void hear(const sys::FolderWatch::Event& event);
  void suspect(const Folder& folder);
  void tell_soon();
  void look_later();

  async::Loop& loop_;
  FileWatchSettings settings_;
  Listener on_suspects_;
  std::map<std::string, Folder> folders_;                  // by path
  std::map<std::string, std::vector<std::string>> paths_;  // by service
  std::set<std::string> unwatched_;                        // folders
  std::set<std::string> suspects_;
  std::optional<async::Loop::TimerKey> telling_;
  std::optional<async::Loop::TimerKey> looking_;
  std::unique_ptr<sys::FolderWatch> system_;  // made when the first folder comes
  bool is_stopped_ = false;
  async::TaskGroup tasks_;
};

}  // namespace reeve::agent
