// reeve openapi: the description of the API, as this program has it.
#include "manager/api/openapi.hpp"

#include "cli/commands/commands.hpp"

namespace reeve::cli {

namespace {

Result<Answer> show(Session& session) {
  Answer answer;
  answer.text = manager::api::openapi_document();
  if (session.globals().json) {
    TRY_ASSIGN(answer.json, json::parse(answer.text));
  }
  return answer;
}

}  // namespace

void add_openapi(Command& root) {
  root.add("openapi", "print the API's description (OpenAPI 3.1)", kOtherGroup).client(show);
}

}  // namespace reeve::cli
