#include "sim/sim_agent.hpp"

#include "agent/applier.hpp"
#include "agent/connector.hpp"
#include "agent/paths.hpp"
#include "agent/renewal.hpp"
#include "agent/spec_store.hpp"
#include "base/check.hpp"
#include "discover/publish/publisher.hpp"
#include "net/digest.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

namespace reeve::sim {
namespace {

using namespace std::chrono_literals;

discover::PublisherSettings publisher_settings(const agent::Paths& paths) {
  return {{paths.lists().native()}, paths.lists().native(), net::sha256};
}

/// Those of one day begin to renew within its first hours.
agent::Randomness a_tenth_of(agent::Randomness randomness) {
  return [randomness = std::move(randomness)] { return randomness() / 10; };
}

}  // namespace

void Ground::settle() {
  loop.settle();
  while (!busy.empty()) {
    std::erase_if(busy, [](const SimAgent* agent) { return agent->is_settled(); });
    if (busy.empty()) break;
    std::this_thread::yield();
    loop.settle();
  }
}

void Ground::run_for(Duration time) {
  settle();
  auto until = loop.now() + time;
  std::function<bool()> is_over = [this, until] {
    settle();
    return loop.now() >= until;
  };
  loop.advance_until(is_over, time);
  settle();
}

void Ground::finish(Task<Result<>> task) {
  auto outcome = loop.start(std::move(task));
  std::function<bool()> is_done = [this, &outcome] {
    settle();
    return outcome.is_done();
  };
  loop.advance_until(is_done, 1min);
  CHECK(outcome.is_done() && outcome.value());
}

/// One agent's process. Dials as the machine that its certificate says.
class SimAgent::Life final : public net::Dialer {
 public:
  Life(SimAgent& machine, agent::Credentials credentials)
      : machine_(machine),
        ground_(machine.ground_),
        paths_(machine.data_),
        node_(credentials.identity.node),
        key_fingerprint_(net::read_certificate(credentials.certificate_pem)->key_fingerprint),
        good_until_(net::read_certificate(credentials.certificate_pem)->not_after),
        store_(machine_.files_, paths_, credentials.identity.cluster),
        publisher_(ground_.loop, machine_.files_, ground_.pool, publisher_settings(paths_)) {
    const auto& cluster = credentials.identity.cluster;
    agent::ApplierSettings applier{.cluster = cluster, .randomness = randomness()};
    applier_.emplace(ground_.loop, ground_.pool, store_, publisher_, std::move(applier),
                     applier_calls());
    agent::ConnectorSettings link;
    link.managers = {ground_.manager};
    link.cluster = cluster;
    link.randomness = randomness();
    connector_.emplace(ground_.loop, *this, std::move(link), connector_calls());
    agent::RenewalSettings renewal;
    renewal.randomness = a_tenth_of(randomness());
    renewal_ = agent::Renewal::make(ground_.loop, std::move(credentials), std::move(renewal),
                                    renewal_calls())
                   .value();
  }

  Task<Result<>> start() {
    CO_TRY(co_await applier_->load());
    ground_.witness.agent_started(node_, applier_->spec());
    applier_->start();
    connector_->start();
    renewal_->start();
    co_return Result<>();
  }

  Task<Result<>> leave() {
    CO_TRY(co_await renewal_->stop(10s));
    CO_TRY(co_await connector_->stop(10s));
    co_return Result<>();
  }
  /// With nothing under way.
  Task<Result<>> end() {
    auto stopped = co_await applier_->stop(10s);
    co_return stopped;
  }

  Task<Result<std::shared_ptr<net::MessageSocket>>> dial(net::DialRequest request) override {
    ground_.witness.dialled(node_);
    net::Peer peer;
    peer.endpoint = {"10.1.0.1", 40'000};
    peer.identity = node_;
    peer.key_fingerprint = key_fingerprint_;
    peer.is_certificate_expired = good_until_ <= ground_.loop.clock().wall();
    auto dialer = ground_.network.dialer(std::move(peer));
    auto socket = co_await dialer->dial(std::move(request));
    co_return socket;
  }

  const agent::Applier& applier() const { return *applier_; }
  void suspect(const std::string& service) {
    for (const auto& [uid, held] : applier_->spec().lists)
      if (held.list->service == service) applier_->suspect({uid});
  }
  const agent::Connector& connector() const { return *connector_; }
  WallTime good_until() const { return good_until_; }

 private:
  agent::Randomness randomness() {
    return [engine = std::mt19937_64(machine_.random_())]() mutable {
      return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
    };
  }

  agent::ApplierCalls applier_calls() {
    return {.on_applied =
                [this](link::Applied applied) {
                  ground_.witness.applied(node_, applier_->spec());
                  link::Message message;
                  message.applied = std::move(applied);
                  connector_->send(message);
                },
            .on_words = [this](std::vector<link::ListWord> words) { report(std::move(words)); }};
  }

  agent::ConnectorCalls connector_calls() {
    return {.hello = [this] { return hello(); },
            .on_welcome =
                [this](const link::Welcome&) {
                  report(applier_->words());
                  renewal_->on_welcome();
                },
            .on_spec =
                [this](link::Spec spec) {
                  ground_.witness.offered(node_, spec);
                  ground_.busy.insert(&machine_);
                  applier_->offer(std::move(spec));
                },
            .on_lost = [this] { applier_->abandon(); },
            .renew = [this] { return renewal_->request(); },
            .on_renewed = [this](const link::Renewed& renewed) { return on_renewed(renewed); },
            .on_renewal_wanted =
                [this](const link::RenewalWanted& wanted) { renewal_->on_wanted(wanted); },
            .on_call = {}};
  }

  agent::RenewalCalls renewal_calls() {
    return {.send = [this](const link::Message& message) { connector_->send(message); },
            .use = [this](auto tls) { connector_->use(std::move(tls)); },
            .keep = [this](agent::Credentials next) { return keep(std::move(next)); }};
  }

  Result<> on_renewed(const link::Renewed& renewed) {
    TRY(renewal_->on_renewed(renewed));
    ++machine_.renewals_;
    good_until_ = net::read_certificate(renewed.certificate)->not_after;
    return {};
  }

  Task<Result<>> keep(agent::Credentials credentials) {
    co_return agent::save_certificate(machine_.files_, paths_, credentials);
  }

  link::Hello hello() const {
    link::Hello hello;
    hello.node = node_;
    hello.instance = instance_;
    hello.trusts = renewal_->trusts();
    hello.clock = ground_.loop.clock().wall();
    hello.cluster = applier_->spec().cluster;
    if (auto mark = applier_->mark()) {
      hello.epoch = mark->epoch;
      hello.version = mark->version;
      hello.digest = mark->digest;
    }
    return hello;
  }

  void report(std::vector<link::ListWord> words) {
    link::Message message;
    message.report.emplace();
    message.report->lists = std::move(words);
    connector_->send(message);
  }

  SimAgent& machine_;
  Ground& ground_;
  agent::Paths paths_;
  std::string node_;
  std::string key_fingerprint_;
  WallTime good_until_;
  std::string instance_ = std::to_string(machine_.random_());
  agent::SpecStore store_;
  discover::Publisher publisher_;
  std::optional<agent::Applier> applier_;
  std::optional<agent::Connector> connector_;
  std::unique_ptr<agent::Renewal> renewal_;
};

SimAgent::SimAgent(Ground& ground, const agent::Credentials& credentials,
                   std::filesystem::path data, std::uint64_t seed)
    : ground_(ground),
      node_(credentials.identity.node),
      data_(std::move(data)),
      random_(seed),
      files_(seed) {
  agent::Paths paths(data_);
  std::filesystem::create_directories(paths.folder());
  CHECK(agent::save_credentials(files_, paths, credentials));
}

SimAgent::~SimAgent() {
  if (life_) kill();
}

void SimAgent::start() {
  auto credentials = agent::load_credentials(files_, agent::Paths(data_));
  CHECK(credentials && *credentials);
  life_ = std::make_unique<Life>(*this, std::move(**credentials));
  auto started = ground_.loop.start(life_->start());
  while (!started.is_done()) ground_.loop.settle();
  CHECK(started.value());
  ground_.busy.insert(this);
  ground_.settle();
}

void SimAgent::stop() { end(true); }
void SimAgent::kill() { end(false); }

void SimAgent::lose_power() {
  files_.cut_after(0);
  end(false);
  files_.restore();
}

void SimAgent::change_by_hand(const std::string& service, bool deletes) {
  auto file = agent::Paths(data_).lists() / (service + ".conf");
  if (!std::filesystem::exists(file)) return;
  if (deletes)
    std::filesystem::remove(file);
  else
    std::ofstream(file) << "by hand";
  if (!life_) return;
  ground_.busy.insert(this);
  life_->suspect(service);
  ground_.settle();
}

void SimAgent::end(bool with_goodbye) {
  if (!with_goodbye) {
    ground_.network.cut(node_);
    ground_.loop.settle();
  }
  ground_.finish(life_->leave());
  ground_.finish(life_->end());
  life_.reset();
  ground_.loop.settle();
}

bool SimAgent::is_connected() const { return life_ && life_->connector().state().is_connected; }
bool SimAgent::is_settled() const { return !life_ || life_->applier().is_settled(); }
const agent::HeldSpec& SimAgent::spec() const { return life_->applier().spec(); }
WallTime SimAgent::good_until() const { return life_->good_until(); }

std::string SimAgent::published(const std::string& service) const {
  std::ifstream in(agent::Paths(data_).lists() / (service + ".conf"));
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace reeve::sim
