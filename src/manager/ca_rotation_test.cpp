#include "manager/ca_rotation.hpp"

#include "manager/ca_files.hpp"
#include "manager/testing/desired_state.hpp"
#include "sys/build_time.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

namespace reeve::manager {
namespace {

namespace fs = std::filesystem;
using testing::DesiredState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CaRotationTest : public ::testing::Test {
 protected:
  CaRotationTest() {
    state.put_node("web-1");
    state.put_node("web-2");
    state.start();
    auto made = open_ca(files, folder.path(), CaFiles::may_be_made, "test", sys::build_time());
    EXPECT_TRUE(made);
    state.cluster = open();
    rotation.emplace(CaRotationParts{state.loop.clock(), pool, files, folder.path(), state.cluster,
                                     state.catalog, editor});
    rotation->on_change([this] { ++changes; });
  }

  template <class T>
  T wait(Task<T> task) {
    auto outcome = state.loop.start(std::move(task));
    while (!outcome.is_done()) {
      state.loop.settle();
      std::this_thread::yield();
    }
    return std::move(outcome.value());
  }
  ClusterIdentity open() {
    return wait(open_cluster({state.store, state.loop.clock(), pool, files}, folder.path()))
        .value();
  }
  Result<> rotate() { return wait(rotation->rotate({})); }
  Result<> finish(bool force = false) { return wait(rotation->finish({}, force)); }
  void all_trust() {
    for (const auto* node : {"web-1", "web-2"})
      rotation->note_trusts(DesiredState::uid_of(node), state.cluster.bundle_fingerprints());
  }

  sys::testing::TempFolder folder;
  async::BlockingPool pool{1};
  sys::RealFiles files;
  DesiredState state;
  Editor editor{state.loop.clock(), state.store, state.catalog};
  std::optional<CaRotation> rotation;
  int changes = 0;
};

TEST_F(CaRotationTest, gives_both_cas_signs_with_the_next_and_retires_the_old) {
  auto old = rotation->fingerprint();
  ASSERT_TRUE(rotate());

  EXPECT_EQ(changes, 1);
  EXPECT_EQ(rotation->fingerprint(), old) << "the port and new tokens still are of the old";
  EXPECT_EQ(rotation->status().waiting, 2u);
  EXPECT_THAT(rotation->status().waiting_for, ElementsAre("web-1", "web-2"));
  EXPECT_EQ(state.cluster.bundle_fingerprints().size(), 2u);
  auto request = net::make_request().value();
  auto now = state.loop.clock().wall();
  EXPECT_TRUE(state.cluster.certify(request.request_pem, "u1", now));
  EXPECT_TRUE(link_tls(state.cluster, now));

  EXPECT_THAT(finish().error().what,
              HasSubstr("2 nodes do not trust the new CA yet (web-1, web-2)"));
  all_trust();
  EXPECT_EQ(rotation->status().waiting, 0u);
  ASSERT_TRUE(finish());
  EXPECT_EQ(changes, 2);
  EXPECT_NE(rotation->fingerprint(), old);
  EXPECT_EQ(state.cluster.bundle_fingerprints(), std::vector{rotation->fingerprint()});
  EXPECT_EQ(open().ca_fingerprint, rotation->fingerprint());
  EXPECT_FALSE(fs::exists(folder / "ca.next.key") || fs::exists(folder / "ca.next.pem"));
  EXPECT_EQ(fs::status(folder / "ca.key").permissions(), fs::perms(0600));
}

TEST_F(CaRotationTest, waits_again_for_an_agent_that_no_longer_claims_the_next_ca) {
  ASSERT_TRUE(rotate());
  all_trust();
  ASSERT_EQ(rotation->status().waiting, 0u);

  rotation->note_trusts(DesiredState::uid_of("web-2"), {rotation->fingerprint()});

  EXPECT_THAT(rotation->status().waiting_for, ElementsAre("web-2"));
  EXPECT_EQ(finish().error().code, Errc::in_use);
}

TEST_F(CaRotationTest, audits_what_was_done_and_not_what_failed) {
  auto audited = [&] {
    std::vector<std::string> actions;
    auto snapshot = state.catalog.snapshot();
    for (const auto& item : snapshot->audit) actions.push_back(item.value->index.action);
    return actions;
  };
  fs::create_directories(folder / "ca.next.key");  // where the key is to be written
  ASSERT_FALSE(rotate());
  EXPECT_THAT(audited(), ElementsAre());
  EXPECT_FALSE(state.cluster.next_ca);
  fs::remove(folder / "ca.next.key");

  ASSERT_TRUE(rotate());
  ASSERT_TRUE(finish(true));
  EXPECT_THAT(audited(), ElementsAre("ca.rotate", "ca.finish"));
}

TEST_F(CaRotationTest, goes_on_after_a_restart) {
  ASSERT_TRUE(rotate());
  auto again = open();
  ASSERT_TRUE(again.next_ca);
  EXPECT_EQ(again.next_ca->key_pem, state.cluster.next_ca->key_pem);
  EXPECT_EQ(again.ca.key_pem, state.cluster.ca.key_pem);
}

TEST_F(CaRotationTest, finishes_what_was_interrupted_between_certificate_and_key) {
  ASSERT_TRUE(rotate());
  fs::copy_file(folder / "ca.next.pem", folder / "ca.pem", fs::copy_options::overwrite_existing);

  auto again = open();

  EXPECT_FALSE(again.next_ca);
  EXPECT_EQ(again.ca.key_pem, state.cluster.next_ca->key_pem);
  EXPECT_FALSE(fs::exists(folder / "ca.next.pem"));
}

TEST_F(CaRotationTest, leaves_nodes_behind_by_force_alone_and_does_one_thing_at_a_time) {
  EXPECT_EQ(finish().error().code, Errc::conflict);
  ASSERT_TRUE(rotate());
  EXPECT_EQ(rotate().error().code, Errc::conflict);
  EXPECT_EQ(finish().error().code, Errc::in_use);
  EXPECT_TRUE(finish(true));
  EXPECT_EQ(finish().error().code, Errc::conflict);
}

}  // namespace
}  // namespace reeve::manager
