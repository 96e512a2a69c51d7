// GET /api/v1/programs/{program}/processes/{node}/{process}/log
#include "async/call.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"
#include "link/log_call.hpp"
#include "link/log_query.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/program_view.hpp"
#include "model/name.hpp"
#include "net/query.hpp"
#include "net/stream_writer.hpp"

#include <algorithm>
#include <utility>

namespace reeve::manager::api {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestRead = 1h;
constexpr Duration kLongestFollow = 24h;
constexpr std::uint64_t kWindow = std::uint64_t{256} * 1024;

/// A log under way. Its call is the domain loop's, which this, dropped anywhere, gives it back to.
class OpenLog {
 public:
  OpenLog(const Context& context, Caller reader, AgentCallPtr call, std::string first)
      : context_(context),
        reader_(std::move(reader)),
        call_(std::move(call)),
        first_(std::move(first)) {}
  ~OpenLog() {
    context_.domain.post([call = std::shared_ptr<AgentCall>(std::move(call_))] {});
  }
  OpenLog(const OpenLog&) = delete;
  OpenLog& operator=(const OpenLog&) = delete;

  /// Once, for the I/O loop that the answer goes out on.
  Task<> send(net::StreamWriter writer);

 private:
  Task<Result<std::optional<std::string>>> next();

  const Context& context_;
  Caller reader_;
  AgentCallPtr call_;
  std::string first_;  // what came with its head
};
using OpenLogPtr = std::shared_ptr<OpenLog>;  // of a Response, which is copied

/// Ends with the right to read it. Domain loop.
Task<Result<std::optional<std::string>>> OpenLog::next() {
  auto piece = co_await call_->next();
  const auto& token = reader_.token->value;
  bool may_read = context_.catalog.snapshot()->tokens.find(token.uid) != nullptr &&
                  (!token.expires || *token.expires > context_.clock.wall());
  if (!may_read) co_return fail(Errc::unauthenticated, "its token is not valid any more");
  co_return piece;
}

/// Where the node goes away the answer is cut: a log that ends well is one that was read to its
/// end.
Task<> OpenLog::send(net::StreamWriter writer) {
  auto piece = std::exchange(first_, {});
  while (true) {
    if (!piece.empty()) {
      auto written = co_await writer.write(std::move(piece));
      if (!written) co_return;
    }
    auto came = co_await async::on_loop_until_cancelled(context_.domain, next());
    if (!came) {
      log::debug("a log ends early", {{"why", came.error().what}});
      co_return writer.cut();
    }
    if (!*came) co_return;
    piece = std::move(**came);
  }
}

Task<> send(OpenLogPtr log, net::StreamWriter writer) {
  auto sending = log->send(writer);
  co_await std::move(sending);
}

/// Where the program runs it, by the process' own name and node.
Result<std::string> node_of(const model::StoredProgram& program, const store::Snapshot& snapshot,
                            const std::string& node, const std::string& process) {
  std::optional<std::string> uid;
  for_each_node(program, snapshot, [&](const model::StoredNode& one) {
    if (model::fold(one.name) == model::fold(node)) uid = one.uid;
  });
  if (!uid)
    return fail(Errc::not_found, "program {} is not placed on node {}", quote(program.name),
                quote(node));
  for (std::uint32_t i = 0; i < program.numprocs; ++i)
    if (model::process_name(program.name, i, program.numprocs) == process) return *uid;
  return fail(Errc::not_found, "program {} has no process {}", quote(program.name), quote(process));
}

// Domain loop.
Task<Result<OpenLogPtr>> open_log(Call call, link::LogCall asked) {
  auto snapshot = call.context.catalog.snapshot();
  CO_TRY_ASSIGN(auto program, find_program(*snapshot, call.param("program")));
  CO_TRY_ASSIGN(auto node,
                node_of(program->value, *snapshot, call.param("node"), call.param("process")));
  asked.program = program->value.uid;
  AgentAsk ask;
  ask.method = link::kLogCall;
  ask.arguments = json::encode(asked);
  ask.limit = asked.follow ? kLongestFollow : kLongestRead;
  ask.window = kWindow;
  CO_TRY_ASSIGN(auto opened, call.context.call_agent(node, std::move(ask)));
  std::string head;
  while (head.find('\n') == head.npos) {
    CO_TRY_ASSIGN(auto piece, co_await opened->next());
    if (!piece || head.size() > kWindow)
      co_return fail(Errc::unavailable, "the agent of node {} answered nonsense",
                     quote(call.param("node")));
    head += *piece;
  }
  head.erase(0, head.find('\n') + 1);
  co_return std::make_shared<OpenLog>(call.context, call.caller, std::move(opened),
                                      std::move(head));
}

}  // namespace

Task<Result<Response>> read_program_log(Call call) {
  CO_TRY_ASSIGN(auto asked, link::log_call_of(call.request, call.context.clock.wall()));
  asked.process = call.param("process");
  auto opening = open_log(call, std::move(asked));
  CO_TRY_ASSIGN(auto log, co_await async::on_loop(call.context.domain, std::move(opening)));
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.stream = [log](net::StreamWriter writer) { return send(log, writer); };
  co_return response;
}

}  // namespace reeve::manager::api
