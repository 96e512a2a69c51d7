#include "cli/roles/role_files.hpp"

#include "json/json.hpp"
#include "sys/files.hpp"

namespace reeve::cli {
namespace {

constexpr const char* kDev = "dev.json";
constexpr const char* kAgent = "agent.json";

Result<> write_file(const std::filesystem::path& data, const char* name, const json::Object& object,
                    mode_t mode) {
  sys::RealFiles files;
  TRY_ASSIGN(auto folder, files.open_directory(data));
  return files.replace_file(folder, name, json::serialize_pretty(object), {.mode = mode},
                            sys::Durability::eventual);
}

Result<> remove_file(const std::filesystem::path& data, const char* name) {
  sys::RealFiles files;
  TRY_ASSIGN(auto folder, files.open_directory(data));
  auto removed = files.remove_file(folder, name, sys::Durability::eventual);
  if (!removed && removed.error().code != Errc::not_found) return removed;
  return {};
}

}  // namespace

Result<> DevFile::write() const {
  json::Object object{{"console", console},    {"token", token},
                      {"agent", agent},        {"agent_socket", agent_socket.string()},
                      {"supervisor", nullptr}, {"node", node},
                      {"data", data.string()}};
  return write_file(data, kDev, object, 0600);
}

Result<> DevFile::remove(const std::filesystem::path& data) { return remove_file(data, kDev); }

Result<> AgentFile::write() const {
  json::Object object{{"agent", agent},
                      {"agent_socket", agent_socket.string()},
                      {"node", node},
                      {"data", data.string()}};
  return write_file(data, kAgent, object, 0644);
}

Result<> AgentFile::remove(const std::filesystem::path& data) { return remove_file(data, kAgent); }

}  // namespace reeve::cli
