// Life: an agent without a link, on a real disk, in virtual time. For the agent's tests.
#pragma once

#include "agent/applier.hpp"
#include "async/testing/virtual_loop.hpp"
#include "net/digest.hpp"

#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace reeve::agent::testing {

/// From the start of the agent's process to its end, which are this object's.
class Life {
 public:
  Life(sys::Files& files, const Paths& paths)
      : store(files, paths, "c1"), publisher(loop, files, pool, publisher_settings(paths)) {
    ApplierSettings settings;
    settings.cluster = "c1";
    settings.randomness = [] { return 1.0; };
    ApplierCalls calls;
    calls.on_applied = [this](link::Applied applied) { answers.push_back(std::move(applied)); };
    calls.on_words = [this](std::vector<link::ListWord> changed) {
      for (auto& word : changed) words.push_back(std::move(word));
    };
    calls.on_programs = [this](const std::map<std::string, HeldProgram>& all) { programs = all; };
    calls.want_hook = [this](HookWish wish) { hooks.push_back(std::move(wish)); };
    applier.emplace(loop, pool, store, publisher, std::move(settings), std::move(calls));
    auto loaded = loop.start(applier->load());
    until([&] { return loaded.is_done(); });
    if (!loaded.value()) throw std::runtime_error(loaded.value().error().what);
    applier->start();
  }
  ~Life() {
    auto stopped = loop.start(applier->stop(std::chrono::hours(1)));
    until([&] { return stopped.is_done(); });
  }

  static discover::PublisherSettings publisher_settings(const Paths& paths) {
    return {{paths.lists().native()}, paths.lists().native(), net::sha256};
  }

  /// Until then the pool's threads get their time; the clock stands still.
  void until(const std::function<bool()>& done) {
    while (!done()) {
      loop.settle();
      std::this_thread::yield();
    }
  }
  void settle() {
    until([&] { return applier->is_settled(); });
  }
  link::Applied apply(link::Spec spec) {
    auto count = answers.size();
    applier->offer(std::move(spec));
    until([&] { return answers.size() > count; });
    return answers.back();
  }

  async::testing::VirtualLoop loop;
  async::BlockingPool pool{2};
  SpecStore store;
  discover::Publisher publisher;
  std::vector<link::Applied> answers;
  std::vector<link::ListWord> words;
  std::vector<HookWish> hooks;                    // that were due
  std::map<std::string, HeldProgram> programs{};  // that shall run
  std::optional<Applier> applier;
};

}  // namespace reeve::agent::testing
