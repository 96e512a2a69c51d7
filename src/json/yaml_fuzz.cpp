// Any bytes as YAML: no crash, no bomb, and each mark tree has the shape of its value.
#include "json/yaml.hpp"

#include "base/check.hpp"

#include <cstddef>
#include <cstdint>

namespace {

void check_shape(const reeve::json::Value& value, const reeve::json::Mark& mark) {
  std::size_t at = 0;
  if (const auto* array = value.if_array()) {
    CHECK(array->size() == mark.children.size());
    for (const auto& element : *array) check_shape(element, mark.children[at++]);
  } else if (const auto* object = value.if_object()) {
    CHECK(object->size() == mark.children.size());
    for (const auto& member : *object) check_shape(member.value(), mark.children[at++]);
  } else {
    CHECK(mark.children.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reeve::json;
  auto documents = parse_yaml(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!documents) return 0;
  for (const Document& document : *documents) {
    check_shape(document.value, document.mark);
    CHECK(parse(serialize(resolve(document.value, document.mark))).has_value());
  }
  return 0;
}
