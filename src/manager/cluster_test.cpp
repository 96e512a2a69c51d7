#include "manager/cluster.hpp"

#include "async/testing/virtual_loop.hpp"
#include "store/catalog/keys.hpp"
#include "store/testing/memory_store.hpp"
#include "sys/build_time.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace reeve::manager {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ClusterTest : public ::testing::Test {
 protected:
  Result<ClusterIdentity> open() {
    auto outcome = loop.start(open_cluster({store, loop.clock(), pool, files}, folder.path()));
    while (!outcome.is_done()) {
      loop.settle();
      std::this_thread::yield();
    }
    return outcome.value();
  }
  std::string why_not() {
    auto opened = open();
    EXPECT_FALSE(opened);
    return opened ? "" : opened.error().what;
  }
  void forget_document() {
    auto done = loop.start(store.commit({{}, {{std::string(store::keys::kCluster), nullptr}}}));
    loop.settle();
    ASSERT_TRUE(done.value());
  }

  async::testing::VirtualLoop loop;
  store::testing::MemoryStore store{loop};
  async::BlockingPool pool{1};
  sys::RealFiles files;
  sys::testing::TempFolder folder;
};

TEST_F(ClusterTest, is_made_once_and_found_again) {
  auto first = open();
  ASSERT_TRUE(first) << first.error().what;
  auto again = open();
  ASSERT_TRUE(again) << again.error().what;

  EXPECT_FALSE(first->document.id.empty());
  EXPECT_EQ(first->document.epoch, 1u);
  EXPECT_EQ(again->document.id, first->document.id);
  EXPECT_EQ(again->ca_fingerprint, first->ca_fingerprint);
  EXPECT_EQ(first->ca_fingerprint.size(), 64u);
  EXPECT_EQ(fs::status(folder / "ca.key").permissions(), fs::perms(0600));
}

TEST_F(ClusterTest, names_its_nodes_by_uri) {
  ClusterIdentity cluster;
  cluster.document.id = "c1";

  EXPECT_EQ(cluster.node_uri("u7"), "reeve://c1/node/u7");
  EXPECT_EQ(cluster.node_of("reeve://c1/node/u7"), "u7");
  EXPECT_FALSE(cluster.node_of("reeve://c2/node/u7"));
  EXPECT_FALSE(cluster.node_of("reeve://c1/node/"));
  EXPECT_FALSE(cluster.node_of("u7"));
}

TEST_F(ClusterTest, issues_a_new_certificate_at_each_start) {
  auto cluster = open();
  ASSERT_TRUE(cluster);
  EXPECT_TRUE(link_tls(*cluster, loop.clock().wall()));
}

TEST_F(ClusterTest, who_joined_while_its_clock_was_ahead_is_not_shut_out_when_that_is_corrected) {
  auto cluster = open().value();
  auto now = sys::plausible(loop.clock().wall(), cluster.built);
  auto request = net::make_request().value();

  auto ahead = cluster.certify(request.request_pem, "u1", now + std::chrono::hours(24 * 365));

  EXPECT_LE(net::read_certificate(ahead.value())->not_before, now);
}

TEST_F(ClusterTest, does_not_make_a_new_ca_for_a_cluster_that_has_nodes) {
  ASSERT_TRUE(open());
  fs::remove(folder / "ca.key");
  EXPECT_THAT(why_not(), HasSubstr("ca.pem\" is there but"));

  fs::remove(folder / "ca.pem");
  EXPECT_THAT(why_not(), HasSubstr("put them back from a backup"));
  EXPECT_FALSE(fs::exists(folder / "ca.key"));
}

TEST_F(ClusterTest, says_what_to_do_when_the_ca_is_damaged) {
  ASSERT_TRUE(open());
  std::ofstream(folder / "ca.pem") << "not a certificate";
  EXPECT_THAT(why_not(), HasSubstr("is damaged"));
}

TEST_F(ClusterTest, refuses_a_key_that_is_of_another_certificate) {
  ASSERT_TRUE(open());
  auto other = net::make_ca("other", loop.clock().wall());
  std::ofstream(folder / "ca.key") << other->key_pem;
  EXPECT_THAT(why_not(), HasSubstr("is damaged"));
}

TEST_F(ClusterTest, finishes_a_first_start_that_was_interrupted) {
  ASSERT_TRUE(open());
  forget_document();
  fs::remove(folder / "ca.pem");  // the key alone was written
  ASSERT_TRUE(open());

  forget_document();  // the document was not
  EXPECT_TRUE(open());
}

TEST_F(ClusterTest, says_when_the_folder_cannot_be_opened) {
  fs::remove_all(folder.path());
  EXPECT_THAT(why_not(), HasSubstr(folder.path().native()));
}

}  // namespace
}  // namespace reeve::manager
