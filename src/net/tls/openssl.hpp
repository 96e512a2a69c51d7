// OpenSSL's objects with owners, and its PEM texts and errors. Private to net/: nothing else sees
// OpenSSL. Plain functions; any thread.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::net::tls {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
inline void free_names(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }

using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using SigningRequest = std::unique_ptr<X509_REQ, Freed<&X509_REQ_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Freed<&BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, Freed<&BN_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<&free_names>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<&X509_EXTENSION_free>>;

/// The oldest error of this thread's queue as a sentence; empties the queue.
std::string take_error();

/// Every certificate in the text, at least one.
Result<std::vector<Certificate>> read_certificates(const std::string& pem);
Result<Key> read_key(const std::string& pem);
Result<SigningRequest> read_request(const std::string& pem);

std::string write_certificate(X509& certificate);
std::string write_key(EVP_PKEY& key);
std::string write_request(X509_REQ& request);

/// The first URI among the alternative names, or "".
std::string uri_name(const X509& certificate);
std::string common_name(const X509& certificate);
std::string serial(const X509& certificate);
/// SHA-256 of the whole certificate, lower-case hexadecimal.
std::string fingerprint(const X509& certificate);
/// SHA-256 of a public key in its standard form, lower-case hexadecimal.
std::string key_fingerprint(X509_PUBKEY* key);
WallTime to_time(const ASN1_TIME& time);
time_t to_seconds(WallTime time);

}  // namespace reeve::net::tls
