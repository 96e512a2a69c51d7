#include "agent/calls.hpp"

#include "async/call.hpp"
#include "base/quote.hpp"
#include "link/codec.hpp"
#include "link/piece.hpp"

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

constexpr std::size_t kMostPiece = 16 * 1024;
// No handler runs longer, whatever a manager says.
constexpr Duration kLongest = std::chrono::hours(24);

}  // namespace

struct Calls::Running {
  Running(async::Loop& loop, const link::Call& call)
      : id(call.id), window(call.credit), changed(loop), task(loop, "call " + call.method) {}

  std::uint64_t id;
  link::SendWindow window;
  async::Notifier changed;
  bool is_heard = true;  // the manager waits for it
  bool is_done = false;
  async::TaskGroup task;
};

Calls::Calls(async::Loop& loop, Send send) : loop_(loop), send_(std::move(send)) {}
Calls::~Calls() = default;

void Calls::add(std::string method, Handler handler) {
  handlers_[std::move(method)] = std::move(handler);
}

void Calls::on_message(const link::Message& message) {
  if (message.call) return on_call(*message.call);
  auto id = message.cancel ? message.cancel->id : message.credit ? message.credit->id : 0;
  auto [begin, end_of_id] = running_.equal_range(id);
  for (auto at = begin; at != end_of_id; ++at) {
    if (!at->second->is_heard) continue;
    if (message.cancel) end(*at->second);
    if (!message.credit) continue;
    at->second->window.add(message.credit->bytes);
    at->second->changed.notify_all();
  }
}

void Calls::on_call(const link::Call& call) {
  forget_ended();
  auto handler = handlers_.find(call.method);
  if (handler == handlers_.end())
    return answer(call.id, fail(Errc::unsupported, "this agent does not know the call {}",
                                quote(call.method)));
  if (running() >= kMost)
    return answer(call.id, fail(Errc::too_many, "{} calls run on this node already", kMost));
  auto at = running_.emplace(call.id, std::make_unique<Running>(loop_, call));
  at->second->task.start(run(at->second.get(), handler->second, call));
}

Task<> Calls::run(Running* running, Handler handler, link::Call call) {
  auto limit = std::clamp<Duration>(call.deadline, Duration::zero(), kLongest);
  auto work = handler(call.arguments, Stream(*this, *running));
  auto outcome = co_await async::within<void>(loop_, limit, std::move(work));
  if (running->is_heard) answer(running->id, outcome);
  running->is_heard = false;
  running->is_done = true;
}

Task<Result<>> Calls::Stream::write(std::string bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    if (!running_->is_heard) co_return fail(Errc::cancelled, "nobody waits for this call");
    auto size = std::min<std::uint64_t>({rest.size(), running_->window.credit(), kMostPiece});
    if (size == 0) {
      CO_TRY(co_await running_->changed.wait());
      continue;
    }
    running_->window.sent(size);
    calls_->send_(link::piece_frame(running_->id, rest.substr(0, size)), net::FrameKind::binary);
    rest.remove_prefix(size);
  }
  co_return Result<>();
}

void Calls::answer(std::uint64_t id, const Result<>& outcome) {
  link::Message message;
  message.answer.emplace();
  message.answer->id = id;
  if (!outcome) {
    message.answer->code = std::string(to_string(outcome.error().code));
    message.answer->message = outcome.error().what;
  }
  send_(link::frame_of(message), net::FrameKind::text);
}

void Calls::end(Running& running) {
  running.is_heard = false;
  running.task.cancel();
}

void Calls::on_lost() {
  for (auto& [id, running] : running_) end(*running);
  forget_ended();
}

// A task's group is empty only after the task's own last step, so it is not let go in there.
void Calls::forget_ended() {
  std::erase_if(running_, [](const auto& item) {
    return item.second->is_done && item.second->task.size() == 0;
  });
}

Task<Result<>> Calls::stop(Duration limit) {
  on_lost();
  auto deadline = loop_.now() + limit;
  for (auto& [id, running] : running_) {
    CO_TRY(co_await running->task.stop(deadline - loop_.now()), "call {}", id);
  }
  co_return Result<>();
}

std::size_t Calls::running() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(running_, [](const auto& item) { return !item.second->is_done; }));
}

}  // namespace reeve::agent
