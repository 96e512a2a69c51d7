// Any bytes as JSON: no crash, and what is accepted reads back the same from its own text.
#include "json/json.hpp"

#include "base/check.hpp"
#include "json/patch.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reeve::json;
  auto value = parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!value) return 0;
  auto again = parse(serialize(*value));
  CHECK(again && *again == *value);
  auto pretty = parse(serialize_pretty(*value));
  CHECK(pretty && *pretty == *value);
  CHECK(merge_patch(Object{{"a", 1}}, diff(Object{{"a", 1}}, *value)) == merge_patch({}, *value));
  return 0;
}
