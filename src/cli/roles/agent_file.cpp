#include "cli/roles/agent_file.hpp"

#include "json/json.hpp"
#include "sys/files.hpp"

namespace reeve::cli {

namespace {
constexpr const char* kName = "agent.json";
}

Result<> AgentFile::write() const {
  json::Object object{{"agent", agent},
                      {"agent_socket", agent_socket.string()},
                      {"node", node},
                      {"data", data.string()}};
  sys::RealFiles files;
  TRY_ASSIGN(auto folder, files.open_directory(data));
  return files.replace_file(folder, kName, json::serialize_pretty(object), {.mode = 0644},
                            sys::Durability::eventual);
}

Result<> remove_agent_file(const std::filesystem::path& data) {
  sys::RealFiles files;
  TRY_ASSIGN(auto folder, files.open_directory(data));
  auto removed = files.remove_file(folder, kName, sys::Durability::eventual);
  if (!removed && removed.error().code != Errc::not_found) return removed;
  return {};
}

}  // namespace reeve::cli
