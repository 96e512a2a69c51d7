#include "agent/hooks/command.hpp"

#include "async/readable.hpp"
#include "base/duration.hpp"
#include "model/on_disk.hpp"
#include "sys/program.hpp"

#include <array>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace reeve::agent {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
// A process that SIGKILL does not end waits for its disk.
constexpr Duration kLongest = std::chrono::hours(24);

/// The last bytes of a stream of any length.
class Tail {
 public:
  void add(std::string_view bytes) {
    if (bytes.size() >= kMost) {
      text_ = bytes.substr(bytes.size() - kMost);
      return;
    }
    text_ += bytes;
    if (text_.size() > 2 * kMost) text_.erase(0, text_.size() - kMost);
  }
  std::string take() {
    if (text_.size() > kMost) text_.erase(0, text_.size() - kMost);
    return std::move(text_);
  }

 private:
  static constexpr std::size_t kMost = model::HookRun::kMostOutput;
  std::string text_;
};

Result<std::unique_ptr<sys::Program>> start(const HookCommand& command) {
  sys::ProgramSpec spec{command.argv, command.environment, std::nullopt, command.mark};
  if (command.run_as) {
    TRY_ASSIGN(spec.user, sys::find_account(*command.run_as), "run_as");
    spec.environment.push_back("HOME=" + spec.user->home);
    spec.environment.push_back("USER=" + spec.user->name);
  }
  TRY_ASSIGN(auto program, sys::Program::start(spec));
  return std::make_unique<sys::Program>(std::move(program));
}

class Run {
 public:
  Run(async::Loop& loop, sys::Program program)
      : loop_(loop), program_(std::move(program)), events_(loop, program_.events()) {}

  /// Done, `timeout`, or `cancelled`.
  Task<Result<>> to_the_end(Duration limit) {
    auto deadline = loop_.now() + limit;
    while (!how_) {
      auto ready = events_.wait();
      CO_TRY(co_await async::within<void>(loop_, deadline - loop_.now(), std::move(ready)));
      read_piece();
      how_ = program_.reap();
    }
    co_return Result<>();
  }

  void signal(int number) const { program_.signal_group(number); }

  HookEnd end() {
    // What it printed at its very end. What it left running may print for ever.
    for (int i = 0; i < kMostLastPieces && read_piece(); ++i) continue;
    HookEnd end;
    end.output = tail_.take();
    if (how_) end.exit_code = how_->exit_code;
    if (how_) end.signal = how_->signal;
    return end;
  }

 private:
  static constexpr int kMostLastPieces = 32;

  bool read_piece() {
    auto size = program_.read(*piece_);
    tail_.add({piece_->data(), size});
    return size > 0;
  }

  async::Loop& loop_;
  sys::Program program_;
  async::Readable events_;
  std::unique_ptr<std::array<char, kPiece>> piece_ = std::make_unique<std::array<char, kPiece>>();
  Tail tail_;
  std::optional<sys::ProgramEnd> how_;
};

bool is_late(const Result<>& waited) { return !waited && waited.error().code == Errc::timeout; }

}  // namespace

// NOLINTNEXTLINE(*-reference-coroutine-parameters): both outlive it, as the header says
Task<HookEnd> run_command(async::Loop& loop, async::BlockingPool& pool, HookCommand command,
                          HookLimits limits) {
  std::function<Result<std::unique_ptr<sys::Program>>()> work = [command = std::move(command)] {
    return start(command);
  };
  auto program = co_await pool.run(std::move(work));
  if (!program) co_return HookEnd{.error = std::move(program.error().what)};
  Run run(loop, std::move(**program));
  std::optional<std::string> why;
  auto ended = co_await run.to_the_end(limits.patience);
  if (is_late(ended)) {
    why = "did not end within " + format_duration(limits.patience) + " and was killed";
    run.signal(SIGTERM);
    ended = co_await run.to_the_end(limits.grace);
  }
  if (!ended) run.signal(SIGKILL);
  // Cancelled, nobody waits any more; the program is killed all the same.
  if (is_late(ended)) ended = co_await run.to_the_end(kLongest);
  auto end = run.end();
  if (!ended && !why) why = ended.error().what;
  end.error = std::move(why);
  co_return end;
}

}  // namespace reeve::agent
