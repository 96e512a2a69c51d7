#include "agent/upkeep/file_watch.hpp"

#include "base/log.hpp"

#include <filesystem>
#include <utility>

namespace reeve::agent {
namespace {

std::string folder_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().native();
}
std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().native();
}

}  // namespace

FileWatch::FileWatch(async::Loop& loop, FileWatchSettings settings, Listener on_suspects)
    : loop_(loop),
      settings_(settings),
      on_suspects_(std::move(on_suspects)),
      tasks_(loop, "watch of files") {}

void FileWatch::set(const std::string& service, const std::vector<std::string>& paths) {
  auto& known = paths_[service];
  if (known != paths) {
    for (const auto& path : known) remove(path);
    for (const auto& path : paths) add(service, path);
    known = paths;
  }
  for (const auto& path : paths)
    if (auto folder = folder_of(path); unwatched_.contains(folder)) watch(folder);
  if (paths.empty()) paths_.erase(service);
}

void FileWatch::add(const std::string& service, const std::string& path) {
  auto folder = folder_of(path);
  auto [at, is_new] = folders_.try_emplace(folder);
  at->second.services[name_of(path)] = service;
  if (is_new) watch(folder);
}

void FileWatch::remove(const std::string& path) {
  auto found = folders_.find(folder_of(path));
  if (found == folders_.end()) return;
  found->second.services.erase(name_of(path));
  if (!found->second.services.empty()) return;
  if (system_) system_->remove(found->first);
  unwatched_.erase(found->first);
  folders_.erase(found);
}

void FileWatch::watch(const std::string& folder) {
  if (settings_.uses_system && !system_) {
    auto opened = sys::FolderWatch::open();
    if (opened) {
      system_ = std::make_unique<sys::FolderWatch>(std::move(*opened));
      tasks_.start(listen());
    } else {
      settings_.uses_system = false;
      log::warning("files are looked at now and then", {{"why", opened.error().what}});
    }
  }
  bool is_watched = system_ && system_->add(folder);
  if (is_watched) {
    unwatched_.erase(folder);
  } else {
    unwatched_.insert(folder);
    look_later();
  }
}

Task<> FileWatch::listen() {
  async::Readable readable(loop_, system_->fd());
  while (true) {
    auto ready = co_await readable.wait();
    if (!ready) co_return;
    for (const auto& event : system_->read()) hear(event);
  }
}

void FileWatch::hear(const sys::FolderWatch::Event& event) {
  if (event.folder.empty()) {
    for (const auto& [path, folder] : folders_) suspect(folder);
    return;
  }
  auto folder = folders_.find(event.folder);
  if (folder == folders_.end()) return;
  if (event.name.empty()) {
    unwatched_.insert(event.folder);
    suspect(folder->second);
    look_later();
    return;
  }
  auto service = folder->second.services.find(event.name);
  if (service == folder->second.services.end()) return;
  suspects_.insert(service->second);
  tell_soon();
}

void FileWatch::suspect(const Folder& folder) {
  for (const auto& [name, service] : folder.services) suspects_.insert(service);
  tell_soon();
}

void FileWatch::tell_soon() {
  if (telling_ || is_stopped_) return;
  telling_ = loop_.call_after(settings_.settle, [this] {
    telling_.reset();
    on_suspects_(std::exchange(suspects_, {}));
  });
}

void FileWatch::look_later() {
  if (looking_ || is_stopped_) return;
  looking_ = loop_.call_after(settings_.look_every, [this] {
    looking_.reset();
    for (const auto& path : std::set<std::string>(unwatched_)) {
      suspect(folders_.at(path));
      watch(path);
    }
  });
}

Task<Result<>> FileWatch::stop(Duration limit) {
  is_stopped_ = true;
  if (telling_) loop_.cancel(*std::exchange(telling_, std::nullopt));
  if (looking_) loop_.cancel(*std::exchange(looking_, std::nullopt));
  auto stopped = co_await tasks_.stop(limit);
  co_return stopped;
}

}  // namespace reeve::agent
