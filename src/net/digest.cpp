#include "net/digest.hpp"

#include "base/check.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>

namespace reeve::net {
namespace {

using Bytes = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string hex_of(const Bytes& bytes, unsigned size) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), size));
}

// Fetched once: EVP_sha256() is looked up among the providers, under a lock, at each use.
const EVP_MD* sha256_method() {
  static const EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(method);
  return method;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string sha256(std::string_view bytes) {
  Bytes digest;
  unsigned size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, sha256_method(), nullptr) ==
        1);
  return hex_of(digest, size);
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1);
  return bytes;
}

std::string random_hex(std::size_t count) { return to_hex(random_bytes(count)); }

}  // namespace reeve::net
