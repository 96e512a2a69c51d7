#include "discover/formats/formats.hpp"
#include "json/codec.hpp"

namespace reeve::discover {
namespace {

json::Array label_list(const model::ListedInstance& instance) {
  json::Array labels;
  for (const auto& [key, value] : instance.labels)
    labels.push_back(json::Object{{"key", key}, {"value", value}, {"label_list", false}});
  return labels;
}

json::Object instance_data(const model::ListedInstance& instance) {
  auto known = instance;
  known.unknown.clear();  // might be a list that a template could walk within itself
  auto data = json::encode(known).as_object();
  data["address"] = endpoint_text(instance.ip, instance.port);
  data["eligible"] = is_eligible(instance);
  data["label_list"] = label_list(instance);
  data["instances"] = false;
  return data;
}

/// So that a template can put commas between them.
void mark_ends(json::Array& items) {
  for (auto& item : items) {
    item.as_object()["first"] = &item == &items.front();
    item.as_object()["last"] = &item == &items.back();
  }
}

}  // namespace

json::Value template_data(const model::ServiceList& list, const Instances& instances) {
  json::Array all;
  json::Array eligible;
  for (const auto* instance : instances) {
    all.push_back(instance_data(*instance));
    if (is_eligible(*instance)) eligible.push_back(all.back());
  }
  mark_ends(all);
  mark_ends(eligible);
  return json::Object{{"service", list.service},     {"description", list.description},
                      {"revision", list.revision},   {"version", list.version},
                      {"instances", std::move(all)}, {"eligible", std::move(eligible)}};
}

}  // namespace reeve::discover
