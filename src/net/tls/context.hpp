// What ServerTls and ClientTls hide: OpenSSL contexts set up from settings. Any thread.
#pragma once

#include "net/tls.hpp"
#include "net/tls/openssl.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace reeve::net {

class ServerTls::State {
 public:
  /// Connections keep the context they began with alive (OpenSSL counts).
  SSL* new_connection() const;
  void set(tls::Context context);

 private:
  mutable std::mutex mutex_;
  tls::Context context_;
};

class ClientTls::State {
 public:
  tls::Context context;
  std::string server_name;
  std::string ca_fingerprint;
  WallTime earliest{};  // when our own certificate began: it is later now, whatever the clock says
};

}  // namespace reeve::net
