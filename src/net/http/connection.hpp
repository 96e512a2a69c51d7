// One client's HTTP connection: reads requests, asks the handlers, writes answers in order. A
// synchronous machine (advance) does all that bytes at hand allow; one coroutine does the waiting.
// It is never cancelled from outside: end() and finish() make its waits return. Its shard's loop.
#pragma once

#include "net/http/input.hpp"
#include "net/http/request_parser.hpp"
#include "net/http/response_text.hpp"
#include "net/http/shard.hpp"
#include "net/stream_writer.hpp"

#include <list>
#include <memory>
#include <optional>
#include <string>

namespace reeve::net {

class Connection final : public StreamSink {
 public:
  Connection(std::shared_ptr<Shard> shard, Stream stream, Peer peer,
             std::shared_ptr<const ServerTls> tls);
  ~Connection() override;

  Task<> run();
  /// Instead of run(): says that the server has too many connections.
  Task<> turn_away();

  /// Ends as soon as nothing is in flight.
  void finish();
  /// Ends now.
  void end();
  /// Ends it if its time is over; the shard asks every now and then.
  void check_deadline(Instant now);

  // StreamSink, for the task of a streaming answer.
  Task<Result<>> write(std::string text) override;
  void cut() override { is_cut_ = true; }
  async::Loop& loop() override { return shard_->loop(); }

 private:
  enum class Phase { idle, header, body, handling };
  enum class Next { read, flush, handle, close };

  Task<bool> shake_hands();
  Task<> serve();

  Next advance();
  Next wait_for_more();
  void next_request();
  void admit();
  void begin_answer();
  void respond(Response response);
  void refuse(const Error& error, int status);
  void append_head(const Response& response, std::optional<std::size_t> length);

  Task<> handle();
  Task<> finish_answer(Response response, std::unique_ptr<Request> websocket_request);
  Task<> stream_answer(Response response);
  Task<> drive(std::function<Task<>(StreamWriter)> stream);
  Task<> watch_client();
  void upgrade(Response response, std::unique_ptr<Request> request);

  bool has_unsent() const { return out_sent_ < out_.size() || body_sent_ < body_.view().size(); }
  void send_now();
  void sent(std::size_t bytes);
  Task<Result<>> flush();
  Task<> linger();

  std::shared_ptr<Shard> shard_;
  std::list<Connection*>::iterator place_;
  Stream stream_;
  std::shared_ptr<const ServerTls> tls_;
  std::shared_ptr<const Peer> peer_;
  RequestParser parser_;
  Input input_;

  std::string out_;  // headers and small bodies
  std::size_t out_sent_ = 0;
  Body body_;  // a large one, sent from where it lies
  std::size_t body_sent_ = 0;

  Phase phase_ = Phase::idle;
  Instant phase_began_{};
  Instant deadline_ = Instant::max();
  std::optional<std::size_t> untaken_;  // while flush() waits: what the client had yet to take
  std::uint64_t body_bytes_ = 0;        // of this request, so far

  // Of the request at hand.
  std::string request_id_;
  std::unique_ptr<Response> ready_;  // an answer of try_now that needs waiting
  bool is_admitted_ = false;         // it passed the checks of its header
  bool is_answered_ = false;
  bool is_head_ = false;
  bool is_http_1_0_ = false;

  // Of the connection.
  bool closes_ = false;            // after the answer at hand
  bool is_ended_ = false;          // every wait is to return, the socket is to be closed
  bool has_unread_input_ = false;  // the client is still sending what nobody will read
  bool is_streaming_ = false;
  bool is_stream_done_ = false;
  bool is_cut_ = false;
  bool was_upgraded_ = false;
};

}  // namespace reeve::net
