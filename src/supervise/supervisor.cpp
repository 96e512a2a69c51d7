#include "supervise/supervisor.hpp"

#include "base/log.hpp"
#include "base/quote.hpp"
#include "model/name.hpp"
#include "supervise/keeper_start.hpp"
#include "supervise/status.hpp"
#include "sys/folders.hpp"

#include <algorithm>
#include <utility>

namespace reeve::supervise {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstPause = 100ms;
constexpr Duration kLongestPause = 5s;
constexpr Duration kUntilItListens = 5s;
constexpr Duration kLookAgain = 2ms;

keeper::Request request_of(keeper::Ask ask, std::string process = {}, std::int64_t number = 0) {
  keeper::Request request;
  request.ask = ask;
  request.name = std::move(process);
  request.number = number;
  return request;
}

}  // namespace

Supervisor::Supervisor(async::Loop& loop, async::BlockingPool& pool, sys::Files& files,
                       SupervisorSettings settings, SupervisorCalls calls)
    : loop_(loop),
      pool_(pool),
      files_(files),
      settings_(std::move(settings)),
      calls_(std::move(calls)),
      client_(loop, {.on_events = [this](const auto& events) { on_events(events); },
                     .on_gap =
                         [this] {
                           is_list_due_ = true;
                           changed_.notify_all();
                         },
                     .on_lost = [this](const Error& why) { on_lost(why); }}),
      orders_(loop),
      changed_(loop),
      tasks_(loop, "supervisor") {}

Supervisor::~Supervisor() {
  if (is_telling_) loop_.cancel(telling_);
}

Task<Result<>> Supervisor::load() {
  std::function<Result<Names>()> work = [&files = files_, folder = settings_.state_folder] {
    return load_stopped(files, folder);
  };
  CO_TRY_ASSIGN(stopped_, co_await pool_.run(std::move(work)));
  co_return Result<>();
}

void Supervisor::start() { tasks_.start(run()); }

void Supervisor::end_orders() {
  orders_.end({Errc::unavailable, "the agent is shutting down", "", {}});
}

Task<Result<>> Supervisor::stop(Duration limit) {
  auto deadline = loop_.now() + limit;
  end_orders();
  auto stopped = co_await tasks_.stop(limit);
  auto closed = co_await client_.stop(deadline - loop_.now());
  co_return stopped ? closed : stopped;
}

Task<Result<>> Supervisor::end_programs(Duration limit) {
  auto deadline = loop_.now() + limit;
  is_ending_ = true;
  changed_.notify_all();
  if (!client_.is_connected() && !client_.connect(settings_.keeper_folder)) co_return Result<>();
  CO_TRY(co_await client_.ask(request_of(keeper::Ask::shutdown)), "end the programs");
  // The keeper closes the connection when the last of them has ended.
  while (client_.is_connected() && loop_.now() < deadline) {
    auto woken = co_await changed_.wait(deadline);
    if (!woken && woken.error().code == Errc::cancelled) co_return woken;
  }
  if (client_.is_connected())
    co_return fail(Errc::timeout, "some programs have not ended; the keeper still waits for them");
  co_return Result<>();
}

// ---- what is wanted

void Supervisor::want(const Programs& programs) {
  is_told_ = true;
  std::map<std::string, Held> next;
  for (const auto& program : programs) {
    auto found = held_.find(program->uid);
    bool is_known = found != held_.end();
    bool is_same = is_known && *found->second.program == *program;
    if (is_same)
      next.insert(held_.extract(found));
    else
      next.emplace(program->uid, Held{program});
  }
  for (const auto& [uid, held] : held_)
    if (!next.contains(uid))
      for (const auto& [process, owner] : owners_)
        if (owner == uid) leaving_[process] = uid;
  std::swap(held_, next);
  owners_.clear();
  for (const auto& [uid, held] : held_) {
    const auto& program = *held.program;
    for (std::uint32_t i = 0; i < program.numprocs; ++i) {
      auto process = model::process_name(program.name, i, program.numprocs);
      leaving_.erase(process);
      owners_[std::move(process)] = uid;
    }
    tell(uid);
  }
  for (const auto& [uid, held] : next) tell(uid);
  refusals_.clear();
  is_settle_due_ = true;
  changed_.notify_all();
}

struct Supervisor::Resolution {
  std::string uid;
  std::shared_ptr<const model::PlacedProgram> program;
  Result<std::vector<ResolvedProcess>> processes;
};

Task<> Supervisor::resolve_all() {
  auto todo = std::make_shared<std::vector<Resolution>>();
  for (const auto& [uid, held] : held_)
    if (!held.is_resolved) todo->push_back({uid, held.program, {}});
  std::function<bool()> work = [todo, settings = settings_.resolve] {
    for (auto& one : *todo) one.processes = resolve(*one.program, settings);
    return true;
  };
  [[maybe_unused]] bool done = co_await pool_.run(std::move(work));
  for (auto& one : *todo) {
    auto found = held_.find(one.uid);
    if (found == held_.end() || found->second.program != one.program) continue;
    auto& held = found->second;
    held.is_resolved = true;
    held.error.reset();
    if (one.processes) {
      held.processes = std::move(*one.processes);
    } else {
      held.error = one.processes.error().what;
      log::warning("program cannot run on this node",
                   {{"program", one.program->name}, {"why", *held.error}});
      refuse_orders(one.uid, *held.error);
    }
    tell(one.uid);
  }
  is_settle_due_ = true;
}

// ---- the work

Task<> Supervisor::run() {
  auto pause = kFirstPause;
  while (true) {
    bool is_cancelled = co_await async::is_cancelled();
    if (is_cancelled) co_return;
    if (!client_.is_connected() && !is_ending_ && wants_keeper()) {
      auto connected = co_await connect();
      if (connected) {
        pause = kFirstPause;
        continue;
      }
      if (connected.error().code == Errc::cancelled) co_return;
      if (std::exchange(trouble_, connected.error().what) != trouble_) {
        log::error("no keeper", {{"why", *trouble_}});
        tell_all();
      }
      [[maybe_unused]] auto slept = co_await loop_.sleep_for(pause);
      pause = std::min(2 * pause, kLongestPause);
      continue;
    }
    if (has_work()) {
      co_await work();
    } else {
      [[maybe_unused]] auto woken = co_await changed_.wait();
    }
  }
}

bool Supervisor::has_work() const {
  bool is_unresolved =
      std::ranges::any_of(held_, [](const auto& entry) { return !entry.second.is_resolved; });
  if (is_unresolved) return true;
  if (!client_.is_connected() || is_ending_) return false;
  return is_list_due_ || is_settle_due() || are_orders_due() || is_stop_forgotten_ ||
         !dirty_.empty();
}

bool Supervisor::is_settle_due() const { return is_settle_due_ && is_told_ && under_way_ == 0; }

bool Supervisor::are_orders_due() const {
  return !new_orders_.empty() && !(is_settle_due_ && is_told_);
}

/// One piece of it.
Task<> Supervisor::work() {
  bool is_unresolved =
      std::ranges::any_of(held_, [](const auto& entry) { return !entry.second.is_resolved; });
  if (is_unresolved)
    co_await resolve_all();
  else if (is_list_due_)
    co_await list_all();
  else if (is_settle_due())
    settle();  // before the orders: they are about the processes as they shall be
  else if (are_orders_due())
    co_await begin_orders();
  else if (is_stop_forgotten_)
    co_await forget_stops();
  else
    fetch_dirty();
}

/// Where it left a table it may still run programs.
bool Supervisor::wants_keeper() const {
  bool has_programs = std::ranges::any_of(
      held_, [](const auto& entry) { return entry.second.is_resolved && !entry.second.error; });
  if (has_programs || !is_told_) return has_programs;
  std::error_code ignored;
  return std::filesystem::exists(settings_.keeper_folder / "keeper.sock", ignored) &&
         !std::filesystem::is_empty(settings_.keeper_folder / "specs", ignored) && !ignored;
}

// ---- the keeper

Task<Result<>> Supervisor::connect() {
  auto connected = client_.connect(settings_.keeper_folder);
  if (!connected) {
    std::function<Result<>()> start = [settings = settings_]() -> Result<> {
      TRY(sys::make_open_folders(settings.resolve.logs));
      return start_keeper(settings.keeper_program, settings.keeper_folder);
    };
    CO_TRY(co_await pool_.run(std::move(start)));
    CO_TRY(co_await wait_until_it_listens(loop_.now() + kUntilItListens));
  }
  auto greeted = co_await greet();
  if (!greeted) client_.close();
  co_return greeted;
}

Task<Result<>> Supervisor::wait_until_it_listens(Instant deadline) {
  while (true) {
    auto connected = client_.connect(settings_.keeper_folder);
    if (connected) co_return connected;
    if (loop_.now() >= deadline) {
      auto words = last_words(settings_.keeper_folder);
      if (words.empty()) co_return connected;
      co_return fail(Errc::unavailable, "the keeper does not start: {}", words);
    }
    CO_TRY(co_await loop_.sleep_for(kLookAgain));
  }
}

Task<Result<>> Supervisor::greet() {
  auto hello = request_of(keeper::Ask::hello, {}, keeper::kProtocol);
  CO_TRY_ASSIGN(auto greeting, co_await client_.ask(std::move(hello)), "greet the keeper");
  auto subscribe = request_of(keeper::Ask::subscribe, {}, greeting.number);
  CO_TRY(co_await client_.ask(std::move(subscribe)), "subscribe to the keeper's events");
  is_list_due_ = true;
  is_settle_due_ = true;
  if (trouble_) {
    trouble_.reset();
    tell_all();
  }
  co_return Result<>();
}

Task<> Supervisor::list_all() {
  is_list_due_ = false;
  auto listed = co_await client_.list_all();
  if (!listed) {
    is_list_due_ = true;
    co_return;
  }
  Names seen;
  for (const auto& report : *listed) {
    seen.insert(report.name);
    take(report);
  }
  Names gone;
  for (const auto& [name, report] : reports_)
    if (!seen.contains(name)) gone.insert(name);
  for (const auto& name : gone) forget(name);
  // One that leaves and that the keeper never had.
  Names left;
  for (const auto& [name, uid] : leaving_)
    if (!seen.contains(name)) left.insert(name);
  for (const auto& name : left) forget(name);
  is_settle_due_ = true;
}

void Supervisor::fetch_dirty() {
  auto names = std::exchange(dirty_, {});
  constexpr std::size_t kFew = 16;
  if (names.size() > kFew) {
    is_list_due_ = true;
    return;
  }
  for (const auto& name : names)
    client_.list(name, [this, name](Result<std::vector<keeper::Report>> listed) {
      if (listed && !listed->empty()) {
        take(listed->front());
      } else if (client_.is_connected()) {
        forget(name);
      }
      is_settle_due_ = true;
      changed_.notify_all();
    });
}

void Supervisor::take(const keeper::Report& report) {
  names_[report.uid] = report.name;
  reports_.insert_or_assign(report.name, report);
  orders_.on_report(report);
  tell_of(report.name);
}

void Supervisor::forget(const std::string& process) {
  if (auto found = reports_.find(process); found != reports_.end()) {
    names_.erase(found->second.uid);
    reports_.erase(found);
  }
  orders_.on_gone(process);
  tell_of(process);
  leaving_.erase(process);
}

void Supervisor::on_events(const std::vector<keeper::Event>& events) {
  for (const auto& event : events) {
    auto known = names_.find(event.uid);
    if (known != names_.end())
      dirty_.insert(known->second);
    else
      is_list_due_ = is_list_due_ || event.kind != keeper::EventKind::removed;
  }
  changed_.notify_all();
}

void Supervisor::on_lost(const Error& why) {
  if (!is_ending_)
    log::warning("the keeper has gone; it comes back by itself", {{"why", why.what}});
  dirty_.clear();
  changed_.notify_all();
}

// ---- making it so

std::map<std::string, Wanted> Supervisor::wanted() const {
  std::map<std::string, Wanted> all;
  for (const auto& [uid, held] : held_)
    for (const auto& process : held.processes)
      if (!held.error && !refusals_.contains(process.name))
        all[process.name] = {process.spec.mark, held.program->autostart,
                             stopped_.contains(process.name)};
  return all;
}

/// Of programs that cannot be resolved, or whose spec the keeper refused: they stay as they are.
std::set<std::string> Supervisor::kept() const {
  std::set<std::string> all;
  for (const auto& [process, uid] : owners_) {
    auto held = held_.find(uid);
    bool is_unclear = held == held_.end() || !held->second.is_resolved || held->second.error;
    if (is_unclear || refusals_.contains(process)) all.insert(process);
  }
  return all;
}

void Supervisor::settle() {
  is_settle_due_ = false;
  for (const auto& step : work_out(wanted(), kept(), reports_)) carry_out(step);
}

void Supervisor::carry_out(const Step& step) {
  auto done = [this, step](const Result<keeper::Answer>& answer) { on_answer(step, answer); };
  ++under_way_;
  switch (step.deed) {
    case Deed::set:
    case Deed::set_and_start: {
      const auto* process = find_process(step.process);
      auto request =
          request_of(keeper::Ask::set, step.process, step.deed == Deed::set_and_start ? 1 : 0);
      return client_.ask(std::move(request), done, keeper::encode(process->spec));
    }
    case Deed::start: return client_.ask(request_of(keeper::Ask::start, step.process), done);
    case Deed::stop: return client_.ask(request_of(keeper::Ask::stop, step.process), done);
    case Deed::remove: return client_.ask(request_of(keeper::Ask::remove, step.process), done);
  }
}

void Supervisor::on_answer(const Step& step, const Result<keeper::Answer>& answer) {
  --under_way_;
  changed_.notify_all();
  if (!client_.is_connected()) return;
  bool is_set = step.deed == Deed::set || step.deed == Deed::set_and_start;
  if (!answer && is_set) {
    refusals_[step.process] = answer.error().what;
    tell_of(step.process);
    return;
  }
  if (!answer && step.deed != Deed::remove)
    log::warning("the keeper refused", {{"process", step.process}, {"why", answer.error().what}});
  if (answer && step.deed == Deed::remove) {
    refusals_.clear();  // what it had, such as its log file, is free
    is_settle_due_ = true;
    is_stop_forgotten_ = is_stop_forgotten_ || stopped_.contains(step.process);
    return forget(step.process);
  }
  dirty_.insert(step.process);
}

// ---- orders

void Supervisor::act(model::Verb verb, const std::string& process, int signal, Duration limit,
                     std::function<void(Result<>)> done) {
  if (!owners_.contains(process)) {
    loop_.post([done = std::move(done), process] {
      done(fail(Errc::not_found, "there is no process {} on this node", quote(process)));
    });
    return;
  }
  const auto* held = owner_of(process);
  if (held && held->error && verb != model::Verb::stop) {
    loop_.post([done = std::move(done), why = process + ": " + *held->error] {
      done(fail(Errc::conflict, "{}", why));
    });
    return;
  }
  Order order{verb, process, signal, 0, std::move(done)};
  auto why_late = [this] { return trouble_ ? "; no keeper: " + *trouble_ : std::string(); };
  new_orders_.push_back(orders_.add(std::move(order), limit, std::move(why_late)));
  changed_.notify_all();
}

/// Where nothing can run there may be no keeper, and nothing to wait for.
void Supervisor::refuse_orders(const std::string& program, const std::string& why) {
  auto refused = [&](const std::shared_ptr<Order>& order) {
    auto owner = owners_.find(order->process);
    return owner != owners_.end() && owner->second == program && order->verb != model::Verb::stop;
  };
  auto orders = std::exchange(new_orders_, {});
  for (const auto& order : orders)
    if (refused(order))
      orders_.finish(order, fail(Errc::conflict, "{}: {}", order->process, why));
    else
      new_orders_.push_back(order);
}

Task<> Supervisor::begin_orders() {
  auto orders = std::exchange(new_orders_, {});
  auto stopped = stopped_;
  for (const auto& order : orders) {
    if (!orders_.is_open(order)) continue;
    if (order->verb == model::Verb::stop) stopped.insert(order->process);
    if (order->verb == model::Verb::start || order->verb == model::Verb::restart)
      stopped.erase(order->process);
  }
  auto kept = co_await keep_stopped(std::move(stopped));
  if (!kept) {
    for (const auto& order : orders)
      orders_.finish(order, fail(kept.error().code, "cannot write down what shall be stopped: {}",
                                 kept.error().what));
    co_return;
  }
  for (const auto& order : orders)
    if (orders_.is_open(order)) send_order(order);
}

/// Of processes that are gone: another program of the name begins anew.
Task<> Supervisor::forget_stops() {
  is_stop_forgotten_ = false;
  auto stopped = stopped_;
  std::erase_if(stopped, [this](const auto& process) { return !owners_.contains(process); });
  auto kept = co_await keep_stopped(std::move(stopped));
  if (!kept) log::warning("cannot write down what is stopped", {{"why", kept.error().what}});
}

Task<Result<>> Supervisor::keep_stopped(Names stopped) {
  if (stopped == stopped_) co_return Result<>();
  std::function<Result<>()> work = [&files = files_, folder = settings_.state_folder, stopped] {
    return save_stopped(files, folder, stopped);
  };
  CO_TRY(co_await pool_.run(std::move(work)));
  stopped_ = std::move(stopped);
  co_return Result<>();
}

void Supervisor::send_order(const std::shared_ptr<Order>& order) {
  if (auto refusal = refusals_.find(order->process); refusal != refusals_.end())
    return orders_.finish(order, fail(Errc::conflict, "{}: {}", order->process, refusal->second));
  auto report = reports_.find(order->process);
  if (report != reports_.end()) order->before = report->second.incarnation;
  keeper::Request request;
  switch (order->verb) {
    case model::Verb::start: request.ask = keeper::Ask::start; break;
    case model::Verb::stop: request.ask = keeper::Ask::stop; break;
    case model::Verb::restart: request.ask = keeper::Ask::restart; break;
    case model::Verb::signal:
      request.ask = keeper::Ask::signal;
      request.number = order->signal;
      break;
  }
  request.name = order->process;
  client_.ask(std::move(request), [this, order](Result<keeper::Answer> answer) {
    if (!answer) return orders_.finish(order, Failure(std::move(answer.error())));
    if (order->verb == model::Verb::signal) return orders_.finish(order, {});
    orders_.follow(order);
    dirty_.insert(order->process);
    changed_.notify_all();
  });
}

// ---- what is seen

const ResolvedProcess* Supervisor::find_process(const std::string& process) const {
  const auto* held = owner_of(process);
  if (!held) return nullptr;
  auto found = std::ranges::find(held->processes, process, &ResolvedProcess::name);
  return found == held->processes.end() ? nullptr : &*found;
}

const Supervisor::Held* Supervisor::owner_of(const std::string& process) const {
  auto owner = owners_.find(process);
  if (owner == owners_.end()) return nullptr;
  auto held = held_.find(owner->second);
  return held == held_.end() ? nullptr : &held->second;
}

bool Supervisor::is_settled() const {
  return !has_work() && under_way_ == 0 && leaving_.empty() &&
         (client_.is_connected() || !wants_keeper());
}

void Supervisor::tell_of(const std::string& process) {
  if (auto owner = owners_.find(process); owner != owners_.end()) tell(owner->second);
  if (auto left = leaving_.find(process); left != leaving_.end()) tell(left->second);
}

void Supervisor::tell_all() {
  for (const auto& [uid, held] : held_) tell(uid);
}

void Supervisor::tell(const std::string& uid) {
  to_tell_.insert(uid);
  if (is_telling_) return;
  is_telling_ = true;
  telling_ = loop_.call_after(kTellAfter, [this] {
    is_telling_ = false;
    calls_.on_change(std::exchange(to_tell_, {}));
  });
}

void Supervisor::tell_now() {
  if (!is_telling_) return;
  loop_.cancel(telling_);
  is_telling_ = false;
  calls_.on_change(std::exchange(to_tell_, {}));
}

}  // namespace reeve::supervise
