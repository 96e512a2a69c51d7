#include "manager/gateway/link_certificate.hpp"

#include "base/log.hpp"
#include "base/time_text.hpp"
#include "manager/gateway/alarms.hpp"

namespace reeve::manager {
namespace {

constexpr Duration kLookEvery = std::chrono::hours(1);
constexpr Duration kIssueEvery = std::chrono::days(30);

}  // namespace

Result<> LinkCertificate::issue() {
  look_at_clock();
  auto now = domain_.clock().wall();
  TRY_ASSIGN(auto settings, link_tls(cluster_, now));
  if (tls_) {
    TRY(tls_->reload(std::move(settings)));
  } else {
    TRY_ASSIGN(tls_, net::ServerTls::create(std::move(settings)));
  }
  issued_ = now;
  return {};
}

// By the clock and not by the hour: somebody who sets it may have made the certificate old.
Task<> LinkCertificate::keep() {
  while (true) {
    auto slept = co_await domain_.sleep_for(kLookEvery);
    if (!slept) co_return;
    look_at_clock();
    auto age = domain_.clock().wall() - issued_;
    if (age >= Duration::zero() && age < kIssueEvery) continue;
    auto issued = issue();
    if (!issued)
      log::error("the link's certificate was not renewed", {{"why", issued.error().what}});
  }
}

void LinkCertificate::look_at_clock() {
  auto now = domain_.clock().wall();
  bool is_wrong = now < cluster_.built;
  if (is_wrong && !is_clock_told_) {
    log::error("this machine's clock is wrong", {{"says", format_time(now)}});
    notices_.raise(own_clock_notice(now, cluster_.built));
  }
  is_clock_told_ = is_wrong;
}

}  // namespace reeve::manager
