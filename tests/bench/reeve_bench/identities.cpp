#include "reeve_bench/identities.hpp"

#include "agent/join.hpp"
#include "reeve_bench/parallel.hpp"

#include <fstream>
#include <utility>

namespace reeve::bench {
namespace {

constexpr std::size_t kAtOnce = 64;

/// One line of the file.
struct Kept {
  agent::Identity identity;
  std::string key;
  std::string certificate;
  std::string ca;
};
BOOST_DESCRIBE_STRUCT(Kept, (), (identity, key, certificate, ca))

std::filesystem::path file_of(const JoinPlan& plan) { return plan.folder / "identities"; }

Result<std::vector<agent::Credentials>> read_kept(const JoinPlan& plan) {
  std::vector<agent::Credentials> nodes;
  std::ifstream file(file_of(plan));
  for (std::string line; nodes.size() < plan.count && std::getline(file, line);) {
    TRY_ASSIGN(auto kept, json::decode_text<Kept>(line, json::Mode::lenient), "in {}",
               file_of(plan).native());
    nodes.push_back({std::move(kept.identity), std::move(kept.key), std::move(kept.certificate),
                     std::move(kept.ca)});
  }
  return nodes;
}

Result<> keep(const JoinPlan& plan, const std::vector<agent::Credentials>& nodes) {
  std::error_code ignored;  // the write below says what is wrong with the folder
  std::filesystem::create_directories(plan.folder, ignored);
  std::ofstream file(file_of(plan));
  for (const auto& node : nodes)
    file << json::encode_text(Kept{node.identity, node.key_pem, node.certificate_pem, node.ca_pem})
         << '\n';
  if (!file.flush()) return fail(Errc::unavailable, "cannot write {}", file_of(plan).native());
  return {};
}

class Joiner {
 public:
  Joiner(async::Loop& loop, const JoinPlan& plan, std::vector<agent::Credentials>& nodes)
      : loop_(loop), plan_(plan), nodes_(nodes) {}

  Task<Result<>> join(std::size_t index) {
    agent::JoinOrder order;
    order.token = plan_.token;
    order.name = fmt::format("bench-{:05}", index);
    order.machine_id = fmt::format("{:032x}", index);
    CO_TRY_ASSIGN(order.key, net::make_request());
    order.managers = {plan_.link};
    CO_TRY_ASSIGN(nodes_[index], co_await agent::join(loop_, std::move(order)));
    co_return Result<>();
  }

 private:
  async::Loop& loop_;
  const JoinPlan& plan_;
  std::vector<agent::Credentials>& nodes_;
};

}  // namespace

Task<Result<std::vector<agent::Credentials>>> find_or_join(async::Loop& loop, JoinPlan plan) {
  CO_TRY_ASSIGN(auto nodes, read_kept(plan));
  auto known = nodes.size();
  if (known == plan.count) co_return nodes;
  nodes.resize(plan.count);
  Joiner joiner(loop, plan, nodes);
  auto join = [&joiner, known](std::size_t index) { return joiner.join(known + index); };
  CO_TRY(co_await in_parallel(loop, plan.count - known, kAtOnce, join), "joining");
  CO_TRY(keep(plan, nodes));
  co_return nodes;
}

}  // namespace reeve::bench
