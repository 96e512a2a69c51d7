#include "cli/session.hpp"

#include "cli/terminal/words.hpp"

#include <unistd.h>

namespace reeve::cli {

Session::Session(Globals globals, std::string program)
    : globals_(std::move(globals)),
      program_(std::move(program)),
      out_(Terminal::detect(STDOUT_FILENO)),
      err_(Terminal::detect(STDERR_FILENO)) {}

std::string Session::again() const {
  auto words = shell_word(program_);
  return globals_.data ? words + " --data " + shell_word(*globals_.data) : words;
}

Result<Client*> Session::client() {
  if (!client_) {
    TRY_ASSIGN(auto server,
               globals_.local ? find_agent(globals_.data) : find_server(globals_.data));
    client_.emplace(std::move(server));
  }
  return &*client_;
}

void Session::measure_again() { out_ = Terminal::detect(STDOUT_FILENO); }

}  // namespace reeve::cli
