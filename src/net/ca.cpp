#include "net/ca.hpp"

#include "base/check.hpp"
#include "base/ip_address.hpp"
#include "net/digest.hpp"
#include "net/tls/openssl.hpp"

#include <openssl/ec.h>

namespace reeve::net {
namespace {

using tls::Certificate;
using tls::Key;

constexpr Duration kEarly = std::chrono::hours(1);

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  CHECK(key);
  return key;
}

void set_common_name(X509_NAME* subject, const std::string& name) {
  CHECK(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.data()),
                                   static_cast<int>(name.size()), -1, 0) == 1);
}

void set_random_serial(X509& certificate) {
  // RFC 5280, 4.1.2.2: positive, at most 20 octets, not to be guessed.
  auto bytes = random_bytes(16);
  bytes[0] = static_cast<char>((bytes[0] & 0x3f) | 0x40);
  tls::Number number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                               static_cast<int>(bytes.size()), nullptr));
  CHECK(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)));
}

/// A version 3 certificate with key, times and serial; not signed yet.
Certificate blank(EVP_PKEY& key, WallTime now, Duration life) {
  Certificate certificate(X509_new());
  CHECK(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  set_random_serial(*certificate);
  CHECK(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), tls::to_seconds(now - kEarly)));
  CHECK(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), tls::to_seconds(now + life)));
  CHECK(X509_set_pubkey(certificate.get(), &key) == 1);
  return certificate;
}

/// `value` in the language of openssl's x509v3_config(5); only constants and checked names go
/// there.
Result<> extend(X509& certificate, X509& issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  tls::Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (!extension || X509_add_ext(&certificate, extension.get(), -1) != 1)
    return fail(Errc::invalid, "cannot put \"{}\" into a certificate: {}", value,
                tls::take_error());
  return {};
}

Result<> sign(X509& certificate, EVP_PKEY& key) {
  if (X509_sign(&certificate, &key, EVP_sha256()) == 0)
    return fail(Errc::internal, "cannot sign a certificate: {}", tls::take_error());
  return {};
}

struct Issuer {
  Certificate certificate;
  Key key;
};

Result<Issuer> read_issuer(const Identity& ca) {
  TRY_ASSIGN(auto certificates, tls::read_certificates(ca.certificate_pem), "in the CA");
  TRY_ASSIGN(auto key, tls::read_key(ca.key_pem), "in the CA");
  if (X509_check_private_key(certificates.front().get(), key.get()) != 1)
    return fail(Errc::invalid, "the CA's key does not belong to its certificate");
  return Issuer{std::move(certificates.front()), std::move(key)};
}

/// Adds what all leaf certificates have, and signs.
Result<std::string> finish_leaf(X509& leaf, const Issuer& issuer, const std::string& usage,
                                const std::string& names) {
  auto& ca = *issuer.certificate;
  X509_set_issuer_name(&leaf, X509_get_subject_name(&ca));
  TRY(extend(leaf, ca, NID_basic_constraints, "critical,CA:FALSE"));
  TRY(extend(leaf, ca, NID_key_usage, "critical,digitalSignature"));
  TRY(extend(leaf, ca, NID_ext_key_usage, usage));
  TRY(extend(leaf, ca, NID_subject_alt_name, names));
  TRY(extend(leaf, ca, NID_authority_key_identifier, "keyid:always"));
  TRY(sign(leaf, *issuer.key));
  return tls::write_certificate(leaf);
}

bool is_plain_name(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:/";
  return !name.empty() && name.find_first_not_of(kAllowed) == name.npos;
}

}  // namespace

Result<Identity> make_ca(std::string common_name, WallTime now, Duration life) {
  auto key = make_key();
  auto ca = blank(*key, now, life);
  set_common_name(X509_get_subject_name(ca.get()), common_name);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  TRY(extend(*ca, *ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  TRY(extend(*ca, *ca, NID_key_usage, "critical,keyCertSign,cRLSign"));
  TRY(extend(*ca, *ca, NID_subject_key_identifier, "hash"));
  TRY(sign(*ca, *key));
  return Identity{tls::write_certificate(*ca), tls::write_key(*key)};
}

Result<Identity> issue_server(const Identity& ca, const std::vector<std::string>& names,
                              WallTime now, Duration life) {
  CHECK(!names.empty());
  TRY_ASSIGN(auto issuer, read_issuer(ca));
  std::string listed;
  for (const auto& name : names) {
    if (!is_plain_name(name))
      return fail(Errc::invalid, "expected a DNS name or an address, got \"{}\"", name);
    if (!listed.empty()) listed += ',';
    listed += IpAddress::parse(name) ? "IP:" : "DNS:";
    listed += name;
  }
  auto key = make_key();
  auto leaf = blank(*key, now, life);
  set_common_name(X509_get_subject_name(leaf.get()), names.front());
  const auto* begin = X509_get0_notBefore(issuer.certificate.get());
  CHECK(X509_set1_notBefore(leaf.get(), begin) == 1);
  TRY_ASSIGN(auto pem, finish_leaf(*leaf, issuer, "serverAuth", listed));
  return Identity{std::move(pem), tls::write_key(*key)};
}

namespace {

Result<CertificateRequest> request_for(const Key& key) {
  tls::SigningRequest request(X509_REQ_new());
  CHECK(request && X509_REQ_set_pubkey(request.get(), key.get()) == 1);
  if (X509_REQ_sign(request.get(), key.get(), EVP_sha256()) == 0)
    return fail(Errc::internal, "cannot sign a certificate request: {}", tls::take_error());
  return CertificateRequest{tls::write_key(*key), tls::write_request(*request)};
}

CertificateFacts facts_of(const X509& certificate) {
  CertificateFacts facts;
  facts.uri = tls::uri_name(certificate);
  facts.common_name = tls::common_name(certificate);
  facts.serial = tls::serial(certificate);
  facts.fingerprint = tls::fingerprint(certificate);
  facts.key_fingerprint = tls::key_fingerprint(X509_get_X509_PUBKEY(&certificate));
  facts.not_before = tls::to_time(*X509_get0_notBefore(&certificate));
  facts.not_after = tls::to_time(*X509_get0_notAfter(&certificate));
  return facts;
}

}  // namespace

Result<CertificateRequest> make_request() { return request_for(make_key()); }

Result<CertificateRequest> make_request(const std::string& key_pem) {
  TRY_ASSIGN(auto key, tls::read_key(key_pem));
  return request_for(key);
}

Result<std::string> sign_request(const Identity& ca, const std::string& request_pem,
                                 const std::string& uri, WallTime now, Duration life) {
  TRY_ASSIGN(auto issuer, read_issuer(ca));
  TRY_ASSIGN(auto request, tls::read_request(request_pem));
  if (!is_plain_name(uri))
    return fail(Errc::invalid, "expected a URI without spaces, got \"{}\"", uri);
  auto* key = X509_REQ_get0_pubkey(request.get());
  if (!key || X509_REQ_verify(request.get(), key) != 1)
    return fail(Errc::invalid, "the certificate request is not signed by its own key");
  auto leaf = blank(*key, now, life);
  // As servers': a clock that is ahead of the others' for a day makes nobody not yet valid.
  CHECK(X509_set1_notBefore(leaf.get(), X509_get0_notBefore(issuer.certificate.get())) == 1);
  return finish_leaf(*leaf, issuer, "clientAuth", "critical,URI:" + uri);
}

Result<CertificateFacts> read_certificate(const std::string& pem) {
  TRY_ASSIGN(auto certificates, tls::read_certificates(pem));
  return facts_of(*certificates.front());
}

Result<std::vector<CertificateFacts>> read_certificates(const std::string& pem) {
  TRY_ASSIGN(auto certificates, tls::read_certificates(pem));
  std::vector<CertificateFacts> facts;
  for (const auto& certificate : certificates) facts.push_back(facts_of(*certificate));
  return facts;
}

Result<std::string> request_key_fingerprint(const std::string& request_pem) {
  TRY_ASSIGN(auto request, tls::read_request(request_pem));
  return tls::key_fingerprint(X509_REQ_get_X509_PUBKEY(request.get()));
}

}  // namespace reeve::net
