#include "cli/session.hpp"

#include <unistd.h>

namespace reeve::cli {

Session::Session(Globals globals, std::string program)
    : globals_(std::move(globals)),
      program_(std::move(program)),
      out_(Terminal::detect(STDOUT_FILENO)),
      err_(Terminal::detect(STDERR_FILENO)) {}

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
