#include "keeper/fields.hpp"

#include <bit>

namespace reeve::keeper {
namespace {

constexpr std::size_t kHead = sizeof(std::uint16_t) + sizeof(std::uint32_t);
static_assert(std::endian::native == std::endian::little);

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T read(std::string_view bytes) {
  T value{};
  bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
  return value;
}

}  // namespace

void FieldWriter::number(std::uint16_t tag, std::int64_t value) {
  append(bytes_, tag);
  append(bytes_, static_cast<std::uint32_t>(sizeof value));
  append(bytes_, value);
}

void FieldWriter::text(std::uint16_t tag, std::string_view value) {
  append(bytes_, tag);
  append(bytes_, static_cast<std::uint32_t>(value.size()));
  bytes_.append(value);
}

std::optional<std::int64_t> Field::number() const {
  if (bytes.size() != sizeof(std::int64_t)) return {};
  return read<std::int64_t>(bytes);
}

std::optional<Field> FieldReader::next() {
  if (rest_.size() < kHead) return {};
  auto tag = read<std::uint16_t>(rest_);
  auto length = read<std::uint32_t>(rest_.substr(sizeof tag));
  if (rest_.size() - kHead < length) return {};
  Field field{tag, rest_.substr(kHead, length)};
  rest_.remove_prefix(kHead + length);
  return field;
}

}  // namespace reeve::keeper
