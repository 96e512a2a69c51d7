// How others ask a connected agent for something.
#include "base/log.hpp"
#include "base/quote.hpp"
#include "manager/gateway/sessions.hpp"

namespace reeve::manager {

Result<AgentCallPtr> Sessions::call(const std::string& node, AgentAsk ask) {
  auto known = nodes_.find(node);
  auto name = quote(known ? known->value.name : node);
  auto* session = greeted(node);
  if (!session) return fail(Errc::unavailable, "node {} is not connected", name);
  if (!session->answers_calls)
    return fail(Errc::unsupported, "the agent of node {} is too old to be asked: upgrade it", name);
  TRY_ASSIGN(auto call, agent_calls_.open(session->id, session->socket, std::move(ask)), "node {}",
             name);
  return call;
}

Task<Result<std::string>> Sessions::ask(std::string node, AgentAsk ask) {
  constexpr std::size_t kMost = std::size_t{4} * 1024 * 1024;
  CO_TRY_ASSIGN(auto open, call(node, std::move(ask)));
  auto answer = co_await whole_answer(std::move(open), kMost);
  co_return answer;
}

void Sessions::on_piece(Session& session, const StreamPiece& piece) {
  Result<> taken;
  if (session.is_greeted)
    taken = agent_calls_.on_piece(session.id, piece.call, piece.bytes);
  else
    taken = fail(Errc::invalid, "expected a hello first");
  if (taken) return;
  ++garbage_;
  log::warning("agent sent garbage", {{"node", session.node}, {"why", taken.error().what}});
  dismiss(session, taken.error());
}

}  // namespace reeve::manager
