// The certificate authority of a cluster, ECDSA P-256: pure functions over PEM text. Times are
// passed in. For clocks that are behind, certificates begin an hour early, and a server's with the
// CA: whoever knows the CA knows that it is later. Any thread, but signing costs ~50 µs.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reeve::net {

inline constexpr Duration kCaLife = std::chrono::days(3653);
inline constexpr Duration kServerLife = std::chrono::days(365);
inline constexpr Duration kNodeLife = std::chrono::days(30);

/// A certificate and its private key.
struct Identity {
  std::string certificate_pem;
  std::string key_pem;
};

/// A new key and the request to certify it; the key never leaves the machine that made it.
struct CertificateRequest {
  std::string key_pem;
  std::string request_pem;
};

Result<Identity> make_ca(std::string common_name, WallTime now, Duration life = kCaLife);

/// For a server: `names` are DNS names or IP addresses; the first is the common name too.
Result<Identity> issue_server(const Identity& ca, const std::vector<std::string>& names,
                              WallTime now, Duration life = kServerLife);

Result<CertificateRequest> make_request();
/// The request to certify a key once more.
Result<CertificateRequest> make_request(const std::string& key_pem);

/// Certifies the request's key for `uri` ("reeve://<cluster id>/node/<uid>"), as a client; whatever
/// names the request asks for are ignored. It begins when the CA does and ends `life` after `now`.
/// Answers it as PEM.
Result<std::string> sign_request(const Identity& ca, const std::string& request_pem,
                                 const std::string& uri, WallTime now, Duration life = kNodeLife);

/// What a certificate says, hexadecimal in lower case.
struct CertificateFacts {
  std::string uri;          // its URI name, or ""
  std::string common_name;  // or ""
  std::string serial;
  std::string fingerprint;      // SHA-256 of the certificate
  std::string key_fingerprint;  // SHA-256 of its public key: the same after a renewal of one key
  WallTime not_before;
  WallTime not_after;
};

/// The first certificate in the text.
Result<CertificateFacts> read_certificate(const std::string& pem);

/// All of them, at least one.
Result<std::vector<CertificateFacts>> read_certificates(const std::string& pem);

/// SHA-256 of the public key that a request asks to certify, as CertificateFacts::key_fingerprint.
Result<std::string> request_key_fingerprint(const std::string& request_pem);

}  // namespace reeve::net
