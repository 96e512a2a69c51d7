#include "cli/terminal/prompt.hpp"

#include "base/unique_fd.hpp"
#include "cli/environment.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

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

Result<std::string> read_line(int fd) {
  std::string line;
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

}  // namespace

bool can_ask() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

Result<std::string> ask(const std::string& question, Echo echo) {
  UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) return fail(errno_error(errno, "cannot open the terminal"));
  TRY(say(terminal.get(), question));
  if (echo == Echo::shown) return read_line(terminal.get());
  Hidden hidden(terminal.get());
  if (!hidden.is_set()) return fail(Errc::io, "the terminal cannot hide what is typed");
  auto line = read_line(terminal.get());
  TRY(say(terminal.get(), "\n"));
  return line;
}

Result<bool> confirm(const std::string& question) {
  TRY_ASSIGN(auto answer, ask(question + " [y/N] ", Echo::shown));
  return answer == "y" || answer == "Y" || answer == "yes";
}

Result<std::string> read_passphrase_file(const std::filesystem::path& file) {
  TRY_ASSIGN(auto text, read_file(file), "reading the passphrase");
  auto line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty())
    return fail(Errc::invalid, "expected the passphrase in the first line of {}, which is empty",
                file.native());
  return line;
}

Result<std::string> ask_new_passphrase() {
  TRY_ASSIGN(auto first, ask("passphrase (empty: the file is not encrypted): ", Echo::hidden));
  if (first.empty()) return first;
  TRY_ASSIGN(auto second, ask("the same again: ", Echo::hidden));
  if (first != second) return fail(Errc::invalid, "the two passphrases are not the same");
  return first;
}

}  // namespace reeve::cli
