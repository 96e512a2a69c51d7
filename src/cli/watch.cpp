#include "cli/watch.hpp"

#include "cli/change_waiter.hpp"
#include "cli/output.hpp"
#include "cli/session.hpp"
#include "cli/terminal/screen.hpp"

#include <cstdio>

namespace reeve::cli {

namespace {

using namespace std::chrono_literals;

constexpr Duration kAges = 10s;  // "3s ago" grows old on a screen
constexpr Duration kLong = 1h;

/// What a manager that comes back may answer otherwise.
bool is_passing(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::timeout || error.code == Errc::io;
}

/// Where the views go.
class Display {
 public:
  explicit Display(Session& session)
      : session_(session), is_screen_(session.out().is_terminal && !session.globals().json) {}
  bool is_screen() const { return is_screen_; }

  Result<> show(const Answer& answer) {
    bool as_json = session_.globals().json;
    std::string text = as_json ? json::serialize(answer.json) + "\n" : answer.text;
    if (text == last_ && !is_screen_) return {};
    if (is_screen_ && !screen_) screen_.emplace();
    if (screen_)
      screen_->show(text, "watching; Ctrl-C ends it", session_.out());
    else if (!print(!as_json && !last_.empty() ? "\n" + text : text))
      return fail(Errc::io, "nobody takes the output");
    last_ = std::move(text);
    return {};
  }

  void say_that_it_is_old(const Error& why) {
    if (screen_)
      screen_->show(last_, "no answer, trying again: " + why.what, session_.out());
    else if (!session_.globals().json && !std::exchange(has_complained_, true))
      std::fputs(error_text(why).c_str(), stderr);
  }
  void is_new_again() { has_complained_ = false; }

  /// Back among what was there before, with the last view.
  void leave() {
    if (!screen_) return;
    screen_.reset();
    print(last_);
  }

 private:
  Session& session_;
  bool is_screen_;
  std::optional<Screen> screen_;
  std::string last_;
  bool has_complained_ = false;
};

Result<> watch_until_it_fails(Session& session, Client& client, Display& display,
                              ChangeWaiter& waiter, const Action& view) {
  for (bool is_first = true;; is_first = false) {
    waiter.listen();
    session.measure_again();
    auto answer = view(session);
    if (client.is_interrupted()) return fail(Errc::cancelled, "");
    if (!answer && (is_first || !is_passing(answer.error()))) return fail(answer.error());
    if (answer) {
      TRY(display.show(*answer));
      display.is_new_again();
    } else {
      display.say_that_it_is_old(answer.error());
    }
    if (!waiter.wait(display.is_screen() && answer ? kAges : kLong))
      return fail(Errc::cancelled, "");
  }
}

Result<Answer> watch(Session& session, const std::vector<std::string>& kinds, const Action& view) {
  TRY_ASSIGN(Client * client, session.client());
  client->heed_interrupts();
  ChangeWaiter waiter(*client, kinds);
  Display display(session);
  auto ended = watch_until_it_fails(session, *client, display, waiter, view);
  display.leave();
  return fail(ended.error());
}

}  // namespace

void watchable_client(Command& command, std::vector<std::string> kinds, Action view) {
  auto is_watch = std::make_shared<bool>(false);
  command.flag("--watch,-w", *is_watch, "show it again whenever it changes, until Ctrl-C")
      .client([is_watch, kinds = std::move(kinds), view = std::move(view)](Session& session) {
        return *is_watch ? watch(session, kinds, view) : view(session);
      });
}

}  // namespace reeve::cli
