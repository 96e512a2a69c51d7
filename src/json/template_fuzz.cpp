// Any bytes as a template: no crash, bounded work, and fill() takes just what template_fault()
// does.
#include "json/template.hpp"

#include "base/check.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reeve::json;
  static const Value kValue =
      *parse(R"({"name":"pay","online":[{"ip":"10.0.0.1","port":80,"up":true,
      "labels":{"zone":"a"},"online":false},{"ip":"::1","port":81,"up":false,"online":false}],
      "none":[],"null":null})");
  std::string text(reinterpret_cast<const char*>(data), size);
  auto filled = fill(text, kValue, 4096);
  if (template_fault(text))
    CHECK(!filled && filled.error().code == reeve::Errc::invalid);
  else
    CHECK(filled || filled.error().code == reeve::Errc::too_large);
  return 0;
}
