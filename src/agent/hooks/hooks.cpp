#include "agent/hooks/hooks.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace reeve::agent {
namespace {

constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

HookCommand command_of(const HookWish& wish, std::optional<std::string> run_as) {
  return {wish.argv,
          {kPath, "REEVE_SERVICE=" + wish.service, "REEVE_FILE=" + wish.file,
           "REEVE_REVISION=" + std::to_string(wish.revision)},
          std::move(run_as)};
}

/// For people, who know it by its beginning.
std::vector<std::string> shortened(std::vector<std::string> argv) {
  constexpr std::size_t kMostBytes = 1024;
  std::size_t bytes = 0;
  auto end = std::ranges::find_if(argv, [&](const auto& argument) {
    bytes += argument.size() + 1;
    return bytes > kMostBytes;
  });
  if (end != argv.end()) argv.erase(end, argv.end());
  return argv;
}

void log_run(const HookWish& wish, const model::HookRun& run) {
  auto level = run.is_well() ? log::Level::info : log::Level::error;
  auto how = run.error            ? *run.error
             : run.signal         ? fmt::format("ended by signal {}", *run.signal)
             : run.exit_code != 0 ? fmt::format("exit code {}", run.exit_code.value_or(0))
                                  : "well";
  log::write(level, "on_change",
             {{"file", wish.file}, {"program", wish.argv.front()}, {"went", how}});
}

}  // namespace

Hooks::Hooks(async::Loop& loop, HookSettings settings, Run run, Listener on_run)
    : loop_(loop),
      settings_(std::move(settings)),
      run_(std::move(run)),
      on_run_(std::move(on_run)),
      changed_(loop),
      tasks_(loop, "hooks") {}

void Hooks::want(HookWish wish) {
  if (!find_rule(settings_.allowed, wish.argv))
    return tell(wish, {.error = not_allowed(wish.argv)}, false);
  Key key(wish.uid, wish.file);
  auto due = loop_.now() + wish.debounce;
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    Pauses pauses(settings_.retries, settings_.randomness);
    entries_.emplace(key, Entry{std::move(wish), due, std::move(pauses)});
    tasks_.start(serve(std::move(key)));
    return;
  }
  // The first change of several says when; a retry need not be waited for.
  auto& entry = found->second;
  bool is_same = entry.wish.revision == wish.revision && entry.wish.digest == wish.digest &&
                 entry.wish.argv == wish.argv;
  if (is_same && !wish.is_change && !entry.is_forgotten) return;
  entry.due = entry.is_wanted ? std::min(entry.due, due) : due;
  entry.is_wanted = true;
  entry.is_forgotten = false;
  entry.wish = std::move(wish);
  changed_.notify_all();
}

void Hooks::forget(const std::string& uid) {
  for (auto& [key, entry] : entries_)
    if (key.first == uid) {
      entry.is_wanted = false;
      entry.is_forgotten = true;
    }
  changed_.notify_all();
}

Task<> Hooks::serve(Key key) {
  auto* entry = &entries_.at(key);
  while (entry->is_wanted) {
    bool may_run = co_await wait_for_turn(entry);
    if (may_run) co_await run_once(entry);
    bool is_cancelled = co_await async::is_cancelled();
    if (is_cancelled) break;
  }
  entries_.erase(key);
}

/// False where it is to be looked at anew.
Task<bool> Hooks::wait_for_turn(const Entry* entry) {
  bool is_due = entry->due <= loop_.now();
  if (is_due && running_ < kMost) co_return true;
  [[maybe_unused]] auto woken = co_await changed_.wait(is_due ? Instant::max() : entry->due);
  co_return false;
}

Task<> Hooks::run_once(Entry* entry) {
  auto wish = entry->wish;
  entry->is_wanted = false;
  const auto* rule = find_rule(settings_.allowed, wish.argv);
  auto command = command_of(wish, rule ? rule->run_as : std::nullopt);
  ++running_;
  auto end = co_await run_(std::move(command));
  --running_;
  changed_.notify_all();
  bool is_cancelled = co_await async::is_cancelled();
  if (is_cancelled) co_return;
  bool is_well = !end.error && !end.signal && end.exit_code == 0;
  if (is_well) {
    entry->pauses.reset();
  } else if (!entry->is_wanted && !entry->is_forgotten) {
    entry->is_wanted = true;
    entry->due = loop_.now() + entry->pauses.next();
  }
  // For the same text again: until that went well, too, nothing is settled for it.
  if (is_well && entry->is_wanted && entry->wish.digest == wish.digest) wish.digest.clear();
  if (!entry->is_forgotten) tell(wish, std::move(end), true);
}

void Hooks::tell(const HookWish& wish, HookEnd end, bool has_run) {
  model::HookRun run;
  run.file = wish.file;
  run.argv = shortened(wish.argv);
  run.exit_code = end.exit_code;
  run.signal = end.signal;
  run.error = std::move(end.error);
  run.output = std::move(end.output);
  if (has_run) run.ended = loop_.clock().wall();
  log_run(wish, run);
  on_run_(wish, std::move(run));
}

Task<Result<>> Hooks::stop(Duration limit) { co_return co_await tasks_.stop(limit); }

}  // namespace reeve::agent
