// The API's description, OpenAPI 3.1, made from the table of routes and the described structs. A
// pure function; api/openapi.json is what it answers.
#pragma once

#include <string>

namespace reeve::manager::api {

std::string openapi_document();

}  // namespace reeve::manager::api
