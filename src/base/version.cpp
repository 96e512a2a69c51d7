#include "base/version.hpp"

namespace reeve {

std::string_view version() { return REEVE_VERSION; }
std::string_view build_date() { return REEVE_BUILD_DATE; }

}  // namespace reeve
