// A number of bytes as supervisord's files write it: 1024, "50MB", "1GB", "64KB" (units of 1024).
#pragma once

#include "base/result.hpp"
#include "json/codec.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace reeve::model {

struct ByteSize {
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 50;

  std::uint64_t bytes = 0;  // at most kMost

  bool operator==(const ByteSize&) const = default;
};

inline constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

Result<ByteSize> parse_byte_size(std::string_view text);
/// With the largest unit that divides it; "0" and odd numbers stand alone.
std::string format_byte_size(ByteSize size);

void read_form(json::Reader& reader, const json::Value& value, ByteSize& out,
               const json::FieldRules& rules, const json::Path& path);
void write_form(std::string& out, ByteSize size);
json::Object form_schema(const ByteSize*);

}  // namespace reeve::model
