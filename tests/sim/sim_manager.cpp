#include "sim/sim_manager.hpp"

#include "base/check.hpp"

#include <utility>

namespace reeve::sim {
namespace {

using namespace std::chrono_literals;
using manager::testing::DesiredState;

/// The manager's end of a connection, with the witness listening in.
class Overheard final : public net::MessageSocket {
 public:
  Overheard(std::shared_ptr<net::MessageSocket> socket, Witness& witness)
      : socket_(std::move(socket)), witness_(witness) {}

  void start(net::SocketEvents events) override {
    auto heard = [&witness = witness_, node = peer().identity, next = std::move(events.on_frame)](
                     std::string_view frame, net::FrameKind kind) {
      if (frame.starts_with(R"({"goodbye")"))
        witness.heard_goodbye(node);
      else
        witness.heard_from(node);
      next(frame, kind);
    };
    events.on_frame = std::move(heard);
    socket_->start(std::move(events));
  }
  void send(net::Frame frame, net::FrameKind kind) override {
    socket_->send(std::move(frame), kind);
  }
  void close(net::CloseCode code, std::string reason) override {
    socket_->close(code, std::move(reason));
  }
  std::size_t queued_bytes() const override { return socket_->queued_bytes(); }
  const net::Peer& peer() const override { return socket_->peer(); }
  async::Loop& loop() override { return socket_->loop(); }

 private:
  std::shared_ptr<net::MessageSocket> socket_;
  Witness& witness_;
};

}  // namespace

/// One process, in the order of manager/manager.cpp.
struct SimManager::Life {
  Life(DesiredState& state, manager::SessionSettings settings)
      : catalog(state.loop, state.store),
        editor(state.loop.clock(), state.store, catalog),
        notices(state.loop, state.store),
        hold(state.loop, state.store, catalog, editor, notices),
        nodes(catalog),
        planner(catalog),
        refusals(state.loop, editor),
        sessions(state.loop, state.cluster, catalog, nodes, planner, fleet, notices, hold,
                 settings) {
    manager::SessionCalls calls;
    calls.on_refused = [this](manager::Refusal refusal) { refusals.note(std::move(refusal)); };
    sessions.set_calls(std::move(calls));
  }

  Task<Result<>> start() {
    CO_TRY(co_await catalog.start());
    CO_TRY(co_await hold.start());
    co_return Result<>();
  }

  Task<Result<>> stop() {
    CO_TRY(co_await sessions.stop(10s));
    CO_TRY(co_await refusals.stop(10s));
    CO_TRY(co_await hold.stop(10s));
    CO_TRY(co_await notices.stop(10s));
    CO_TRY(co_await catalog.stop());
    co_return Result<>();
  }

  store::Catalog catalog;
  manager::Fleet fleet;
  manager::Editor editor;
  manager::Notices notices;
  manager::Hold hold;
  manager::NodeIndex nodes;
  manager::Planner planner;
  manager::RefusalLog refusals;
  manager::Sessions sessions;
};

SimManager::SimManager(DesiredState& state, net::testing::MemoryNetwork& network,
                       net::Endpoint where, Witness& witness, manager::SessionSettings settings)
    : state_(state),
      network_(network),
      where_(std::move(where)),
      witness_(witness),
      settings_(settings) {}

SimManager::~SimManager() {
  if (life_) kill();
}

void SimManager::start() {
  life_ = std::make_unique<Life>(state_, settings_);
  life_->fleet.on_change([this](const manager::Fleet::Change& change) {
    if (!change.lists.empty()) return;
    if (state_of(change.node) == model::NodeState::down) witness_.shown_down(change.node);
  });
  auto started = state_.loop.start(life_->start());
  state_.loop.settle();
  CHECK(started.is_done() && started.value());
  witness_.manager_is_up(state_.store.head());
  network_.listen(where_, [this](std::shared_ptr<net::MessageSocket> socket,
                                 const net::DialRequest&) { return accept(std::move(socket)); });
}

Result<> SimManager::accept(std::shared_ptr<net::MessageSocket> socket) {
  auto node = socket->peer().identity;
  TRY(manager::check_enrolled(life_->nodes, node, socket->peer().key_fingerprint));
  life_->sessions.adopt(std::make_shared<Overheard>(std::move(socket), witness_), node);
  return {};
}

void SimManager::stop() { end(); }

void SimManager::kill() {
  network_.stop_listening(where_);
  for (const auto& item : life_->catalog.snapshot()->nodes) network_.cut(item.value->value.uid);
  state_.loop.settle();
  end();
}

void SimManager::end() {
  network_.stop_listening(where_);
  witness_.manager_is_gone();
  auto stopped = state_.loop.start(life_->stop());
  state_.loop.advance_until([&] { return stopped.is_done(); }, 1min);
  CHECK(stopped.is_done());
  state_.loop.settle();
  life_.reset();
  state_.loop.settle();
}

bool SimManager::is_in_hold() const { return life_->hold.is_on(); }

void SimManager::resume() {
  auto resumed = state_.loop.start(life_->hold.resume(manager::ourselves()));
  state_.loop.settle();
  CHECK(resumed.is_done() && resumed.value());
}

std::string SimManager::wished_digest(const std::string& node) const {
  return manager::plan_digest(*life_->planner.plan_of(node));
}

model::NodeState SimManager::state_of(const std::string& node) const {
  return life_->fleet.node(node).state;
}

}  // namespace reeve::sim
