#include "manager/api/deletion.hpp"

#include "manager/api/answers.hpp"
#include "net/query.hpp"

namespace reeve::manager::api {

namespace {

Result<Deletion> read(const net::Request& request, std::string name, bool takes_force) {
  net::Query query(request);
  Deletion deletion;
  deletion.name = std::move(name);
  deletion.cascade = query.flag("cascade");
  deletion.is_dry_run = query.flag("dry_run");
  if (takes_force) deletion.force = query.flag("force");
  TRY(query.check());
  TRY_ASSIGN(deletion.precondition, Precondition::of(request));
  return deletion;
}

}  // namespace

Result<Deletion> Deletion::asked(const net::Request& request, std::string name) {
  return read(request, std::move(name), false);
}

Result<Deletion> Deletion::asked_or_forced(const net::Request& request, std::string name) {
  return read(request, std::move(name), true);
}

Result<> Deletion::check(std::string_view what, std::uint64_t revision, std::string_view kind,
                         const std::vector<std::string>& users) const {
  TRY(precondition.check(what, revision));
  if (!users.empty() && !cascade) return fail(in_use_error(what, kind, users));
  return {};
}

}  // namespace reeve::manager::api
