// Whatever bytes come, in whatever pieces: the parser must not crash, loop or hand on a request
// that breaks the handlers' assumptions.
#include "base/check.hpp"
#include "net/http/request_parser.hpp"
#include "net/router.hpp"

#include <algorithm>
#include <cstdint>

namespace {

using namespace reeve::net;

const Router<int>& router() {
  static const Router<int> routes = [] {
    Router<int> made;
    made.add("GET /api/v1/services/{service}", 0);
    made.add("PUT /api/v1/services/{service}/instances/{instance}", 1, 100);
    return made;
  }();
  return routes;
}

void handle(const Request& request) {
  auto match = router().match(request);
  if (!match.payload) {
    CHECK(unmatched_response(match.table).status >= 400);
  } else {
    CHECK(!match.params()["service"].empty());
  }
  request.parameters();
  is_websocket_request(request);
}

// The first byte chooses how large the pieces are that the rest comes in.
void feed(std::string_view bytes, std::size_t piece) {
  RequestParser parser(1024);
  std::string input;
  bool is_admitted = false;
  while (!bytes.empty()) {
    input += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto used = parser.feed(input);
      if (!used) {
        CHECK(status_of_bad_request(used.error()) >= 400);
        return;
      }
      input.erase(0, *used);
      if (parser.has_header() && !is_admitted) {
        is_admitted = true;
        parser.set_body_limit(router().body_limit(parser.request, 2000));
      } else if (parser.has_header() && parser.is_done()) {
        CHECK(!parser.content_length() || *parser.content_length() == parser.request.body.size());
        handle(parser.request);
        parser.reset();
        is_admitted = false;
      } else if (*used == 0) {
        break;
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  feed({reinterpret_cast<const char*>(data) + 1, size - 1}, std::size_t{1} + data[0]);
  return 0;
}
