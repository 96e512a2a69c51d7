// The one encoding of the keeper: messages, specs and the blob of an upgrade are sequences of
// fields, each {u16 tag, u32 length, bytes}, numbers little-endian in 8 bytes. Whoever reads skips
// the tags it does not know, so that versions can differ. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reeve::keeper {

class FieldWriter {
 public:
  void number(std::uint16_t tag, std::int64_t value);
  void text(std::uint16_t tag, std::string_view value);
  /// What was written so far.
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

struct Field {
  std::uint16_t tag = 0;
  std::string_view bytes;  // into what the reader was given

  /// Nothing unless the field is 8 bytes long.
  std::optional<std::int64_t> number() const;
};

class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}
  /// The next field; nothing at the end and where the bytes are damaged.
  std::optional<Field> next();
  /// Whether everything was read and nothing was damaged.
  bool ended_well() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace reeve::keeper
