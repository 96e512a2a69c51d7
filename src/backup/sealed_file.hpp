// The file of a backup: a header that says its format and how it is sealed, then bytes, plain or
// encrypted under a passphrase. Blocking; one thread at a time.
#pragma once

#include "backup/bytes.hpp"
#include "backup/key.hpp"
#include "base/secret.hpp"

#include <sodium.h>

#include <optional>
#include <string>

namespace reeve::backup {

using Passphrase = std::optional<Secret>;

namespace detail {
inline constexpr std::size_t kChunk = std::size_t{64} * 1024;
}  // namespace detail

class SealedWriter {
 public:
  /// Without a passphrase the bytes are written as they are; `cost` is what its key takes to make,
  /// here and at each try to open the file.
  static Result<SealedWriter> create(const std::filesystem::path& path,
                                     const Passphrase& passphrase, const KeyCost& cost = {});

  Result<> write(std::string_view bytes);
  /// After the last write; the file is whole, without its name still.
  Result<> finish();
  Result<> publish(Existing existing) { return file_.publish(existing); }
  std::filesystem::path readable_path() const { return file_.readable_path(); }

 private:
  explicit SealedWriter(NewFile file) : file_(std::move(file)) {}
  Result<> seal(const Secret& passphrase, const KeyCost& cost);
  Result<> push(std::string_view chunk, unsigned char tag);

  NewFile file_;
  bool is_sealed_ = false;
  crypto_secretstream_xchacha20poly1305_state state_{};
  std::string header_;  // the first chunk's additional data
  std::string waiting_;
};

class SealedReader {
 public:
  /// Reads the header: `invalid` if it is no backup, `unsupported` if it is a newer Reeve's.
  static Result<SealedReader> open(const std::filesystem::path& path);

  bool is_sealed() const { return is_sealed_; }
  /// Before reading a sealed one; `forbidden` if that is not the passphrase.
  Result<> unlock(const Secret& passphrase);

  /// `most` bytes, fewer at the end alone. `corrupt` where it is damaged or cut short.
  Result<std::string> read(std::size_t most);
  /// Without its end; `corrupt` if none comes within `most` bytes.
  Result<std::string> read_line(std::size_t most);

 private:
  explicit SealedReader(InFile file) : file_(std::move(file)) {}
  Result<> read_header();
  Result<std::string> header_line();
  Result<> fill();

  InFile file_;
  bool is_sealed_ = false;
  bool is_at_end_ = false;
  crypto_secretstream_xchacha20poly1305_state state_{};
  std::string header_;
  std::string salt_, check_, stream_header_;
  unsigned long long operations_ = 0;
  std::size_t memory_ = 0;
  std::string waiting_;
};

}  // namespace reeve::backup
