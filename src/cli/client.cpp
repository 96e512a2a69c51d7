#include "cli/client.hpp"

#include "cli/terminal/words.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>

namespace reeve::cli {

namespace {

// How long a manager may prepare a download, and be silent in the middle of one.
constexpr Duration kLongDownload = std::chrono::minutes(10);
constexpr Duration kSilence = std::chrono::minutes(1);
constexpr std::size_t kPage = 1000;
constexpr std::size_t kMostAnswerBytes = std::size_t{256} << 20;

struct WireFault {
  std::string code;
  std::string message;
  std::optional<std::string> field;
};
BOOST_DESCRIBE_STRUCT(WireFault, (), (code, message, field))

struct WireError : WireFault {
  std::vector<WireFault> faults;
};
BOOST_DESCRIBE_STRUCT(WireError, (WireFault), (faults))

struct WireAnswer {
  WireError error;
};
BOOST_DESCRIBE_STRUCT(WireAnswer, (), (error))

Errc code_of(std::string_view name) {
  Errc found = Errc::internal;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<Errc>>([&](auto one) {
    if (name == one.name) found = one.value;
  });
  return found;
}

std::string advice(Errc code, const ServerAddress& server) {
  if (code == Errc::unauthenticated && server.token.empty())
    return "; set REEVE_TOKEN to an API token (`reeve token create`)";
  if (code == Errc::unauthenticated)
    return server.token_origin == kTokenVariable
               ? "; REEVE_TOKEN holds no token of this manager: make one with `reeve token "
                 "create` on its machine"
               : "; the token of " + server.token_origin +
                     " is not valid there: name the folder that its manager runs on with --data "
                     "DIR, or set REEVE_TOKEN";
  if (code == Errc::would_be_empty) return " (here: --force)";
  if (code == Errc::stale) return "; look at it again and repeat";
  return "";
}

Error refusal(const net::ClientResponse& response, const ServerAddress& server) {
  auto answer = json::decode_text<WireAnswer>(response.body, json::Mode::lenient);
  if (!answer || answer->error.message.empty())
    return {Errc::unavailable,
            fmt::format("{} answered {} and no reason; is it a Reeve manager?", server.url,
                        response.status),
            "",
            {}};
  const WireError& wire = answer->error;
  Error error{code_of(wire.code), wire.message, wire.field.value_or(""), {}};
  error.what += advice(error.code, server);
  for (const WireFault& fault : wire.faults)
    error.faults.push_back({fault.code, fault.message, fault.field.value_or("")});
  return error;
}

std::string how_to_start(const ServerAddress& server) {
  if (server.endpoint.is_unix()) return "`reeve agent` starts one on this machine";
  std::filesystem::path origin(server.origin);
  if (origin.filename() == kManagerFile)
    return "`reeve manager --data " + shell_word(origin.parent_path().native()) + "` starts it";
  return "`reeve dev` starts one on this machine";
}

Error unreachable(const Error& problem, const ServerAddress& server) {
  bool is_agent = server.endpoint.is_unix();
  return {problem.code,
          fmt::format("the {} at {} (from {}) does not answer: {}; is it running{}? {}",
                      is_agent ? "agent" : "manager", server.url, server.origin, problem.what,
                      is_agent ? "" : ", and is this the address of its API (port 7700)",
                      how_to_start(server)),
          "",
          {}};
}

}  // namespace

Client::Client(ServerAddress server)
    : server_(std::move(server)),
      loop_(clock_),
      http_(loop_, server_.endpoint),
      tasks_(loop_, "requests") {
  http_.set_max_body_bytes(kMostAnswerBytes);
}

net::ClientRequest Client::request_of(net::Method method, std::string_view path) const {
  net::ClientRequest request;
  request.method = method;
  request.target = "/api/v1" + std::string(path);
  if (deadline_) request.deadline = *deadline_;
  if (!server_.token.empty()) request.headers.add("Authorization", "Bearer " + server_.token);
  return request;
}

Result<json::Value> Client::send(net::Method method, std::string_view path, std::string body) {
  auto request = request_of(method, path);
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  auto response = run(http_.request(std::move(request)));
  if (!response) return fail(failure_of(response.error()));
  if (response->status >= 300) return fail(refusal(*response, server_));
  if (response->body.empty()) return json::Value(json::Object{});
  json::Limits no_limits{.bytes = kMostAnswerBytes};
  return json::parse(response->body, no_limits);
}

Result<> Client::download(std::string_view path, const Sink& sink) {
  auto request = request_of(net::Method::post, path);
  request.deadline = kLongDownload;
  TRY_ASSIGN(auto stream, open(std::move(request)));
  while (true) {
    TRY_ASSIGN(auto part, run(stream->next_part(kSilence)));
    if (!part) return {};
    TRY(sink(*part));
  }
}

Result<std::unique_ptr<net::ClientStream>> Client::open(net::ClientRequest request) {
  auto opened = run(http_.open(std::move(request)));
  if (!opened) return fail(failure_of(opened.error()));
  auto& stream = **opened;
  if (stream.status() < 300) return opened;
  TRY_ASSIGN(auto body, run(stream.rest(kSilence)));
  return fail(refusal({stream.status(), {}, std::move(body)}, server_));
}

Result<std::unique_ptr<net::ClientStream>> Client::open(std::string_view path, Duration patience) {
  auto request = request_of(net::Method::get, path);
  request.deadline = patience;
  return open(std::move(request));
}

// Of a log that is followed nothing may come for long.
Task<Result<>> Client::read(net::ClientRequest request,
                            std::function<Result<>(std::string_view)> sink) {
  constexpr Duration kForEver = std::chrono::hours(48);
  auto opening = http_.open(std::move(request));
  auto stream = co_await std::move(opening);
  if (!stream) co_return fail(failure_of(stream.error()));
  if ((*stream)->status() >= 300) {
    CO_TRY_ASSIGN(auto body, co_await (*stream)->rest(kSilence));
    co_return fail(refusal({(*stream)->status(), {}, std::move(body)}, server_));
  }
  while (true) {
    auto part = co_await (*stream)->next_part(kForEver);
    if (!part) co_return fail(part.error());
    if (!*part) co_return Result<>();
    CO_TRY(sink(**part));
  }
}

Task<> Client::read_into(Task<Result<>> reading, Result<>* outcome) {
  *outcome = co_await std::move(reading);
}

Result<std::vector<Result<>>> Client::read_all(const std::vector<std::string>& paths,
                                               const PartSink& sink) {
  std::vector<Result<>> outcomes(paths.size());
  Result<> sunk;
  for (std::size_t i = 0; i < paths.size() && !is_interrupted_; ++i) {
    auto take = [this, i, &sink, &sunk](std::string_view part) {
      auto taken = sink(i, part);
      if (!taken && sunk) {
        sunk = taken;
        tasks_.cancel();
      }
      return taken;
    };
    tasks_.start(
        read_into(read(request_of(net::Method::get, paths[i]), std::move(take)), &outcomes[i]));
  }
  TRY(async::run_to_end(loop_, tasks_.join()));
  if (is_interrupted_) return fail(Errc::cancelled, "interrupted");
  TRY(std::move(sunk));
  return outcomes;
}

Result<std::optional<std::string>> Client::next_line(net::ClientStream& stream, Duration wait) {
  return run(stream.next_line(wait));
}

Error Client::failure_of(const Error& problem) const {
  return is_interrupted_ ? problem : unreachable(problem, server_);
}

void Client::heed_interrupts() {
  if (!signals_)
    signals_.emplace(loop_, std::initializer_list<int>{SIGINT, SIGTERM},
                     [this](int) { interrupt(); });
}

// A wait that cannot be cancelled, such as for a name to be resolved, loses the word: it is said
// again until the task has heard it.
void Client::interrupt() {
  is_interrupted_ = true;
  tasks_.cancel();
  if (tasks_.size() > 0) loop_.call_after(async::kCancelAgain, [this] { interrupt(); });
}

Result<json::Value> Client::get(std::string_view path) { return send(net::Method::get, path, ""); }

Result<json::Value> Client::put(std::string_view path, const json::Value& body) {
  return send(net::Method::put, path, json::serialize(body));
}

Result<json::Value> Client::patch(std::string_view path, const json::Value& body) {
  return send(net::Method::patch, path, json::serialize(body));
}

Result<json::Value> Client::post(std::string_view path, const json::Value& body) {
  return send(net::Method::post, path, json::serialize(body));
}

Result<json::Value> Client::remove(std::string_view path) {
  return send(net::Method::delete_, path, "");
}

Result<json::Array> Client::items(std::string_view path, std::size_t most) {
  json::Array all;
  std::string cursor;
  do {
    char joint = path.find('?') == path.npos ? '?' : '&';
    std::size_t limit = std::min(kPage, most - all.size());
    std::string page = fmt::format("{}{}limit={}", path, joint, limit);
    if (!cursor.empty()) page += "&cursor=" + net::percent_encode(cursor);
    TRY_ASSIGN(auto answer, get(page));
    json::Object* object = answer.if_object();
    json::Value* found = object ? object->if_contains("items") : nullptr;
    if (!found || !found->is_array())
      return fail(Errc::unavailable, "{} answered no list; is it a Reeve manager?", server_.url);
    for (json::Value& item : found->get_array()) all.push_back(std::move(item));
    json::Value* next = object->if_contains("next");
    cursor = next && next->is_string() ? std::string(next->get_string()) : "";
  } while (!cursor.empty() && all.size() < most);
  return all;
}

Result<> Client::pause(Duration length) { return run(loop_.sleep_for(length)); }

std::string api_path(std::initializer_list<std::string_view> parts) {
  std::string path;
  for (std::string_view part : parts) path += '/' + net::percent_encode(part);
  return path;
}

}  // namespace reeve::cli
