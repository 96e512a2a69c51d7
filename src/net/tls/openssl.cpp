#include "net/tls/openssl.hpp"

#include "base/check.hpp"
#include "net/digest.hpp"
#include "net/tls/record_buffers.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <time.h>

#include <array>

namespace reeve::net::tls {
namespace {

// Before main(), hence before anything has used OpenSSL.
[[maybe_unused]] const bool keeps_record_buffers = keep_record_buffers();

Bio reading(const std::string& text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  CHECK(bio);
  return bio;
}

Bio writing() {
  Bio bio(BIO_new(BIO_s_mem()));
  CHECK(bio);
  return bio;
}

std::string text_of(const Bio& bio) {
  char* begin = nullptr;
  auto size = BIO_get_mem_data(bio.get(), &begin);
  return std::string(begin, static_cast<std::size_t>(size));
}

std::string text_of(const ASN1_STRING& string) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(&string)),
                     static_cast<std::size_t>(ASN1_STRING_length(&string)));
}

// Keys with a passphrase are refused, not asked for on a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

std::string take_error() {
  auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : "unknown reason";
}

Result<std::vector<Certificate>> read_certificates(const std::string& pem) {
  auto bio = reading(pem);
  std::vector<Certificate> found;
  while (auto* next = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr))
    found.emplace_back(next);
  if (found.empty())
    return fail(Errc::invalid, "expected a certificate in PEM form: {}", take_error());
  ERR_clear_error();
  return found;
}

Result<Key> read_key(const std::string& pem) {
  Key key(PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, no_passphrase, nullptr));
  if (!key) return fail(Errc::invalid, "expected a private key in PEM form: {}", take_error());
  return key;
}

Result<SigningRequest> read_request(const std::string& pem) {
  SigningRequest request(
      PEM_read_bio_X509_REQ(reading(pem).get(), nullptr, no_passphrase, nullptr));
  if (!request)
    return fail(Errc::invalid, "expected a certificate request in PEM form: {}", take_error());
  return request;
}

std::string write_certificate(X509& certificate) {
  auto bio = writing();
  CHECK(PEM_write_bio_X509(bio.get(), &certificate) == 1);
  return text_of(bio);
}

std::string write_key(EVP_PKEY& key) {
  auto bio = writing();
  CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio);
}

std::string write_request(X509_REQ& request) {
  auto bio = writing();
  CHECK(PEM_write_bio_X509_REQ(bio.get(), &request) == 1);
  return text_of(bio);
}

std::string uri_name(const X509& certificate) {
  Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI) return text_of(*name->d.uniformResourceIdentifier);
  }
  return "";
}

std::string common_name(const X509& certificate) {
  auto* subject = X509_get_subject_name(&certificate);
  int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return "";
  return text_of(*X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

std::string serial(const X509& certificate) {
  const auto* number = X509_get0_serialNumber(&certificate);
  return to_hex(text_of(*number));
}

std::string fingerprint(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  CHECK(X509_digest(&certificate, EVP_sha256(), digest.data(), &size) == 1);
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

std::string key_fingerprint(X509_PUBKEY* key) {
  unsigned char* bytes = nullptr;
  int size = i2d_X509_PUBKEY(key, &bytes);
  CHECK(size > 0);
  auto digest = sha256(
      std::string_view(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)));
  OPENSSL_free(bytes);
  return digest;
}

WallTime to_time(const ASN1_TIME& time) {
  tm parts{};
  CHECK(ASN1_TIME_to_tm(&time, &parts) == 1);
  auto seconds = std::chrono::seconds(timegm(&parts));
  // Certificates may name the year 9999, which nanoseconds cannot.
  constexpr auto kLatest = std::chrono::floor<std::chrono::seconds>(Duration::max());
  return WallTime(std::min<std::chrono::seconds>(seconds, kLatest));
}

time_t to_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace reeve::net::tls
