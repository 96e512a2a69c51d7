#include "backup/key.hpp"

namespace reeve::backup {
namespace {

constexpr char kContext[crypto_kdf_CONTEXTBYTES + 1] = "reevebak";
static_assert(crypto_kdf_KEYBYTES == 32 && crypto_secretstream_xchacha20poly1305_KEYBYTES == 32);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Result<Keys> derive_keys(const Secret& passphrase, const std::string& salt, const KeyCost& cost) {
  std::array<unsigned char, crypto_kdf_KEYBYTES> master{};
  auto text = passphrase.view();
  int made = crypto_pwhash(master.data(), master.size(), text.data(), text.size(), bytes_of(salt),
                           cost.operations, cost.memory, crypto_pwhash_ALG_ARGON2ID13);
  if (made != 0)
    return fail(Errc::io,
                "making a key of the passphrase takes {} MiB of memory, which are not there",
                cost.memory >> 20);
  Keys keys;
  crypto_kdf_derive_from_key(keys.stream.data(), keys.stream.size(), 1, kContext, master.data());
  std::array<unsigned char, 32> check{};
  crypto_kdf_derive_from_key(check.data(), check.size(), 2, kContext, master.data());
  keys.check.assign(reinterpret_cast<const char*>(check.data()), check.size());
  sodium_memzero(master.data(), master.size());
  return keys;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  std::string hex(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes_of(bytes), bytes.size());
  hex.pop_back();
  return hex;
}

Result<std::string> from_hex(const std::string& text, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t got = 0;
  int read = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                            text.data(), text.size(), nullptr, &got, nullptr);
  if (read != 0 || got != count)
    return fail(Errc::corrupt, "expected {} bytes in hexadecimal", count);
  return bytes;
}

}  // namespace reeve::backup
