#include "model/byte_size.hpp"

#include "base/quote.hpp"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <utility>

namespace reeve::model {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array kUnits{Unit{"GB", kMiB << 10}, Unit{"MB", kMiB}, Unit{"KB", 1024}};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

}  // namespace

Result<ByteSize> parse_byte_size(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  auto unit = upper(std::string_view(after, static_cast<std::size_t>(end - after)));
  std::uint64_t factor = unit.empty() ? 1 : 0;
  for (const auto& known : kUnits)
    if (unit == known.name) factor = known.bytes;
  if (error != std::errc() || factor == 0)
    return fail(Errc::invalid, "expected bytes such as 1024, \"64KB\", \"50MB\" or \"1GB\", got {}",
                quote(text));
  if (number > ByteSize::kMost / factor)
    return fail(Errc::invalid, "expected at most {}, got {}", format_byte_size({ByteSize::kMost}),
                quote(text));
  return ByteSize{number * factor};
}

std::string format_byte_size(ByteSize size) {
  for (const auto& unit : kUnits)
    if (size.bytes != 0 && size.bytes % unit.bytes == 0)
      return fmt::format("{}{}", size.bytes / unit.bytes, unit.name);
  return fmt::format("{}", size.bytes);
}

void read_form(json::Reader& reader, const json::Value& value, ByteSize& out,
               const json::FieldRules& rules, const json::Path& path) {
  json::Value seen;
  reader.free_form(value, seen, path);
  if (!seen.is_string()) {
    reader.natural(value, out.bytes, ByteSize::kMost, rules, path);
    return;
  }
  auto size = parse_byte_size(std::string_view(seen.get_string()));
  if (size)
    out = *size;
  else
    reader.text_fault(size.error(), rules, path);
}

void write_form(std::string& out, ByteSize size) {
  auto text = format_byte_size(size);
  if (text.back() == 'B')
    json::write_string(out, text);
  else
    out += text;
}

json::Object form_schema(const ByteSize*) {
  json::Object number{{"type", "integer"}, {"minimum", 0}, {"maximum", ByteSize::kMost}};
  json::Object text{{"type", "string"}, {"pattern", "^[0-9]+([KkMmGg][Bb])?$"}};
  return {{"oneOf", json::Array{std::move(number), std::move(text)}}};
}

}  // namespace reeve::model
