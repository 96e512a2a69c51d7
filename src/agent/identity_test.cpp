#include "agent/identity.hpp"

#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace reeve::agent {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() { fs::create_directories(paths.folder()); }

  static Credentials credentials() {
    return {{"n1", "node-1", "c1", "manager.c1", {"10.0.0.1:7701"}, {}}, "key", "cert", "ca"};
  }

  sys::testing::TempFolder folder;
  Paths paths{folder.path()};
  sys::RealFiles files;
};

TEST_F(IdentityTest, a_new_node_has_none) {
  EXPECT_EQ(load_credentials(files, paths).value().has_value(), false);
  EXPECT_EQ(load_credentials(files, Paths(folder / "absent")).value().has_value(), false);
}

TEST_F(IdentityTest, what_was_saved_is_there_again_and_private) {
  ASSERT_TRUE(save_credentials(files, paths, credentials()));

  auto found = load_credentials(files, paths).value();

  ASSERT_TRUE(found);
  EXPECT_EQ(found->identity.node, "n1");
  EXPECT_EQ(found->identity.managers, std::vector<std::string>{"10.0.0.1:7701"});
  EXPECT_EQ(found->key_pem, "key");
  EXPECT_EQ(found->certificate_pem, "cert");
  EXPECT_EQ(found->ca_pem, "ca");
  for (const auto& entry : fs::directory_iterator(paths.folder()))
    EXPECT_EQ(static_cast<unsigned>(entry.status().permissions()), 0600U) << entry.path();
}

TEST_F(IdentityTest, a_renewed_certificate_takes_the_place_of_the_old_one_alone) {
  ASSERT_TRUE(save_credentials(files, paths, credentials()));
  auto next = credentials();
  next.certificate_pem = "cert 2";
  next.ca_pem = "ca and ca 2";
  ASSERT_TRUE(save_certificate(files, paths, next));
  next.identity.managers = {"10.0.0.2:7701"};
  ASSERT_TRUE(save_identity(files, paths, next.identity));

  auto found = load_credentials(files, paths).value();

  ASSERT_TRUE(found);
  EXPECT_EQ(found->key_pem, "key");
  EXPECT_EQ(found->certificate_pem, "cert 2");
  EXPECT_EQ(found->ca_pem, "ca and ca 2");
  EXPECT_EQ(found->identity.managers, std::vector<std::string>{"10.0.0.2:7701"});
}

TEST_F(IdentityTest, a_missing_key_is_an_operators_matter) {
  ASSERT_TRUE(save_credentials(files, paths, credentials()));
  fs::remove(paths.folder() / "key.pem");

  auto found = load_credentials(files, paths);

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::corrupt);
  EXPECT_THAT(found.error().what, HasSubstr("put it back"));
}

TEST_F(IdentityTest, a_damaged_identity_names_the_file) {
  std::ofstream(paths.identity()) << "{";

  EXPECT_THAT(load_credentials(files, paths).error().what, HasSubstr("identity.json"));
}

TEST_F(IdentityTest, a_second_try_to_join_uses_the_key_of_the_first) {
  auto first = find_or_make_request(files, paths).value();
  auto second = find_or_make_request(files, paths).value();
  ASSERT_TRUE(save_credentials(files, paths, credentials()));
  auto after_joining = find_or_make_request(files, paths).value();

  EXPECT_EQ(first.key_pem, second.key_pem);
  EXPECT_EQ(first.request_pem, second.request_pem);
  EXPECT_NE(first.key_pem, after_joining.key_pem);
}

}  // namespace
}  // namespace reeve::agent
