#include "manager/rate_limit.hpp"

namespace reeve::manager {

bool RateLimit::allow(const std::string& key, Instant now) {
  if (now - began_ >= settings_.window) {
    began_ = now;
    all_ = 0;
    counts_.clear();
  }
  // Beyond this no key is added, so there are never more keys than that.
  if (all_ >= settings_.all) return false;
  if (++counts_[key] > settings_.each) return false;
  ++all_;
  return true;
}

}  // namespace reeve::manager
