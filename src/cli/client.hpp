// The API of a manager, from blocking code: one request after the other on a loop of its own, run
// by the calling thread. Every answer that is not a success is an Error. One thread.
#pragma once

#include "async/loop.hpp"
#include "cli/server_address.hpp"
#include "json/codec.hpp"
#include "net/client.hpp"
#include "sys/clock.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::cli {

/// A list, as it came and as what it is.
template <class T>
struct Listed {
  json::Value json;  // {"items": […]}
  std::vector<T> items;
};

class Client {
 public:
  explicit Client(ServerAddress server);

  const ServerAddress& server() const { return server_; }

  /// `path` is relative to /api/v1 and percent-encoded: see api_path(). An answer without a body is
  /// an empty object.
  Result<json::Value> get(std::string_view path);
  Result<json::Value> put(std::string_view path, const json::Value& body);
  Result<json::Value> patch(std::string_view path, const json::Value& body);
  Result<json::Value> post(std::string_view path, const json::Value& body);
  Result<json::Value> remove(std::string_view path);

  /// POSTs, and gives the answer to `sink` part by part.
  using Sink = std::function<Result<>(std::string_view part)>;
  Result<> download(std::string_view path, const Sink& sink);

  template <class T>
  Result<T> get_as(std::string_view path) {
    TRY_ASSIGN(auto value, get(path));
    return json::decode<T>(value, json::Mode::lenient);
  }

  /// Every page of a list, or its newest `most` items.
  Result<json::Array> items(std::string_view path, std::size_t most = kAll);

  template <class T>
  Result<Listed<T>> list(std::string_view path, std::size_t most = kAll) {
    Listed<T> out;
    TRY_ASSIGN(auto found, items(path, most));
    for (const json::Value& item : found) {
      TRY_ASSIGN(T one, json::decode<T>(item, json::Mode::lenient), "in the manager's answer");
      out.items.push_back(std::move(one));
    }
    out.json = json::Object{{"items", std::move(found)}};
    return out;
  }

  /// For waits between requests.
  void pause(Duration length);
  const sys::Clock& clock() const { return clock_; }

  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);

 private:
  net::ClientRequest request_of(net::Method method, std::string_view path) const;
  Result<json::Value> send(net::Method method, std::string_view path, std::string body);

  ServerAddress server_;
  sys::SystemClock clock_;
  async::Loop loop_;
  net::HttpClient http_;
};

/// "/services/pay/instances/10.0.0.1%3A80": each part encoded, with a slash before it.
std::string api_path(std::initializer_list<std::string_view> parts);

}  // namespace reeve::cli
