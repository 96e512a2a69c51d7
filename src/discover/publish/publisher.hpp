// Publisher: puts the files of lists on the disk, safely and durably, and says of each list whether
// all of it is there. Errors of one list hold up no other. Domain loop; the work itself runs on the
// blocking pool, several lists at a time, with one flush of each folder for all of them.
#pragma once

#include "async/call.hpp"
#include "async/loop.hpp"
#include "async/task_group.hpp"
#include "discover/publish/file_writer.hpp"
#include "discover/publish/publication.hpp"
#include "sys/files.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace reeve::discover {

/// A file as it was written.
struct WrittenFile {
  std::string service;  // uid
  std::string path;
  std::string digest;
  unsigned mode = 0644;
  std::optional<std::string> owner{};  // as of a PlannedFile
};

/// One that is not as it was written.
struct ChangedFile {
  std::string service;  // uid
  std::string path;
  bool has_other_text = true;  // or is gone; else its mode or owner is another
};

class Publisher {
 public:
  /// `files` and `pool` must outlive this.
  Publisher(async::Loop& loop, sys::Files& files, async::BlockingPool& pool,
            PublisherSettings settings);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Any thread.
  const PublisherSettings& settings() const { return settings_; }

  /// Writes what is not there yet and answers in the same order. One call at a time: two lists
  /// never write to one path, for a path belongs to the list that came first. Not cancellable.
  Task<std::vector<Published>> publish(std::vector<Publication> publications);

  /// Those that are others now, or gone: a hint at what to publish again. Not cancellable; this
  /// must outlive it.
  Task<std::vector<ChangedFile>> find_changed(std::vector<WrittenFile> written);

  /// The list is gone: its files stay, its paths are free for others.
  void forget(const std::string& service);

 private:
  struct Batch;

  void claim(Publication& publication);
  /// Takes what others have claimed out of a removal.
  void release(Publication& publication);
  Task<> write_lane(std::shared_ptr<Batch> batch, std::size_t lane);

  async::Loop& loop_;
  sys::Files& files_;
  async::BlockingPool& pool_;
  PublisherSettings settings_;
  std::map<std::string, std::string> owners_;              // path → service uid
  std::map<std::string, std::vector<std::string>> paths_;  // service uid → paths
  std::set<std::string> ownerless_;                        // paths, see FileWriter
  std::set<std::string> clean_;  // folders that hold no half-written files of an earlier life
  async::TaskGroup lanes_;
};

}  // namespace reeve::discover
