// The two sides of TLS as settings that many connections share; OpenSSL stays behind them. TLS 1.2
// and later. Verification takes the time from the connection's loop, names from certificates only.
// Any thread.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>

namespace reeve::net {

enum class ClientCertificate { none, optional, required };

struct ServerTlsSettings {
  std::string chain_pem;  // own certificate first; end it with the CA's where joiners pin the CA
  std::string key_pem;
  std::string client_ca_pem;  // one or more certificates that may have signed a client's
  ClientCertificate verify = ClientCertificate::none;
  /// Lets a client in whose certificate is good but for its age; Peer::is_certificate_expired
  /// tells, and the handler decides.
  bool accept_expired = false;
  /// Who names the server has its CA already: the chain is for those who do not, and pin the CA. A
  /// certificate costs a client more to read than to verify.
  bool sends_chain_to_strangers_only = false;
};

class ServerTls {
 public:
  static Result<std::shared_ptr<ServerTls>> create(ServerTlsSettings settings);
  ~ServerTls();
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;

  /// New connections use these; connections that stand stay as they are. Keeps the old on failure.
  Result<> reload(ServerTlsSettings settings);

  /// For net/ alone.
  class State;
  State& state() const { return *state_; }

 private:
  explicit ServerTls(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct ClientTlsSettings {
  std::string ca_pem;          // the CAs to trust, or "" and …
  std::string ca_fingerprint;  // … the SHA-256 of the CA's certificate, which the server must send
  std::string chain_pem;       // own certificate and key; "" for none
  std::string key_pem;
  /// The DNS name that the server's certificate must carry; with a fingerprint it may be "": any
  /// server of that CA.
  std::string server_name;
};

class ClientTls {
 public:
  static Result<std::shared_ptr<ClientTls>> create(ClientTlsSettings settings);
  ~ClientTls();
  ClientTls(const ClientTls&) = delete;
  ClientTls& operator=(const ClientTls&) = delete;

  /// For net/ alone.
  class State;
  State& state() const { return *state_; }

 private:
  explicit ClientTls(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace reeve::net
