#include "agent/enrolment.hpp"

#include "agent/join.hpp"
#include "base/log.hpp"
#include "base/quote.hpp"
#include "model/name.hpp"
#include "sys/folders.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <utility>

namespace reeve::agent {
namespace {

/// <data> as the operator named it, and in it the agent's own folder.
Result<> make_folders(sys::Files& files, const Paths& paths) {
  TRY(sys::make_open_folders(paths.data()), "cannot make the folder");
  TRY_ASSIGN(auto data, files.open_directory(paths.data()));
  TRY(files.create_child(data, paths.folder().filename().native(), {.mode = 0700}));
  return {};
}

Result<std::string> host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0)
    return fail(errno_error(errno, "cannot ask for the host name"));
  return std::string(name.data());
}

Result<std::string> node_name(const Settings& settings) {
  if (settings.node_name && model::is_name(*settings.node_name)) return *settings.node_name;
  if (settings.node_name)
    return fail(Errc::invalid,
                "a node's name is 1-63 letters, digits, \".\", \"_\" or \"-\", got {}",
                quote(*settings.node_name));
  TRY_ASSIGN(auto host, host_name());
  if (model::is_name(host)) return host;
  return fail(Errc::invalid, "the host name {} cannot be a node's name: give another with --name",
              quote(host));
}

}  // namespace

Task<Result<Credentials>> Enrolment::credentials(Settings settings) {
  using Found = Result<std::optional<Credentials>>;
  std::function<Found()> load = [&files = files_, paths = paths_]() -> Found {
    TRY(make_folders(files, paths));
    return load_credentials(files, paths);
  };
  CO_TRY_ASSIGN(auto found, co_await pool_.run(std::move(load)));
  if (!found) {
    auto joined = co_await join_with_token(std::move(settings));
    co_return joined;
  }
  if (settings.join_token)
    log::info("join token not used: this node has joined already",
              {{"node", found->identity.name}, {"cluster", found->identity.cluster}});
  co_return std::move(*found);
}

Task<Result<Credentials>> Enrolment::join_with_token(Settings settings) {
  if (settings.join_token && settings.managers.empty())
    co_return fail(Errc::invalid,
                   "a join token says who may join, not where: name the manager with --manager "
                   "HOST");
  if (!settings.join_token)
    co_return fail(Errc::unauthenticated,
                   "this node has not joined a manager yet: start it with --join TOKEN --manager "
                   "HOST; \"reeve join-token create\" on the manager prints a token");
  JoinOrder order;
  order.token = *settings.join_token;
  order.managers = settings.managers;
  order.machine_id = read_machine_id(files_);
  CO_TRY_ASSIGN(order.name, node_name(settings));
  std::function<Result<net::CertificateRequest>()> find_key = [&files = files_, paths = paths_] {
    return find_or_make_request(files, paths);
  };
  CO_TRY_ASSIGN(order.key, co_await pool_.run(std::move(find_key)), "the node's key");
  auto& loop = io_.next();
  CO_TRY_ASSIGN(auto credentials, co_await async::on_loop(loop, join(loop, std::move(order))));
  std::function<Result<>()> save = [&files = files_, paths = paths_, credentials] {
    return save_credentials(files, paths, credentials);
  };
  CO_TRY(co_await pool_.run(std::move(save)), "keep the identity");
  log::info("joined",
            {{"node", credentials.identity.name}, {"cluster", credentials.identity.cluster}});
  co_return credentials;
}

}  // namespace reeve::agent
