#include "store/sqlite/testing/forgetful_disk.hpp"

#include "base/check.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <utility>

namespace reeve::store::testing {
namespace {

constexpr int kJournals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL | SQLITE_OPEN_SUPER_JOURNAL;

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

/// SQLite's handle on a file; the real one lies behind it in the same memory.
struct ForgetfulDisk::File {
  sqlite3_file base;
  ForgetfulDisk* disk;
  Name contents;  // none: a temporary file, which nobody misses
  bool flushes_names;

  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

/// What SQLite calls: the changes are noted, the rest goes through.
struct ForgetfulDisk::Methods {
  /// A method that asks the real file's.
  template <auto method>
  struct Pass;
  template <class Answer, class... Arguments,
            Answer (*sqlite3_io_methods::*method)(sqlite3_file*, Arguments...)>
  struct Pass<method> {
    static Answer call(sqlite3_file* handle, Arguments... arguments) {
      auto* real = File::of(handle).real();
      return (real->pMethods->*method)(real, arguments...);
    }
  };

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* handle, int flags, int* out) {
    auto& disk = *static_cast<ForgetfulDisk*>(vfs->pAppData);
    handle->pMethods = nullptr;
    bool is_made = path && (flags & SQLITE_OPEN_CREATE) != 0 && ::access(path, F_OK) != 0;
    std::lock_guard lock(disk.mutex_);
    if (is_made && disk.power_.spend() != Power::on) return SQLITE_CANTOPEN;
    auto& file = *new (handle) File{{nullptr}, &disk, nullptr, false};
    int code = disk.real_->xOpen(disk.real_, path, file.real(), flags, out);
    if (code != SQLITE_OK) {
      file.~File();
      return code;
    }
    if (path) file.contents = disk.track(path, is_made);
    // SQLite's own VFS flushes the folder with the first flush of a journal that it made.
    file.flushes_names = is_made && (flags & kJournals) != 0;
    file.base.pMethods = table();
    return SQLITE_OK;
  }

  static int close(sqlite3_file* handle) {
    auto& file = File::of(handle);
    int code = file.real()->pMethods->xClose(file.real());
    file.~File();
    return code;
  }

  static int write(sqlite3_file* handle, const void* data, int size, sqlite3_int64 offset) {
    auto& file = File::of(handle);
    auto& disk = *file.disk;
    std::lock_guard lock(disk.mutex_);
    auto power = disk.power_.spend();
    if (power == Power::off) return SQLITE_IOERR_WRITE;
    std::string bytes(static_cast<const char*>(data), static_cast<std::size_t>(size));
    if (file.contents)
      file.contents->changes.push_back({static_cast<std::size_t>(offset), std::move(bytes)});
    if (power == Power::going) return SQLITE_IOERR_WRITE;
    return file.real()->pMethods->xWrite(file.real(), data, size, offset);
  }

  static int truncate(sqlite3_file* handle, sqlite3_int64 size) {
    auto& file = File::of(handle);
    auto& disk = *file.disk;
    std::lock_guard lock(disk.mutex_);
    auto power = disk.power_.spend();
    if (power == Power::off) return SQLITE_IOERR_TRUNCATE;
    if (file.contents)
      file.contents->changes.push_back({static_cast<std::size_t>(size), std::nullopt});
    if (power == Power::going) return SQLITE_IOERR_TRUNCATE;
    return file.real()->pMethods->xTruncate(file.real(), size);
  }

  static int sync(sqlite3_file* handle, int) {
    auto& file = File::of(handle);
    auto& disk = *file.disk;
    std::lock_guard lock(disk.mutex_);
    if (disk.power_.spend() != Power::on) return SQLITE_IOERR_FSYNC;
    if (file.contents) {
      auto& contents = *file.contents;
      for (const auto& change : contents.changes) apply(contents.flushed, change);
      contents.changes.clear();
    }
    if (std::exchange(file.flushes_names, false)) disk.flush_names();
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int flushes_folder) {
    auto& disk = *static_cast<ForgetfulDisk*>(vfs->pAppData);
    std::lock_guard lock(disk.mutex_);
    auto power = disk.power_.spend();
    if (power == Power::off) return SQLITE_IOERR_DELETE;
    if (::access(path, F_OK) == 0) disk.track(path, false);
    int code = disk.real_->xDelete(disk.real_, path, 0);
    if (code != SQLITE_OK) return code;
    disk.rename(path, nullptr);
    if (power == Power::going) return SQLITE_IOERR_DELETE;
    if (flushes_folder != 0) disk.flush_names();
    return SQLITE_OK;
  }

  static int lock_memory(sqlite3_file* handle, int offset, int count, int flags) {
    auto* real = File::of(handle).real();
    return real->pMethods->xShmLock(real, offset, count, flags);
  }
  static int map_memory(sqlite3_file* handle, int page, int size, int extend, void volatile** at) {
    auto* real = File::of(handle).real();
    return real->pMethods->xShmMap(real, page, size, extend, at);
  }

  /// Of version 2: no file is mapped, so that every write is seen.
  static const sqlite3_io_methods* table() {
    static const sqlite3_io_methods kTable = [] {
      sqlite3_io_methods methods{};
      methods.iVersion = 2;
      methods.xClose = close;
      methods.xWrite = write;
      methods.xTruncate = truncate;
      methods.xSync = sync;
      methods.xShmMap = map_memory;
      methods.xShmLock = lock_memory;
      methods.xRead = Pass<&sqlite3_io_methods::xRead>::call;
      methods.xFileSize = Pass<&sqlite3_io_methods::xFileSize>::call;
      methods.xLock = Pass<&sqlite3_io_methods::xLock>::call;
      methods.xUnlock = Pass<&sqlite3_io_methods::xUnlock>::call;
      methods.xCheckReservedLock = Pass<&sqlite3_io_methods::xCheckReservedLock>::call;
      methods.xFileControl = Pass<&sqlite3_io_methods::xFileControl>::call;
      methods.xSectorSize = Pass<&sqlite3_io_methods::xSectorSize>::call;
      methods.xDeviceCharacteristics = Pass<&sqlite3_io_methods::xDeviceCharacteristics>::call;
      methods.xShmBarrier = Pass<&sqlite3_io_methods::xShmBarrier>::call;
      methods.xShmUnmap = Pass<&sqlite3_io_methods::xShmUnmap>::call;
      return methods;
    }();
    return &kTable;
  }
};

ForgetfulDisk::ForgetfulDisk(std::uint64_t seed)
    : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_), random_(seed) {
  vfs_.zName = "forgetful";
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.xOpen = Methods::open;
  vfs_.xDelete = Methods::remove;
  CHECK(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
}

ForgetfulDisk::~ForgetfulDisk() {
  sqlite3_vfs_register(real_, 1);
  sqlite3_vfs_unregister(&vfs_);
}

void ForgetfulDisk::restore() {
  std::lock_guard lock(mutex_);
  for (const auto& [path, meanings] : names_) {
    const auto& kept = meanings[below(meanings.size())];
    if (!kept)
      std::filesystem::remove(path);
    else
      std::ofstream(path, std::ios::binary | std::ios::trunc) << survivor(*kept);
  }
  names_.clear();
  power_.bring_back();
}

ForgetfulDisk::Name ForgetfulDisk::track(const std::string& path, bool is_made) {
  auto known = names_.find(path);
  if (known != names_.end() && known->second.back()) return known->second.back();
  auto contents = std::make_shared<Contents>();
  if (is_made) {
    rename(path, contents);
  } else {
    contents->flushed = read(path);
    names_[path] = {contents};
  }
  return contents;
}

void ForgetfulDisk::rename(const std::string& path, Name to) {
  auto& meanings = names_[path];
  if (meanings.empty()) meanings.push_back(nullptr);
  meanings.push_back(std::move(to));
}

void ForgetfulDisk::flush_names() {
  for (auto& [path, meanings] : names_) meanings.erase(meanings.begin(), meanings.end() - 1);
}

/// All of what was not flushed, nothing, a first part of it, or some of it.
std::string ForgetfulDisk::survivor(const Contents& contents) {
  auto bytes = contents.flushed;
  auto count = contents.changes.size();
  auto whole = std::array<std::size_t, 4>{0, count, below(count + 1), count}[below(4)];
  bool is_some = below(2) == 0;
  for (std::size_t i = 0; i < whole; ++i)
    if (!is_some || below(2) == 0) apply(bytes, contents.changes[i]);
  if (whole == count) return bytes;
  auto torn = contents.changes[whole];
  if (torn.bytes) torn.bytes->resize(below(torn.bytes->size() + 1));
  if (torn.bytes) apply(bytes, torn);
  return bytes;
}

std::size_t ForgetfulDisk::below(std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
}

void ForgetfulDisk::apply(std::string& bytes, const Change& change) {
  if (!change.bytes) {
    bytes.resize(change.offset);
    return;
  }
  if (bytes.size() < change.offset + change.bytes->size())
    bytes.resize(change.offset + change.bytes->size());
  bytes.replace(change.offset, change.bytes->size(), *change.bytes);
}

}  // namespace reeve::store::testing
