#include "reeve_bench/api.hpp"

#include <utility>

namespace reeve::bench {

Api::Api(async::Loop& loop, net::Endpoint console, std::string token)
    : client_(loop, std::move(console)), authorization_("Bearer " + token) {}

Task<Result<>> Api::put_service(std::string name, std::string body) {
  net::ClientRequest request;
  request.method = net::Method::put;
  request.target = "/api/v1/services/" + name;
  request.headers.add("Authorization", authorization_);
  request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  CO_TRY_ASSIGN(auto answer, co_await client_.request(std::move(request)), "put {}", name);
  if (answer.status / 100 != 2)
    co_return fail(Errc::unavailable, "put {} was answered with {}: {}", name, answer.status,
                   answer.body);
  co_return Result<>();
}

std::string service_body(std::size_t index, std::size_t instances, std::size_t weight) {
  std::string body = R"({"instances":[)";
  for (std::size_t i = 0; i < instances; ++i)
    body += fmt::format(R"({}{{"ip":"10.{}.{}.{}","port":8080,"weight":{}}})", i ? "," : "",
                        index >> 8 & 255, index & 255, i + 1, i == 0 ? weight : 100);
  return body + "]}";
}

}  // namespace reeve::bench
