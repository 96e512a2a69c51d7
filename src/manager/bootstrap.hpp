// The first start, and what every start leaves for those on this machine: the data folder, the
// administrator's API token of this installation, and manager.json. Domain loop; files on the pool.
#pragma once

#include "async/call.hpp"
#include "manager/editor.hpp"
#include "net/address.hpp"
#include "sys/clock.hpp"
#include "sys/files.hpp"

#include <filesystem>
#include <string>

namespace reeve::manager {

/// <data> and <data>/manager, made where they are missing, the latter for this user alone.
/// Blocking.
Result<> make_folders(const std::filesystem::path& data);

/// "http://127.0.0.1:7700": how a program of this machine reaches the endpoint.
std::string local_url(const net::Endpoint& listening);

class Bootstrap {
 public:
  /// All must outlive this.
  Bootstrap(const sys::Clock& clock, const store::Catalog& catalog, Editor& editor,
            async::BlockingPool& pool, sys::Files& files, std::filesystem::path data);

  /// The token in <data>/manager/administrator.token (0600). Where there is none that is still
  /// good a new one is made: who may write this folder is the administrator.
  Task<Result<std::string>> administrator_token();

  /// Leaves <data>/manager.json (0600), as a whole.
  Task<Result<>> write_manager_json(net::Endpoint console, std::string token);

 private:
  bool is_good(const std::string& token) const;
  Task<Result<std::string>> make_administrator();
  Task<Result<std::string>> read_token();
  Task<Result<>> write(std::filesystem::path folder, std::string name, std::string text,
                       sys::Durability durability);

  const sys::Clock& clock_;
  const store::Catalog& catalog_;
  Editor& editor_;
  async::BlockingPool& pool_;
  sys::Files& files_;
  std::filesystem::path data_;
};

}  // namespace reeve::manager
