#include "net/tls/context.hpp"

namespace reeve::net {
namespace {

using tls::Context;

Result<Context> new_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method));
  if (!context) return fail(Errc::internal, "cannot set up TLS: {}", tls::take_error());
  auto* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  // Idle connections give their buffers back; a whole record is read with one system call.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(raw, 1);
  // A resumed session would skip verifying: certificates expire and are revoked meanwhile.
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  return context;
}

Result<> use_identity(SSL_CTX& context, const std::string& chain_pem, const std::string& key_pem) {
  TRY_ASSIGN(auto chain, tls::read_certificates(chain_pem), "in the certificate chain");
  TRY_ASSIGN(auto key, tls::read_key(key_pem));
  bool is_used = SSL_CTX_use_certificate(&context, chain.front().get()) == 1;
  for (std::size_t i = 1; is_used && i < chain.size(); ++i)
    is_used = SSL_CTX_add1_chain_cert(&context, chain[i].get()) == 1;
  if (!is_used) return fail(Errc::invalid, "cannot use the certificate: {}", tls::take_error());
  if (SSL_CTX_use_PrivateKey(&context, key.get()) != 1)
    return fail(Errc::invalid, "the key does not belong to the certificate: {}", tls::take_error());
  return {};
}

Result<> trust(SSL_CTX& context, const std::string& ca_pem, bool announce) {
  TRY_ASSIGN(auto trusted, tls::read_certificates(ca_pem), "in the CA");
  for (auto& ca : trusted) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), ca.get()) != 1)
      return fail(Errc::invalid, "cannot use the CA: {}", tls::take_error());
    if (announce) SSL_CTX_add_client_CA(&context, ca.get());
  }
  return {};
}

int let_expired_in(int is_good, X509_STORE_CTX* store) {
  bool is_old = X509_STORE_CTX_get_error(store) == X509_V_ERR_CERT_HAS_EXPIRED &&
                X509_STORE_CTX_get_error_depth(store) == 0;
  if (is_good || !is_old) return is_good;
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

int verify_mode(ClientCertificate verify) {
  switch (verify) {
    case ClientCertificate::none: return SSL_VERIFY_NONE;
    case ClientCertificate::optional: return SSL_VERIFY_PEER;
    case ClientCertificate::required: return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_NONE;
}

int leave_out_chain(SSL* ssl, void*) {
  if (!SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) return 1;
  SSL_clear_chain_certs(ssl);
  SSL_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN);  // or OpenSSL finds the CA among those we trust
  return 1;
}

Result<Context> server_context(const ServerTlsSettings& settings) {
  TRY_ASSIGN(auto context, new_context(TLS_server_method()));
  TRY(use_identity(*context, settings.chain_pem, settings.key_pem));
  if (settings.verify != ClientCertificate::none)
    TRY(trust(*context, settings.client_ca_pem, true));
  SSL_CTX_set_verify(context.get(), verify_mode(settings.verify),
                     settings.accept_expired ? &let_expired_in : nullptr);
  if (settings.sends_chain_to_strangers_only)
    SSL_CTX_set_cert_cb(context.get(), &leave_out_chain, nullptr);
  return context;
}

/// It is later than when the CA was made, whatever the clock says.
void not_before(X509_STORE_CTX& store, const X509& ca) {
  auto* rules = X509_STORE_CTX_get0_param(&store);
  auto began = tls::to_seconds(tls::to_time(*X509_get0_notBefore(&ca)));
  if (X509_VERIFY_PARAM_get_time(rules) < began) X509_VERIFY_PARAM_set_time(rules, began);
}

/// The server's own chain must hold the CA whose fingerprint we know; it is the one anchor then.
int verify_by_fingerprint(X509_STORE_CTX* store, void* argument) {
  const auto& wanted = *static_cast<const std::string*>(argument);
  auto* sent = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    auto* ca = sk_X509_value(sent, i);
    if (tls::fingerprint(*ca) != wanted) continue;
    auto* anchors = sk_X509_new_null();
    sk_X509_push(anchors, ca);
    X509_STORE_CTX_set0_trusted_stack(store, anchors);
    not_before(*store, *ca);
    int is_good = X509_verify_cert(store);
    X509_STORE_CTX_set0_trusted_stack(store, nullptr);
    sk_X509_free(anchors);
    return is_good;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

}  // namespace

SSL* ServerTls::State::new_connection() const {
  std::lock_guard lock(mutex_);
  return SSL_new(context_.get());
}

void ServerTls::State::set(tls::Context context) {
  std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

ServerTls::ServerTls(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServerTls::~ServerTls() = default;

Result<std::shared_ptr<ServerTls>> ServerTls::create(ServerTlsSettings settings) {
  std::shared_ptr<ServerTls> made(new ServerTls(std::make_unique<State>()));
  TRY(made->reload(std::move(settings)));
  return made;
}

Result<> ServerTls::reload(ServerTlsSettings settings) {
  TRY_ASSIGN(auto context, server_context(settings));
  state_->set(std::move(context));
  return {};
}

ClientTls::ClientTls(std::unique_ptr<State> state) : state_(std::move(state)) {}
ClientTls::~ClientTls() = default;

Result<std::shared_ptr<ClientTls>> ClientTls::create(ClientTlsSettings settings) {
  if (settings.server_name.empty() && settings.ca_fingerprint.empty())
    return fail(Errc::invalid, "expected the name that the server must prove");
  if (settings.ca_pem.empty() && settings.ca_fingerprint.empty())
    return fail(Errc::invalid, "expected a CA to trust, or its fingerprint");
  auto state = std::make_unique<State>();
  TRY_ASSIGN(state->context, new_context(TLS_client_method()));
  state->server_name = std::move(settings.server_name);
  state->ca_fingerprint = std::move(settings.ca_fingerprint);
  auto* context = state->context.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (!settings.ca_pem.empty()) {
    TRY(trust(*context, settings.ca_pem, false));
  } else {
    SSL_CTX_set_cert_verify_callback(context, &verify_by_fingerprint, &state->ca_fingerprint);
  }
  if (!settings.chain_pem.empty()) {
    TRY(use_identity(*context, settings.chain_pem, settings.key_pem));
    state->earliest = tls::to_time(*X509_get0_notBefore(SSL_CTX_get0_certificate(context)));
  }
  return std::shared_ptr<ClientTls>(new ClientTls(std::move(state)));
}

}  // namespace reeve::net
