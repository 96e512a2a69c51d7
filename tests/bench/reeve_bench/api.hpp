// One keep-alive connection to the manager's API, for a writer in a closed loop. Its loop only.
#pragma once

#include "net/client.hpp"

#include <cstddef>
#include <string>

namespace reeve::bench {

class Api {
 public:
  Api(async::Loop& loop, net::Endpoint console, std::string token);

  /// PUT of a service; anything but a 2xx is an error.
  Task<Result<>> put_service(std::string name, std::string body);

 private:
  net::HttpClient client_;
  std::string authorization_;
};

/// A service of so many instances; `weight` is the first one's, so that an edit can change it.
/// `index` makes the addresses of services differ.
std::string service_body(std::size_t index, std::size_t instances, std::size_t weight);

}  // namespace reeve::bench
