#include "manager/api/deletion.hpp"

#include "manager/api/answers.hpp"
#include "manager/api/query.hpp"

namespace reeve::manager::api {

Result<Deletion> Deletion::asked(const net::Request& request, std::string name) {
  Query query(request);
  Deletion deletion{std::move(name), {}, query.flag("cascade"), query.flag("dry_run")};
  TRY(query.check());
  TRY_ASSIGN(deletion.precondition, Precondition::of(request));
  return deletion;
}

Result<> Deletion::check(std::string_view what, std::uint64_t revision, std::string_view kind,
                         const std::vector<std::string>& users) const {
  TRY(precondition.check(what, revision));
  if (!users.empty() && !cascade) return fail(in_use_error(what, kind, users));
  return {};
}

}  // namespace reeve::manager::api
