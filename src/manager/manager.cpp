#include "manager/manager.hpp"

#include "base/log.hpp"
#include "manager/api/api.hpp"
#include "manager/audit_pruner.hpp"
#include "manager/backups.hpp"
#include "manager/bootstrap.hpp"
#include "manager/ca_rotation.hpp"
#include "manager/departures.hpp"
#include "manager/gateway/gateway.hpp"
#include "manager/history_pruner.hpp"
#include "manager/kernel_services.hpp"
#include "manager/list_alarms.hpp"
#include "manager/node_removals.hpp"
#include "manager/revisions_in_use.hpp"
#include "manager/token_secret.hpp"
#include "manager/uid.hpp"
#include "net/server.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <optional>
#include <vector>

namespace reeve::manager {
namespace {

// What an operator does about a port that cannot be had.
Error with_advice(Error error, const char* what, const char* option) {
  error.what = fmt::format("{}: {}; end the program that has the port, or choose another with {}",
                           what, error.what, option);
  return error;
}

}  // namespace

// The parts in the order of their making; each refers to those before it.
class Manager::Wiring {
 public:
  Wiring(async::Loop& domain, net::IoLoops& io, async::BlockingPool& pool, Settings settings)
      : domain_(domain), io_(io), pool_(pool), settings_(std::move(settings)) {}

  Task<Result<>> start();
  Task<Result<>> stop(Duration limit);
  Task<Result<std::string>> create_join_token();

  net::Endpoint console_, link_;
  std::string token_;

 private:
  Result<> open_store();
  void make_parts();
  void follow_uids() const;
  void start_pruners();
  Task<Result<>> take_steps();
  Result<> listen();
  Task<Result<>> stop_parts(Duration limit);

  async::Loop& domain_;
  net::IoLoops& io_;
  async::BlockingPool& pool_;
  Settings settings_;
  sys::RealFiles files_;

  std::unique_ptr<store::SqliteStore> store_;
  ClusterIdentity cluster_;
  std::optional<store::Catalog> catalog_;
  Fleet fleet_;
  std::optional<Editor> editor_;
  std::optional<RefusalLog> refusals_;
  std::optional<Departures> departures_;
  std::optional<Notices> notices_;
  std::optional<Hold> hold_;
  std::optional<NodeIndex> nodes_;
  std::optional<ListAlarms> list_alarms_;
  std::optional<Planner> planner_;
  std::optional<Enrolment> enrolment_;
  std::optional<NodeRemovals> removals_;
  std::optional<Gateway> gateway_;
  std::optional<CaRotation> ca_;
  std::optional<HistoryPruner> history_pruner_;
  std::optional<AuditPruner> audit_pruner_;
  std::optional<KernelServices> kernel_;
  std::optional<Backups> backups_;
  std::optional<api::Api> api_;
  std::optional<net::HttpServer> server_;
};

Result<> Manager::Wiring::open_store() {
  TRY(make_folders(settings_.data));
  store::SqliteSettings sqlite;
  if (!settings_.is_store_synchronous) sqlite.synchronous = store::Synchronous::off;
  auto file = settings_.data / "manager" / "store.db";
  TRY_ASSIGN(store_, store::SqliteStore::open(domain_, file, sqlite));
  return {};
}

void Manager::Wiring::make_parts() {
  catalog_.emplace(domain_, *store_);
  editor_.emplace(domain_.clock(), *store_, *catalog_);
  departures_.emplace(domain_, *catalog_, fleet_, *editor_);
  notices_.emplace(domain_, *store_);
  hold_.emplace(domain_, *store_, *catalog_, *editor_, *notices_);
  nodes_.emplace(*catalog_);
  list_alarms_.emplace(domain_, *catalog_, *nodes_, fleet_, *notices_);
  planner_.emplace(*catalog_);
  kernel_.emplace(domain_, *catalog_, fleet_, *editor_, *notices_,
                  [this] { return hold_->is_on(); });
  refusals_.emplace(domain_, *editor_);
  enrolment_.emplace(domain_, cluster_, *catalog_, *editor_, *refusals_);
  gateway_.emplace(GatewayParts{domain_, io_, cluster_, *catalog_, *editor_, *notices_, *nodes_,
                                *planner_, fleet_, *enrolment_, *refusals_, *hold_});
  removals_.emplace(RemovalParts{
      domain_, *catalog_, fleet_, *planner_, *hold_, *editor_,
      [this](const std::string& node) { return gateway_->sessions().is_settled(node); }});
  gateway_->on_turned_away([this](const std::string& node, const std::string& key) {
    removals_->on_turned_away(node, key);
  });
  ca_.emplace(CaRotationParts{domain_.clock(), pool_, files_, settings_.data / "manager", cluster_,
                              *catalog_, *editor_});
  ca_->on_change([this] { gateway_->follow_cas(); });
  backups_.emplace(
      BackupParts{pool_, domain_.clock(), cluster_, *catalog_, *editor_, settings_.data / "manager",
                  [this](std::filesystem::path file) { return store_->copy_to(std::move(file)); }});
  gateway_->on_trusts([this](const std::string& node, const std::vector<std::string>& trusts) {
    ca_->note_trusts(node, trusts);
  });
}

// Histories are ordered by uid, whatever the clock said in the process before.
void Manager::Wiring::follow_uids() const {
  auto snapshot = catalog_->snapshot();
  auto follow = [](const auto& map) {
    for (const auto& item : map) make_uids_above(item.key);
  };
  follow(snapshot->audit);
  follow(snapshot->notices);
  follow(snapshot->operations);
}

void Manager::Wiring::start_pruners() {
  auto in_use = [this](const store::ServiceEntry& service, const store::Snapshot& snapshot) {
    return revisions_in_use(service, snapshot, fleet_);
  };
  history_pruner_.emplace(domain_, *store_, *catalog_, in_use);
  history_pruner_->start();
  audit_pruner_.emplace(domain_, *store_, *catalog_);
}

Result<> Manager::Wiring::listen() {
  auto link = gateway_->listen(settings_.link);
  if (!link) return fail(with_advice(link.error(), "the agents' link", "--link-listen"));
  link_ = *link;
  server_.emplace(io_, net::ServerSettings{}, api_->handlers());
  auto console = server_->listen(settings_.console);
  if (!console) return fail(with_advice(console.error(), "the console", "--listen"));
  console_ = *console;
  return {};
}

Task<Result<>> Manager::Wiring::take_steps() {
  CO_TRY(open_store());
  ClusterParts parts{*store_, domain_.clock(), pool_, files_};
  CO_TRY_ASSIGN(cluster_, co_await open_cluster(parts, settings_.data / "manager"));
  cluster_.managers = settings_.advertised;
  make_parts();
  CO_TRY(co_await catalog_->start());
  follow_uids();
  CO_TRY(co_await hold_->start());
  Bootstrap bootstrap(domain_.clock(), *catalog_, *editor_, pool_, files_, settings_.data);
  CO_TRY_ASSIGN(token_, co_await bootstrap.administrator_token());
  api_.emplace(api::ApiParts{domain_, domain_.clock(), *store_, *catalog_, fleet_, *editor_, *ca_,
                             *planner_, *hold_, *backups_,
                             [this](std::string node, AgentAsk ask) {
                               return gateway_->sessions().ask(std::move(node), std::move(ask));
                             },
                             [this](const std::string& node, AgentAsk ask) {
                               return gateway_->sessions().call(node, std::move(ask));
                             },
                             *removals_});
  api_->start();
  start_pruners();
  co_await kernel_->start();
  CO_TRY(listen());
  if (settings_.writes_manager_json) {
    CO_TRY(co_await bootstrap.write_manager_json(console_, token_));
  }
  co_return Result<>();
}

Task<Result<>> Manager::Wiring::start() {
  constexpr Duration kUndo = std::chrono::seconds(5);
  auto started = co_await take_steps();
  if (started) co_return started;
  auto stopped = co_await stop_parts(kUndo);
  if (!stopped) log::warning("undoing the start failed", {{"why", stopped.error().what}});
  co_return started;
}

Task<Result<>> Manager::Wiring::stop(Duration limit) { return stop_parts(limit); }

// Every part is stopped, whatever the one before answers; the first failure is told. The order is
// that of need: who takes requests first, who keeps what they wrote last.
Task<Result<>> Manager::Wiring::stop_parts(Duration limit) {
  std::vector<Task<Result<>>> stops;
  auto add = [&](auto& part) {
    if (part) stops.push_back(part->stop(limit));
  };
  if (api_) api_->end_streams();
  if (server_) stops.push_back(server_->stop(domain_, limit));
  add(kernel_);
  add(gateway_);
  add(api_);
  add(removals_);
  add(refusals_);
  add(hold_);
  add(departures_);
  add(history_pruner_);
  add(audit_pruner_);
  add(notices_);
  if (catalog_) stops.push_back(catalog_->stop());
  if (store_) stops.push_back(store_->stop());
  Result<> first;
  for (auto& stop : stops) {
    auto stopped = co_await std::move(stop);
    if (first && !stopped) first = std::move(stopped);
  }
  co_return first;
}

Task<Result<std::string>> Manager::Wiring::create_join_token() {
  auto made = make_join_token(model::JoinTokenRequest{}, "reeve", cluster_.ca_fingerprint,
                              domain_.clock().wall());
  Edit edit;
  edit.action = "join_token.create";
  edit.object = "join-token/" + made.shown.uid;
  edit.after = json::encode(made.shown);
  edit.writes.push_back(write_of(made));
  CO_TRY(co_await editor_->commit(ourselves(), std::move(edit)));
  co_return made.secret;
}

Manager::Manager(async::Loop& domain, net::IoLoops& io, async::BlockingPool& pool,
                 Settings settings)
    : wiring_(std::make_unique<Wiring>(domain, io, pool, std::move(settings))) {}

Manager::~Manager() = default;

Task<Result<>> Manager::start() { return wiring_->start(); }
Task<Result<>> Manager::stop(Duration limit) { return wiring_->stop(limit); }
net::Endpoint Manager::console() const { return wiring_->console_; }
net::Endpoint Manager::link() const { return wiring_->link_; }
std::string Manager::administrator_token() const { return wiring_->token_; }
Task<Result<std::string>> Manager::create_join_token() { return wiring_->create_join_token(); }

}  // namespace reeve::manager
