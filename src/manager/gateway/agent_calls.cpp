#include "manager/gateway/agent_calls.hpp"

#include "base/utf8.hpp"
#include "link/codec.hpp"

#include <boost/describe/enum_from_string.hpp>

#include <algorithm>
#include <utility>

namespace reeve::manager {
namespace {

constexpr std::size_t kMostSentence = 1024;

// Of an agent's word those codes are believed that cannot be taken for this manager's own answer.
Error error_of(const link::Answer& answer) {
  auto code = Errc::unavailable;
  boost::describe::enum_from_string(answer.code->c_str(), code);
  bool is_its_own = code == Errc::unsupported || code == Errc::too_many || code == Errc::timeout;
  return {is_its_own ? code : Errc::unavailable,
          fmt::format("the agent says: {}",
                      utf8::cut(answer.message.value_or(*answer.code), kMostSentence)),
          "",
          {}};
}

}  // namespace

AgentCall::AgentCall(AgentCalls& calls, std::uint64_t id, std::uint64_t session,
                     std::shared_ptr<net::MessageSocket> socket, const AgentAsk& ask)
    : calls_(calls),
      id_(id),
      session_(session),
      socket_(std::move(socket)),
      deadline_(calls.loop_.now() + ask.limit),
      window_(ask.window),
      changed_(calls.loop_) {
  link::Message message;
  message.call = link::Call{id, ask.method, ask.limit, ask.window, ask.arguments, {}};
  send(message);
}

AgentCall::~AgentCall() {
  calls_.open_.erase(id_);
  if (end_) return;
  link::Message message;
  message.cancel = link::Cancel{id_, {}};
  send(message);
}

void AgentCall::send(const link::Message& message) {
  socket_->send(link::frame_of(message), net::FrameKind::text);
}

Task<Result<std::optional<std::string>>> AgentCall::next() {
  while (waiting_.empty()) {
    if (end_) {
      CO_TRY(Result<>(*end_));
      co_return std::optional<std::string>();
    }
    auto waited = co_await changed_.wait(deadline_);
    if (!waited && waited.error().code == Errc::timeout)
      co_return fail(Errc::timeout, "the agent has not answered in time");
    CO_TRY(std::move(waited));
  }
  auto bytes = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= bytes.size();
  auto grant = window_.read(bytes.size());
  if (grant > 0 && !end_) {
    link::Message message;
    message.credit = link::Credit{id_, grant, {}};
    send(message);
  }
  co_return std::optional(std::move(bytes));
}

Result<> AgentCall::take(std::string_view bytes) {
  if (end_ || bytes.empty()) return {};
  if (!window_.receive(bytes.size()))
    return fail(Errc::invalid, "{} bytes came of a call's stream that had no credit for them",
                bytes.size());
  waiting_.emplace_back(bytes);
  waiting_bytes_ += bytes.size();
  changed_.notify_all();
  return {};
}

void AgentCall::end(Result<> outcome) {
  if (end_) return;
  end_ = std::move(outcome);
  changed_.notify_all();
}

Result<AgentCallPtr> AgentCalls::open(std::uint64_t session,
                                      std::shared_ptr<net::MessageSocket> socket, AgentAsk ask) {
  auto count = std::ranges::count_if(
      open_, [session](const auto& item) { return item.second->session_ == session; });
  if (static_cast<std::size_t>(count) >= kMost)
    return fail(Errc::too_many, "{} calls to this agent are under way already", kMost);
  auto id = next_id_++;
  AgentCallPtr call(new AgentCall(*this, id, session, std::move(socket), ask));
  open_[id] = call.get();
  return call;
}

AgentCall* AgentCalls::find(std::uint64_t session, std::uint64_t call) {
  auto found = open_.find(call);
  bool is_its = found != open_.end() && found->second->session_ == session;
  return is_its ? found->second : nullptr;
}

Result<> AgentCalls::on_piece(std::uint64_t session, std::uint64_t call, std::string_view bytes) {
  auto* open = find(session, call);
  return open ? open->take(bytes) : Result<>();
}

void AgentCalls::on_answer(std::uint64_t session, const link::Answer& answer) {
  auto* open = find(session, answer.id);
  if (open) open->end(answer.code ? Result<>(fail(error_of(answer))) : Result<>());
}

void AgentCalls::on_session_end(std::uint64_t session) {
  for (auto& [id, open] : open_)
    if (open->session_ == session)
      open->end(fail(Errc::unavailable, "the agent's connection has ended"));
}

Task<Result<std::string>> whole_answer(AgentCallPtr call, std::size_t most) {
  std::string whole;
  while (true) {
    CO_TRY_ASSIGN(auto piece, co_await call->next());
    if (!piece) co_return whole;
    if (whole.size() + piece->size() > most)
      co_return fail(Errc::too_large, "the agent's answer is larger than {} bytes", most);
    whole += *piece;
  }
}

}  // namespace reeve::manager
