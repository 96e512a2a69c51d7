#include "net/tls/session.hpp"

#include "base/ip_address.hpp"
#include "net/tls/context.hpp"
#include "sys/build_time.hpp"

#include <boost/asio/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>

namespace reeve::net::tls {
namespace {

class ErrorCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int value) const override {
    const char* reason = ERR_reason_error_string(static_cast<unsigned>(value));
    return reason ? reason : "TLS failed";
  }
};

// The other side refused us: its alert says why, in a word of the protocol.
std::string alert_sentence(int reason) {
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "the other side requires a certificate";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return "the other side does not know the CA of our certificate";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return "the other side says our certificate expired";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return "the other side does not accept our certificate";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return "the client sent no certificate";
    case SSL_R_HTTP_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER: return "the other side does not speak TLS";
    default: return "";
  }
}

std::string verify_sentence(long result) {
  switch (result) {
    case X509_V_OK: return "";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "the certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "the certificate is not yet valid";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return "the certificate is of an unknown CA";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "the certificate is for another name";
    case X509_V_ERR_APPLICATION_VERIFICATION: return "the server's CA has another fingerprint";
    default:
      return fmt::format("the certificate is not valid: {}", X509_verify_cert_error_string(result));
  }
}

Result<std::unique_ptr<SSL, Freed<&SSL_free>>> attach(SSL* made, int fd, WallTime now) {
  std::unique_ptr<SSL, Freed<&SSL_free>> ssl(made);
  if (!ssl || SSL_set_fd(ssl.get(), fd) != 1)
    return fail(Errc::internal, "cannot set up TLS: {}", take_error());
  X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl.get()), to_seconds(now));
  return ssl;
}

}  // namespace

const boost::system::error_category& error_category() {
  static const ErrorCategory category;
  return category;
}

Result<std::unique_ptr<Session>> Session::accept(const ServerTls& tls, int fd, WallTime now) {
  TRY_ASSIGN(auto ssl, attach(tls.state().new_connection(), fd, sys::plausible(now)));
  SSL_set_accept_state(ssl.get());
  return std::unique_ptr<Session>(new Session(ssl.release()));
}

Result<std::unique_ptr<Session>> Session::connect(const ClientTls& tls, int fd, WallTime now) {
  const auto& state = tls.state();
  auto time = sys::plausible(sys::plausible(now), state.earliest);
  TRY_ASSIGN(auto ssl, attach(SSL_new(state.context.get()), fd, time));
  auto* rules = SSL_get0_param(ssl.get());
  if (state.server_name.empty()) {
    // A pinned CA vouches for its servers, whatever their names; its clients' certificates are not
    // for servers and fail.
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
  } else if (IpAddress::parse(state.server_name)) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, state.server_name.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(rules, state.server_name.c_str(), 0);
    // Who pins the CA is a stranger still, who must be sent it.
    if (state.ca_fingerprint.empty())
      SSL_set_tlsext_host_name(ssl.get(), state.server_name.c_str());
  }
  SSL_set_connect_state(ssl.get());
  return std::unique_ptr<Session>(new Session(ssl.release()));
}

Session::~Session() { SSL_free(ssl_); }

Step Session::step(int result, std::size_t bytes) {
  if (result > 0) return {bytes, Want::nothing, {}};
  int number = errno;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ: return {0, Want::read, {}};
    case SSL_ERROR_WANT_WRITE: return {0, Want::write, {}};
    case SSL_ERROR_ZERO_RETURN: return {0, Want::nothing, boost::asio::error::eof};
    case SSL_ERROR_SYSCALL:
      if (ERR_peek_error() == 0) {
        if (number == 0) return {0, Want::nothing, boost::asio::error::eof};
        return {0, Want::nothing, {number, boost::system::system_category()}};
      }
      break;
    default: break;
  }
  auto code = ERR_get_error();
  int reason = ERR_GET_REASON(code);
  failure_ = alert_sentence(reason);
  ERR_clear_error();
  // A peer that closes without the closing alert; whoever reads knows by the length if it matters.
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return {0, Want::nothing, boost::asio::error::eof};
  return {0, Want::nothing, {static_cast<int>(code), error_category()}};
}

Step Session::handshake() {
  ERR_clear_error();
  errno = 0;
  return step(SSL_do_handshake(ssl_), 0);
}

Step Session::read(void* into, std::size_t size) {
  ERR_clear_error();
  errno = 0;
  std::size_t bytes = 0;
  auto done = step(SSL_read_ex(ssl_, into, size, &bytes), bytes);
  is_drained_ = bytes > 0 && !SSL_has_pending(ssl_);
  return done;
}

Step Session::write(const void* from, std::size_t size) {
  ERR_clear_error();
  errno = 0;
  std::size_t bytes = 0;
  return step(SSL_write_ex(ssl_, from, size, &bytes), bytes);
}

void Session::say_goodbye() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::string Session::failure() const {
  auto sentence = verify_sentence(SSL_get_verify_result(ssl_));
  if (!sentence.empty()) return sentence;
  return failure_;
}

void Session::describe(Peer& peer, WallTime now) const {
  peer.is_encrypted = true;
  auto* certificate = SSL_get0_peer_certificate(ssl_);
  if (!certificate) return;
  peer.identity = uri_name(*certificate);
  if (peer.identity.empty()) peer.identity = common_name(*certificate);
  peer.certificate_serial = serial(*certificate);
  peer.key_fingerprint = key_fingerprint(X509_get_X509_PUBKEY(certificate));
  peer.is_certificate_expired = to_time(*X509_get0_notAfter(certificate)) < sys::plausible(now);
}

}  // namespace reeve::net::tls
