#include "net/ca.hpp"

#include "net/digest.hpp"

#include <gtest/gtest.h>

namespace reeve::net {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
const std::string kUri = "reeve://c1/node/0190";

TEST(Ca, certifies_the_key_of_a_request_for_a_node) {
  auto ca = make_ca("Reeve c1", kNow).value();
  auto request = make_request().value();

  auto later = kNow + 1000h;
  auto pem = sign_request(ca, request.request_pem, kUri, later).value();

  auto facts = read_certificate(pem).value();
  EXPECT_EQ(facts.uri, kUri);
  // As old as its CA: a manager whose clock was ahead leaves no node that is not yet valid.
  EXPECT_EQ(facts.not_before, read_certificate(ca.certificate_pem)->not_before);
  EXPECT_EQ(facts.not_after, later + kNodeLife);
  EXPECT_EQ(facts.key_fingerprint, request_key_fingerprint(request.request_pem).value());
  EXPECT_EQ(facts.fingerprint.size(), 64u);
  auto again = read_certificate(sign_request(ca, request.request_pem, kUri, kNow).value()).value();
  EXPECT_NE(facts.serial, again.serial);
  EXPECT_EQ(facts.key_fingerprint, again.key_fingerprint);
}

TEST(Ca, certifies_a_key_again) {
  auto first = make_request().value();
  auto again = make_request(first.key_pem).value();
  EXPECT_EQ(again.key_pem, first.key_pem);
  EXPECT_EQ(request_key_fingerprint(again.request_pem).value(),
            request_key_fingerprint(first.request_pem).value());
  EXPECT_FALSE(make_request("no key"));
}

TEST(Ca, its_servers_are_as_old_as_itself) {
  auto ca = make_ca("Reeve c1", kNow).value();
  auto server = issue_server(ca, {"manager.c1"}, kNow + 1000h).value();
  auto both = read_certificates(server.certificate_pem + ca.certificate_pem).value();
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].not_before, both[1].not_before);
  EXPECT_EQ(both[0].not_after, kNow + 1000h + kServerLife);
}

TEST(Ca, lasts_ten_years_and_names_servers) {
  auto ca = make_ca("Reeve c1", kNow).value();
  EXPECT_EQ(read_certificate(ca.certificate_pem)->not_after, kNow + kCaLife);
  auto server = issue_server(ca, {"manager.c1", "10.0.0.1", "::1"}, kNow).value();
  EXPECT_EQ(read_certificate(server.certificate_pem)->common_name, "manager.c1");
}

TEST(Ca, refuses_what_is_no_request_or_no_name) {
  auto ca = make_ca("Reeve c1", kNow).value();
  auto request = make_request().value();
  EXPECT_EQ(sign_request(ca, "nonsense", kUri, kNow).error().code, Errc::invalid);
  EXPECT_EQ(sign_request(ca, ca.certificate_pem, kUri, kNow).error().code, Errc::invalid);
  EXPECT_EQ(sign_request(ca, request.request_pem, "a,DNS:evil", kNow).error().code, Errc::invalid);
  EXPECT_EQ(issue_server(ca, {"a\nb"}, kNow).error().code, Errc::invalid);
  auto other = make_ca("other", kNow).value();
  EXPECT_FALSE(sign_request({ca.certificate_pem, other.key_pem}, request.request_pem, kUri, kNow));
}

TEST(Digest, agrees_with_a_published_vector) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(random_hex(16).size(), 32u);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace reeve::net
