#include "reeve_bench/frames.hpp"

#include <array>
#include <random>

namespace reeve::bench {
namespace {

constexpr unsigned kFinal = 0x80, kMasked = 0x80, kOpcode = 0x0f, kLength = 0x7f;
// Lengths that say how many bytes of length follow.
constexpr std::size_t kTwoBytes = 126, kEightBytes = 127;

std::array<char, 4> new_mask() {
  static std::minstd_rand random(std::random_device{}());
  auto bits = random();
  return {static_cast<char>(bits), static_cast<char>(bits >> 8), static_cast<char>(bits >> 16),
          static_cast<char>(bits >> 24)};
}

std::size_t big_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

void append_length(std::string& frame, std::size_t length) {
  std::size_t more = length < kTwoBytes ? 0 : length < 65536 ? 2 : 8;
  auto first = more == 0 ? length : more == 2 ? kTwoBytes : kEightBytes;
  frame += static_cast<char>(first | kMasked);
  for (auto i = more; i > 0; --i) frame += static_cast<char>(length >> (8 * (i - 1)));
}

}  // namespace

std::string client_frame(Opcode opcode, std::string_view payload) {
  std::string frame(1, static_cast<char>(static_cast<unsigned>(opcode) | kFinal));
  frame.reserve(payload.size() + 14);
  append_length(frame, payload.size());
  auto mask = new_mask();
  frame.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
  return frame;
}

std::optional<ServerFrame> cut_frame(std::string_view& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  auto first = static_cast<unsigned char>(bytes[0]);
  std::size_t length = static_cast<unsigned char>(bytes[1]) & kLength;
  std::size_t more = length == kTwoBytes ? 2 : length == kEightBytes ? 8 : 0;
  if (bytes.size() < 2 + more) return std::nullopt;
  if (more > 0) length = big_endian(bytes.substr(2, more));
  if (bytes.size() - 2 - more < length) return std::nullopt;
  ServerFrame frame{static_cast<Opcode>(first & kOpcode), (first & kFinal) != 0,
                    bytes.substr(2 + more, length)};
  bytes.remove_prefix(2 + more + length);
  return frame;
}

}  // namespace reeve::bench
