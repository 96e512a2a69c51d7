#include "cli/terminal/prompt.hpp"

#include "base/unique_fd.hpp"
#include "cli/environment.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

namespace reeve::cli {

namespace {

constexpr std::size_t kMostLine = 4096;

/// The terminal shows nothing that is typed, for as long as this lives.
class Hidden {
 public:
  explicit Hidden(int fd) : fd_(fd), is_set_(::tcgetattr(fd, &before_) == 0) {
    if (!is_set_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_set_ = ::tcsetattr(fd, TCSAFLUSH, &quiet) == 0;
  }
  ~Hidden() {
    if (is_set_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  bool is_set() const { return is_set_; }

 private:
  int fd_;
  termios before_{};
  bool is_set_;
};

Result<> say(int fd, std::string_view text) {
  if (::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
  return fail(errno_error(errno, "cannot ask on the terminal"));
}

/// Signals that end or stop the process come when this ends, and not before.
class SignalsLater {
 public:
  SignalsLater() {
    sigset_t these;
    sigemptyset(&these);
    for (int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP}) sigaddset(&these, number);
    ::pthread_sigmask(SIG_BLOCK, &these, &before_);
    seen_.reset(::signalfd(-1, &these, SFD_CLOEXEC));
  }
  ~SignalsLater() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsLater(const SignalsLater&) = delete;
  SignalsLater& operator=(const SignalsLater&) = delete;

  /// False when one has come before there is something to read.
  bool wait_readable(int fd) const {
    std::array<pollfd, 2> both{pollfd{fd, POLLIN, 0}, pollfd{seen_.get(), POLLIN, 0}};
    while (::poll(both.data(), both.size(), -1) < 0 && errno == EINTR) {
    }
    return both[1].revents == 0;
  }

 private:
  sigset_t before_{};
  UniqueFd seen_;
};

Result<std::string> read_line(int fd) {
  std::string line;
  line.reserve(kMostLine);  // a secret that grew would leave pieces of itself
  char c = 0;
  while (line.size() < kMostLine) {
    auto got = ::read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(Errc::cancelled, "expected an answer on the terminal, got none");
    if (c == '\n') break;
    line += c;
  }
  return line;
}

Result<UniqueFd> open_terminal() {
  UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) return fail(errno_error(errno, "cannot open the terminal"));
  return terminal;
}

/// Nothing if a signal came first.
Result<std::optional<Secret>> read_hidden(int terminal) {
  SignalsLater signals;
  Hidden hidden(terminal);
  if (!hidden.is_set()) return fail(Errc::io, "the terminal cannot hide what is typed");
  bool is_there = signals.wait_readable(terminal);
  TRY(say(terminal, "\n"));
  if (!is_there) return std::nullopt;
  TRY_ASSIGN(auto line, read_line(terminal));
  return Secret(std::move(line));
}

}  // namespace

bool can_ask() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

Result<std::string> ask(const std::string& question) {
  TRY_ASSIGN(auto terminal, open_terminal());
  TRY(say(terminal.get(), question));
  return read_line(terminal.get());
}

Result<Secret> ask_hidden(const std::string& question) {
  TRY_ASSIGN(auto terminal, open_terminal());
  while (true) {
    TRY(say(terminal.get(), question));
    TRY_ASSIGN(auto typed, read_hidden(terminal.get()));
    if (typed) return std::move(*typed);
    // Stopped, and here again: what was typed before is gone.
  }
}

Result<bool> confirm(const std::string& question) {
  TRY_ASSIGN(auto answer, ask(question + " [y/N] "));
  return answer == "y" || answer == "Y" || answer == "yes";
}

Result<Secret> read_passphrase_file(const std::filesystem::path& file) {
  TRY_ASSIGN(auto read, read_file(file), "reading the passphrase");
  Secret text(std::move(read));
  auto line = text.view().substr(0, text.view().find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty())
    return fail(Errc::invalid, "expected the passphrase in the first line of {}, which is empty",
                file.native());
  return Secret::copy_of(line);
}

Result<Secret> ask_new_passphrase() {
  TRY_ASSIGN(auto first, ask_hidden("passphrase (empty: the file is not encrypted): "));
  if (first.empty()) return first;
  TRY_ASSIGN(auto second, ask_hidden("the same again: "));
  if (first.view() != second.view())
    return fail(Errc::invalid, "the two passphrases are not the same");
  return first;
}

}  // namespace reeve::cli
