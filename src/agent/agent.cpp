#include "agent/agent.hpp"

#include "agent/applier.hpp"
#include "agent/calls.hpp"
#include "agent/clock_watch.hpp"
#include "agent/connector.hpp"
#include "agent/enrolment.hpp"
#include "agent/local_api.hpp"
#include "agent/local_status.hpp"
#include "agent/paths.hpp"
#include "agent/programs.hpp"
#include "agent/renewal.hpp"
#include "agent/spec_store.hpp"
#include "agent/upkeep/file_watch.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"
#include "base/version.hpp"
#include "discover/publish/publisher.hpp"
#include "net/digest.hpp"
#include "sys/folders.hpp"
#include "sys/memory.hpp"
#include "sys/sessions.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostManagers = 32;

// After a welcome, until what connecting and publishing needed is taken out of memory: an agent
// mostly waits, on machines whose memory is for others.
constexpr Duration kCalm = 1s;

// How long an address in use may take to become free, and how often it is looked at.
constexpr Duration kUntilFree = 1s;
constexpr Duration kUntilFreeAgain = 20ms;

// Bytes of one report, far below what a manager takes.
constexpr std::size_t kMostReport = 1 << 20;

// Processes of one report, each some hundred bytes.
constexpr std::size_t kMostReportedProcesses = 2000;

/// Those that the operator named, then those that the node keeps; each once.
Result<std::vector<net::Endpoint>> addresses(std::vector<net::Endpoint> named,
                                             const std::vector<std::string>& kept) {
  for (const auto& text : kept) {
    TRY_ASSIGN(auto endpoint, net::parse_endpoint(text, link::kPort), "in the managers' addresses");
    if (std::ranges::find(named, endpoint) == named.end()) named.push_back(std::move(endpoint));
  }
  if (named.size() > kMostManagers) named.resize(kMostManagers);
  return named;
}

discover::PublisherSettings publisher_settings(const Settings& settings, const Paths& paths) {
  discover::PublisherSettings made;
  made.own_root = paths.lists().native();
  made.roots = settings.publish_roots;
  if (made.roots.empty()) made.roots.push_back(*made.own_root);
  made.digest = net::sha256;
  return made;
}

/// What it is on the wire at most, where each byte of an output may become six.
std::size_t weight_of(const link::ListWord& word) {
  constexpr std::size_t kWord = 512;
  auto weight = kWord + word.error.value_or("").size();
  for (const auto& run : word.hooks.value_or(std::vector<model::HookRun>()))
    weight += kWord + 6 * run.output.size();
  return weight;
}

supervise::SupervisorSettings supervisor_settings(const Settings& settings, const Paths& paths) {
  supervise::SupervisorSettings made;
  made.keeper_folder = paths.keeper();
  made.keeper_program = settings.keeper_program;
  made.state_folder = paths.folder();
  made.resolve.rules = settings.run_as;
  made.resolve.logs = paths.logs();
  made.resolve.own_uid = ::geteuid();
  return made;
}

}  // namespace

/// The parts in the order in which they are built; the last ends first.
class Agent::Wiring {
 public:
  Wiring(async::Loop& domain, net::IoLoops& io, async::BlockingPool& pool, Settings settings)
      : domain_(domain),
        io_(io),
        pool_(pool),
        settings_(std::move(settings)),
        paths_(std::filesystem::absolute(settings_.data).lexically_normal()),
        dialer_(io),
        publisher_(domain, files_, pool, publisher_settings(settings_, paths_)) {}

  Task<Result<>> start() {
    CO_TRY(check_roots());
    Enrolment enrolment(files_, paths_, io_, pool_);
    CO_TRY_ASSIGN(auto credentials, co_await enrolment.credentials(settings_));
    CO_TRY(build(credentials));
    CO_TRY(co_await applier_->load());
    CO_TRY(co_await programs_->load());
    CO_TRY(co_await listen());
    if (!settings_.hooks.empty()) co_await end_old_hooks();
    programs_->start();
    applier_->start();
    connector_->start();
    renewal_->start();
    clock_watch_->start();
    co_return Result<>();
  }

  /// Each gets what is left of the time; all are asked, whatever the others answer.
  Task<Result<>> stop(Duration limit) {
    auto deadline = domain_.now() + limit;
    Result<> result;
    if (programs_) programs_->end_orders();
    if (local_api_) {
      auto stopped = co_await local_api_->stop(deadline - domain_.now());
      if (!stopped) result = stopped;
    }
    if (clock_watch_) {
      auto stopped = co_await clock_watch_->stop(deadline - domain_.now());
      if (!stopped) result = stopped;
    }
    if (renewal_) {
      auto stopped = co_await renewal_->stop(deadline - domain_.now());
      if (!stopped) result = stopped;
    }
    if (connector_) {
      auto stopped = co_await connector_->stop(deadline - domain_.now());
      if (!stopped) result = stopped;
    }
    if (calls_) {
      auto stopped = co_await calls_->stop(deadline - domain_.now());
      if (!stopped) result = stopped;
    }
    auto settled = co_await tasks_.stop(deadline - domain_.now());
    if (!settled) result = settled;
    if (file_watch_) {
      auto stopped = co_await file_watch_->stop(deadline - domain_.now());
      if (!stopped) result = stopped;
    }
    if (hooks_) {
      auto stopped = co_await hooks_->stop(deadline - domain_.now());
      if (!stopped) result = stopped;
    }
    if (applier_) {
      auto stopped = co_await applier_->stop(deadline - domain_.now());
      if (!stopped) result = stopped;
    }
    if (programs_) {
      auto stopped = co_await programs_->stop(deadline - domain_.now());
      if (!stopped) result = stopped;
    }
    co_return result;
  }

  Task<Result<>> end_programs(Duration limit) {
    if (!programs_) co_return Result<>();
    auto ended = co_await programs_->end(limit);
    co_return ended;
  }

  const std::string& node_name() const { return name_; }
  net::Endpoint local_http() const { return local_http_; }
  bool is_current() const {
    return connector_ && connector_->state().is_connected && is_told_ && applier_->is_settled();
  }

 private:
  Result<> check_roots() const {
    for (const auto& root : settings_.publish_roots)
      TRY(discover::split_path(root), "publish root {}", quote(root));
    return {};
  }

  Task<Result<>> listen() {
    std::function<Result<>()> http = [this]() -> Result<> {
      TRY_ASSIGN(local_http_, local_api_->listen(settings_.local_http), "local HTTP");
      return {};
    };
    CO_TRY(co_await once_free(std::move(http)));
    const auto& socket = settings_.local_socket;
    if (socket.empty()) co_return Result<>();
    CO_TRY(sys::make_open_folders(socket.parent_path()), "local socket");
    std::function<Result<>()> local = [this] {
      return local_api_->listen_on_path(settings_.local_socket);
    };
    co_return co_await once_free(std::move(local));
  }

  /// What an agent that was killed forked a moment before still holds its sockets until it runs its
  /// own program: an address in use gets that moment to become free.
  Task<Result<>> once_free(std::function<Result<>()> take) {
    auto deadline = domain_.now() + kUntilFree;
    while (true) {
      auto taken = take();
      bool is_in_use = !taken && taken.error().code == Errc::in_use;
      if (!is_in_use || domain_.now() >= deadline) co_return taken;
      CO_TRY(co_await domain_.sleep_for(kUntilFreeAgain));
    }
  }

  Result<> build(const Credentials& credentials) {
    identity_ = credentials.identity;
    const auto& identity = identity_;
    name_ = identity.name;
    ConnectorSettings link;
    link.cluster = identity.cluster;
    TRY_ASSIGN(link.managers, addresses(settings_.managers, identity.managers));
    if (link.managers.empty())
      return fail(Errc::invalid, "no manager is known: name one with --manager");
    RenewalSettings renewal;
    renewal.built = settings_.built;
    TRY_ASSIGN(renewal_, Renewal::make(domain_, credentials, std::move(renewal), renewal_calls()));
    TRY_ASSIGN(link.tls, renewal_->tls(), "the node's certificate");
    link.advice = fmt::format(
        "; the lists on this node stay as they are; to join anew, remove {} and start with --join "
        "TOKEN",
        paths_.identity().native());
    clock_watch_.emplace(domain_, settings_.built, [this](WallTime now) { report_clock(now); });

    store_.emplace(files_, paths_, identity.cluster);
    ApplierSettings applier{.cluster = identity.cluster};
    applier_.emplace(domain_, pool_, *store_, publisher_, std::move(applier), applier_calls());
    build_upkeep();
    programs_.emplace(domain_, pool_, files_, supervisor_settings(settings_, paths_),
                      [this](const std::set<std::string>& uids) { report_programs(uids); });
    connector_.emplace(domain_, dialer_, std::move(link), connector_calls());
    calls_.emplace(domain_, [this](net::Frame frame, net::FrameKind kind) {
      connector_->send(std::move(frame), kind);
    });
    calls_->add(link::kStatusCall,
                [this](const json::Value&, Calls::Stream stream) { return tell_status(stream); });
    calls_->add(link::kProgramCall, [this](const json::Value& arguments, Calls::Stream stream) {
      return programs_->answer_order(arguments, stream);
    });
    calls_->add(link::kLogCall, [this](const json::Value& arguments, Calls::Stream stream) {
      return programs_->answer_log(arguments, stream);
    });
    local_api_.emplace(domain_, io_, pool_, LocalView{name_, *applier_, *connector_, *programs_});
    return {};
  }

  void build_upkeep() {
    hooks_.emplace(
        domain_, HookSettings{settings_.hooks},
        [this](HookCommand command) {
          command.mark = hook_mark();
          return run_command(domain_, pool_, std::move(command), HookLimits());
        },
        [this](const HookWish& wish, model::HookRun run) {
          applier_->on_hook(wish, std::move(run));
        });
    file_watch_.emplace(
        domain_, FileWatchSettings(),
        [this](const std::set<std::string>& services) { applier_->suspect(services); });
  }

  /// By which an agent knows the programs that one before it ran on this node.
  std::string hook_mark() const { return "REEVE_RUN=" + identity_.node + ":"; }

  /// Of an agent that was killed: each is due again, and must not run beside itself.
  Task<> end_old_hooks() {
    std::function<std::size_t()> work = [mark = hook_mark()] {
      return sys::kill_marked(mark, std::chrono::seconds(5));
    };
    auto killed = co_await pool_.run(std::move(work));
    if (killed > 0) log::warning("ended programs of an agent that was killed", {{"count", killed}});
  }

  ApplierCalls applier_calls() {
    return {.on_applied =
                [this](link::Applied applied) {
                  is_told_ = true;
                  link::Message message;
                  message.applied = std::move(applied);
                  connector_->send(message);
                },
            .on_words = [this](std::vector<link::ListWord> words) { report(std::move(words)); },
            .on_programs =
                [this](const std::map<std::string, HeldProgram>& programs) {
                  programs_->want(programs);
                },
            .complete = [this](link::ProgramWord& word) { programs_->complete(word); },
            .want_hook = [this](HookWish wish) { hooks_->want(std::move(wish)); },
            .on_files =
                [this](const std::string& service, const std::vector<std::string>& paths) {
                  file_watch_->set(service, paths);
                  if (paths.empty()) hooks_->forget(service);
                }};
  }

  ConnectorCalls connector_calls() {
    return {.hello = [this] { return hello(); },
            .on_welcome =
                [this](const link::Welcome& welcome) {
                  if (!welcome.name.empty()) name_ = welcome.name;
                  is_told_ = welcome.is_current;
                  report(applier_->words());
                  report_programs(applier_->program_words());
                  learn(welcome.managers);
                  renewal_->on_welcome();
                  domain_.call_after(kCalm, sys::shed_code);
                },
            .on_spec = [this](link::Spec spec) { applier_->offer(std::move(spec)); },
            .on_lost =
                [this] {
                  is_told_ = false;
                  applier_->abandon();
                  calls_->on_lost();
                },
            .renew = [this] { return renewal_->request(); },
            .on_renewed =
                [this](const link::Renewed& renewed) { return renewal_->on_renewed(renewed); },
            .on_renewal_wanted =
                [this](const link::RenewalWanted& wanted) { renewal_->on_wanted(wanted); },
            .on_call = [this](const link::Message& message) { calls_->on_message(message); }};
  }

  Task<Result<>> tell_status(Calls::Stream stream) {
    auto status = status_of(name_, *applier_, connector_->state());
    co_return co_await stream.write(json::encode_text(status));
  }

  RenewalCalls renewal_calls() {
    return {.send = [this](const link::Message& message) { connector_->send(message); },
            .use = [this](auto tls) { connector_->use(std::move(tls)); },
            .keep = [this](Credentials credentials) { return keep(std::move(credentials)); }};
  }

  Task<Result<>> keep(Credentials credentials) {
    std::function<Result<>()> save = [this, &credentials] {
      return save_certificate(files_, paths_, credentials);
    };
    co_return co_await pool_.run(std::move(save));
  }

  /// The managers may move: where they say they are is kept for the next start.
  void learn(const std::vector<std::string>& managers) {
    if (managers.empty() || managers == identity_.managers) return;
    auto next = addresses(settings_.managers, managers);
    if (!next) {
      log::warning("the manager gave addresses that are none", {{"why", next.error().what}});
      return;
    }
    identity_.managers = managers;
    connector_->use(std::move(*next));
    tasks_.start(keep_identity());
  }

  Task<> keep_identity() {
    std::function<Result<>()> save = [this, identity = identity_] {
      return save_identity(files_, paths_, identity);
    };
    auto saved = co_await pool_.run(std::move(save));
    if (!saved)
      log::warning("the managers' addresses could not be kept", {{"why", saved.error().what}});
  }

  link::Hello hello() const {
    link::Hello hello;
    hello.node = identity_.node;
    hello.agent_version = version();
    hello.features = {link::kCallsFeature, link::kProgramsFeature};
    hello.instance = instance_;
    hello.trusts = renewal_->trusts();
    hello.clock = domain_.clock().wall();
    hello.cluster = applier_->spec().cluster;
    if (auto mark = applier_->mark()) {
      hello.epoch = mark->epoch;
      hello.version = mark->version;
      hello.digest = mark->digest;
    }
    return hello;
  }

  /// What programs printed may be much: in several messages then.
  void report(std::vector<link::ListWord> words) {
    link::Message message;
    message.report.emplace();
    std::size_t bytes = 0;
    for (auto& word : words) {
      bytes += weight_of(word);
      if (bytes > kMostReport && !message.report->lists.empty()) {
        connector_->send(message);
        message.report->lists.clear();
        bytes = weight_of(word);
      }
      message.report->lists.push_back(std::move(word));
    }
    connector_->send(message);
  }

  void report_programs(const std::set<std::string>& uids) {
    std::vector<link::ProgramWord> words;
    words.reserve(uids.size());
    for (const auto& uid : uids) words.push_back(applier_->program_word(uid));
    report_programs(std::move(words));
  }

  /// Of many processes in several messages.
  void report_programs(std::vector<link::ProgramWord> words) {
    if (words.empty()) return;
    link::Message message;
    message.report.emplace().programs.emplace();
    std::size_t processes = 0;
    for (auto& word : words) {
      processes += word.processes.size();
      if (processes > kMostReportedProcesses && !message.report->programs->empty()) {
        connector_->send(message);
        message.report->programs->clear();
        processes = word.processes.size();
      }
      message.report->programs->push_back(std::move(word));
    }
    connector_->send(message);
  }

  void report_clock(WallTime now) {
    link::Message message;
    message.report.emplace();
    message.report->clock = now;
    connector_->send(message);
  }

  async::Loop& domain_;
  net::IoLoops& io_;
  async::BlockingPool& pool_;
  Settings settings_;
  Paths paths_;
  sys::RealFiles files_;
  net::WebSocketDialer dialer_;
  discover::Publisher publisher_;

  Identity identity_;
  std::string name_;                           // as the manager says now
  std::string instance_ = net::random_hex(7);  // of this process
  bool is_told_ = false;  // the manager has said what this node shall have, on this connection
  std::optional<SpecStore> store_;
  std::optional<Applier> applier_;
  std::optional<Hooks> hooks_;
  std::optional<FileWatch> file_watch_;
  std::optional<Programs> programs_;
  std::optional<Connector> connector_;
  std::optional<Calls> calls_;
  std::unique_ptr<Renewal> renewal_;
  std::optional<ClockWatch> clock_watch_;
  std::optional<LocalApi> local_api_;
  net::Endpoint local_http_;
  async::TaskGroup tasks_{domain_, "agent"};
};

Agent::Agent(async::Loop& domain, net::IoLoops& io, async::BlockingPool& pool, Settings settings)
    : wiring_(std::make_unique<Wiring>(domain, io, pool, std::move(settings))) {}
Agent::~Agent() = default;

Task<Result<>> Agent::start() { return wiring_->start(); }
Task<Result<>> Agent::stop(Duration limit) { return wiring_->stop(limit); }
Task<Result<>> Agent::end_programs(Duration limit) { return wiring_->end_programs(limit); }
std::string Agent::node_name() const { return wiring_->node_name(); }
net::Endpoint Agent::local_http() const { return wiring_->local_http(); }
bool Agent::is_current() const { return wiring_->is_current(); }

}  // namespace reeve::agent
