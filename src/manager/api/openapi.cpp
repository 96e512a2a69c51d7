// GET /api/openapi.json, and the document that `reeve openapi` prints.
#include "manager/api/openapi.hpp"

#include "base/check.hpp"
#include "base/version.hpp"
#include "json/schema.hpp"
#include "link/agent_status.hpp"
#include "manager/api/answers.hpp"
#include "manager/api/handlers.hpp"
#include "manager/api/routes.hpp"
#include "manager/api/types.hpp"
#include "model/ca_status.hpp"
#include "model/process.hpp"
#include "model/program.hpp"
#include "model/service.hpp"
#include "model/subscriber.hpp"

namespace reeve::manager::api {
namespace {

using json::Array;
using json::Object;
using json::Value;

Object all_schemas() {
  json::Definitions definitions;
  json::define<model::Service>(definitions);
  json::define<model::ServiceRequest>(definitions);
  json::define<model::InstanceRequest>(definitions);
  json::define<model::Subscriber>(definitions);
  json::define<model::SubscriberRequest>(definitions);
  json::define<model::SelectorRequest>(definitions);
  json::define<model::SelectorChoice>(definitions);
  json::define<model::Program>(definitions);
  json::define<model::ProgramRequest>(definitions);
  json::define<model::Process>(definitions);
  json::define<model::VerbRequest>(definitions);
  json::define<model::SignalRequest>(definitions);
  json::define<model::Node>(definitions);
  json::define<model::NodeRequest>(definitions);
  json::define<link::AgentStatus>(definitions);
  json::define<model::Token>(definitions);
  json::define<model::TokenRequest>(definitions);
  json::define<model::TokenSecret>(definitions);
  json::define<model::JoinToken>(definitions);
  json::define<model::JoinTokenRequest>(definitions);
  json::define<model::JoinTokenSecret>(definitions);
  json::define<model::AuditEntry>(definitions);
  json::define<NoticeView>(definitions);
  json::define<PushRequest>(definitions);
  json::define<RollbackRequest>(definitions);
  json::define<RevisionItem>(definitions);
  json::define<RevisionContent>(definitions);
  json::define<RevisionDiff>(definitions);
  json::define<OperationAnswer>(definitions);
  json::define<DeletePreview>(definitions);
  json::define<NodeRemoval>(definitions);
  json::define<SubscriberRemoval>(definitions);
  json::define<WhoAmI>(definitions);
  json::define<Status>(definitions);
  json::define<model::CaStatus>(definitions);
  json::define<HoldStatus>(definitions);
  json::define<HoldDifference>(definitions);
  json::define<ResumeAnswer>(definitions);
  json::define<HealthAnswer>(definitions);
  json::define<EventData>(definitions);
  json::define<ErrorAnswer>(definitions);
  return definitions.take();
}

Object schema_of(const RouteSpec& route) {
  if (route.answer.empty()) return {{"type", "object"}};
  auto item = json::reference_schema(route.answer);
  if (route.shape != Shape::list) return item;
  Object properties{{"items", Object{{"type", "array"}, {"items", std::move(item)}}},
                    {"next", Object{{"type", Array{"string", "null"}}}}};
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", Array{"items", "next"}},
          {"additionalProperties", false}};
}

Object content(std::string_view type, Object schema) {
  return {{type, Object{{"schema", std::move(schema)}}}};
}

Object good_answer(const RouteSpec& route) {
  Object answer{{"description", route.status == 204 ? "Done" : "Good"}};
  if (route.shape == Shape::events)
    answer["content"] = content("text/event-stream", {{"type", "string"}});
  else if (route.shape == Shape::bytes)
    answer["content"] =
        content("application/octet-stream", {{"type", "string"}, {"format", "binary"}});
  else if (route.shape == Shape::text)
    answer["content"] = content("text/plain", {{"type", "string"}});
  else if (route.shape != Shape::none)
    answer["content"] = content("application/json", schema_of(route));
  return answer;
}

Object answers(const RouteSpec& route, std::string_view method) {
  Object all{{std::to_string(route.status), good_answer(route)}};
  bool has_preview = route.shape == Shape::none && !route.answer.empty();
  if (has_preview)
    all["200"] = Object{{"description", "With dry_run: who uses it; else who has not confirmed"},
                        {"content", content("application/json", schema_of(route))}};
  if (method == "put")
    all["201"] = Object{{"description", "Created"},
                        {"content", content("application/json", schema_of(route))}};
  all["default"] =
      Object{{"description", "An error, with every fault that was found"},
             {"content", content("application/json", json::reference_schema("ErrorAnswer"))}};
  return all;
}

void add_path_parameters(Array& parameters, std::string_view path) {
  while (true) {
    auto begin = path.find('{');
    if (begin == path.npos) return;
    auto end = path.find('}');
    parameters.push_back(Object{{"name", path.substr(begin + 1, end - begin - 1)},
                                {"in", "path"},
                                {"required", true},
                                {"schema", Object{{"type", "string"}}}});
    path.remove_prefix(end + 1);
  }
}

void add_query_parameters(Array& parameters, std::string_view names) {
  while (!names.empty()) {
    auto space = names.find(' ');
    const auto& spec = parameter(names.substr(0, space));
    names = space == names.npos ? std::string_view() : names.substr(space + 1);
    parameters.push_back(Object{{"name", spec.name.substr(spec.name.find('.') + 1)},
                                {"in", "query"},
                                {"description", spec.summary},
                                {"schema", Object{{"type", spec.type}}}});
  }
}

Object idempotency_key() {
  return {
      {"name", "Idempotency-Key"},
      {"in", "header"},
      {"description",
       "1 to 255 characters; the same request with the same key within 24 hours gets the first "
       "good answer again, another one idempotency_key_reused; a restart of the manager forgets "
       "the keys"},
      {"schema", Object{{"type", "string"}, {"maxLength", 255}}}};
}

Object operation(const RouteSpec& route, std::string_view method, std::string_view path) {
  Object shown{{"summary", route.summary}};
  Array parameters;
  add_path_parameters(parameters, path);
  add_query_parameters(parameters, route.parameters);
  if (method == "post") parameters.push_back(idempotency_key());
  if (!parameters.empty()) shown["parameters"] = std::move(parameters);
  if (!route.body.empty()) {
    Object schema = json::reference_schema(route.body);
    Object bodies = content("application/json", schema);
    bodies["application/yaml"] = Object{{"schema", std::move(schema)}};
    shown["requestBody"] = Object{{"content", std::move(bodies)}};
  }
  shown["responses"] = answers(route, method);
  if (route.permission == Permission::anyone) shown["security"] = Array{};
  shown["x-permission"] = json::enum_name(route.permission);
  return shown;
}

Object all_paths() {
  Object paths;
  for (const auto& route : routes()) {
    auto space = route.pattern.find(' ');
    std::string method(route.pattern.substr(0, space));
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    auto path = route.pattern.substr(space + 1);
    if (!paths.contains(path)) paths[path] = Object();
    paths[path].get_object()[method] = operation(route, method, path);
  }
  return paths;
}

}  // namespace

std::string openapi_document() {
  Object schemes{{"token", Object{{"type", "http"}, {"scheme", "bearer"}}}};
  Object info{{"title", "Reeve"},
              {"version", "v1"},
              {"description",
               "Services, the nodes that use them, and what is on their disks. Errors carry every "
               "fault; GET answers an ETag, and If-Match guards changes."}};
  Object document{
      {"openapi", "3.1.0"},
      {"info", std::move(info)},
      {"security", Array{Object{{"token", Array{}}}}},
      {"paths", all_paths()},
      {"components", Object{{"securitySchemes", std::move(schemes)}, {"schemas", all_schemas()}}}};
  return json::serialize_pretty(document);
}

Result<Response> get_openapi(const Call&) {
  static const auto text = std::make_shared<const std::string>(openapi_document());
  return json_response(text);
}

}  // namespace reeve::manager::api
