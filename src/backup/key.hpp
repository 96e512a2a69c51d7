// The keys that come of a passphrase. Slow on purpose: half a second and some memory.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <sodium.h>

#include <array>
#include <string>
#include <utility>

namespace reeve::backup {

struct KeyCost {
  unsigned long long operations = crypto_pwhash_OPSLIMIT_MODERATE;
  std::size_t memory = crypto_pwhash_MEMLIMIT_MODERATE;  // bytes
};

/// Wiped at its end.
struct Keys {
  Keys() = default;
  Keys(Keys&& other) noexcept : stream(other.stream), check(std::move(other.check)) {
    other.wipe();
  }
  Keys& operator=(Keys&&) = delete;
  ~Keys() { wipe(); }
  void wipe() { sodium_memzero(stream.data(), stream.size()); }

  std::array<unsigned char, crypto_secretstream_xchacha20poly1305_KEYBYTES> stream{};
  /// Says whether a passphrase is the right one, and nothing about the other key.
  std::string check;
};

/// Argon2id. `salt` has crypto_pwhash_SALTBYTES.
Result<Keys> derive_keys(const Secret& passphrase, const std::string& salt, const KeyCost& cost);

std::string random_bytes(std::size_t count);
std::string to_hex(std::string_view bytes);
/// Nothing if it is not `count` bytes in hexadecimal.
Result<std::string> from_hex(const std::string& text, std::size_t count);

}  // namespace reeve::backup
