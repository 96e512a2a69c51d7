#include "cli/environment.hpp"

#include "agent/paths.hpp"
#include "base/unique_fd.hpp"
#include "net/digest.hpp"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace reeve::cli {

namespace fs = std::filesystem;

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  return value;
}

namespace {
constexpr const char* kInstalled = "/var/lib/reeve";
}

Result<fs::path> default_data_folder() {
  if (auto told = environment("REEVE_DATA")) return fs::path(*told);
  if (::geteuid() == 0) return fs::path(kInstalled);
  auto home = environment("HOME");
  if (!home) return fail(Errc::invalid, "HOME is not set; say where the data lies: --data DIR");
  return fs::path(*home) / ".local/share/reeve";
}

Result<fs::path> data_folder(const std::optional<std::string>& asked) {
  fs::path folder;
  if (asked) {
    if (asked->empty()) return fail(Errc::invalid, "--data is empty; name a folder");
    folder = *asked;
  } else {
    TRY_ASSIGN(folder, default_data_folder());
  }
  std::error_code problem;
  fs::path absolute = fs::absolute(folder, problem);
  if (problem) return fail(errno_error(problem.value(), "find the folder " + folder.string()));
  fs::path normal = absolute.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();  // without a final slash
}

Result<fs::path> agent_socket(const fs::path& data) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  auto beside = agent::Paths(data).socket();
  if (beside.native().size() <= kLongest) return beside;
  auto runtime =
      ::geteuid() == 0 ? std::optional<std::string>("/run") : environment("XDG_RUNTIME_DIR");
  if (!runtime)
    return fail(
        Errc::invalid,
        "{} is too long for a socket, which takes {} bytes; shorten the data folder's path, "
        "or set XDG_RUNTIME_DIR",
        beside.string(), kLongest);
  return fs::path(*runtime) / "reeve" / (net::sha256(data.native()).substr(0, 16) + ".sock");
}

Result<fs::path> installed_agent_socket(const fs::path& data) {
  if (::geteuid() == 0 && data == kInstalled) return fs::path("/run/reeve") / agent::Paths::kSocket;
  return agent_socket(data);
}

Result<std::string> read_file(const fs::path& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) return fail(Errc::not_found, "there is no file {}", path.string());
    return fail(errno_error(errno, "read " + path.string()));
  }
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error(errno, "read " + path.string()));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string invocation(const char* argv0) {
  return argv0 && *argv0 ? std::string(argv0) : std::string("reeve");
}

}  // namespace reeve::cli
