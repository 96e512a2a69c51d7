// The API of a manager, from blocking code: one request after the other on a loop of its own, run
// by the calling thread. Every answer that is not a success is an Error. One thread.
#pragma once

#include "async/run_to_end.hpp"
#include "async/signals.hpp"
#include "async/task_group.hpp"
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

  /// GETs all of these at once, and gives what comes of each to `sink` as it comes; fails when that
  /// does. Answers how each ended.
  using PartSink = std::function<Result<>(std::size_t which, std::string_view part)>;
  Result<std::vector<Result<>>> read_all(const std::vector<std::string>& paths,
                                         const PartSink& sink);

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

  /// An answer without an end, which begins within `patience`, and its next line: nothing when it
  /// has ended all the same, `timeout` after `wait` without one.
  Result<std::unique_ptr<net::ClientStream>> open(std::string_view path, Duration patience);
  Result<std::optional<std::string>> next_line(net::ClientStream& stream, Duration wait);

  /// For waits between requests.
  Result<> pause(Duration length);

  /// From now on Ctrl-C and TERM end what is under way here, and all that comes, with `cancelled`.
  void heed_interrupts();
  bool is_interrupted() const { return is_interrupted_; }

  /// For all of a request; 30 s if not set.
  void set_deadline(Duration deadline) { deadline_ = deadline; }
  const sys::Clock& clock() const { return clock_; }

  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);

 private:
  net::ClientRequest request_of(net::Method method, std::string_view path) const;
  Result<json::Value> send(net::Method method, std::string_view path, std::string body);
  Result<std::unique_ptr<net::ClientStream>> open(net::ClientRequest request);
  Task<Result<>> read(net::ClientRequest request, std::function<Result<>(std::string_view)> sink);
  Task<> read_into(Task<Result<>> reading, Result<>* outcome);
  Error failure_of(const Error& problem) const;

  /// The task's outcome, unless it is interrupted first.
  template <class T>
  Result<T> run(Task<Result<T>> task) {
    std::optional<Result<T>> outcome;
    if (!is_interrupted_) {
      tasks_.start(keep(std::move(task), &outcome));
      TRY(async::run_to_end(loop_, tasks_.join()));
    }
    if (is_interrupted_ || !outcome) return fail(Errc::cancelled, "interrupted");
    return std::move(*outcome);
  }
  template <class T>
  static Task<> keep(Task<Result<T>> task, std::optional<Result<T>>* outcome) {
    *outcome = co_await std::move(task);
  }
  void interrupt();

  ServerAddress server_;
  sys::SystemClock clock_;
  async::Loop loop_;
  net::HttpClient http_;
  async::TaskGroup tasks_;
  std::optional<async::Signals> signals_;
  std::optional<Duration> deadline_;
  bool is_interrupted_ = false;
};

/// "/services/pay/instances/10.0.0.1%3A80": each part encoded, with a slash before it.
std::string api_path(std::initializer_list<std::string_view> parts);

}  // namespace reeve::cli
