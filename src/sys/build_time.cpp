#include "sys/build_time.hpp"

#include "base/time_text.hpp"
#include "base/version.hpp"

#include <string>

namespace reeve::sys {

WallTime build_time() {
  // A build that does not know its date knows no earliest time.
  static const WallTime day =
      parse_time(std::string(build_date()) + "T00:00:00Z").value_or(WallTime{});
  return day;
}

}  // namespace reeve::sys
