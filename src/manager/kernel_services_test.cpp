#include "manager/kernel_services.hpp"

#include "manager/testing/desired_state.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace reeve::manager {
namespace {

using testing::DesiredState;
using namespace std::chrono_literals;

class KernelServicesTest : public ::testing::Test {
 protected:
  KernelServicesTest() {
    state.put_node("web-1");
    state.put_node("web-2");
    state.start();
    start();
  }
  ~KernelServicesTest() override { stop(); }

  void start() {
    fleet.emplace();
    kernel.emplace(state.loop, state.catalog, *fleet, editor, notices, [this] { return is_held; });
    starts.start(kernel->start());
    state.loop.settle();
    EXPECT_EQ(starts.size(), 0u);
  }
  void stop() {
    auto stopped = state.loop.start(kernel->stop(1s));
    auto quiet = state.loop.start(notices.stop(1s));
    state.loop.advance(1s);
    EXPECT_TRUE(stopped.is_done() && quiet.is_done());
  }

  void connect(const std::string& node, const std::string& address) {
    fleet->connected(uid(node), address + fmt::format(":{}", ++last_port), "1.0.0",
                     state.loop.clock().wall());
  }
  void lose(const std::string& node) { fleet->disconnected(uid(node), state.loop.clock().wall()); }
  void settle() { state.loop.advance(KernelServices::kLongest + 1s); }

  const store::ServiceEntry* service(const std::string& name = "node_manager") {
    found = state.catalog.snapshot();
    const auto* entry = found->services.find(name);
    return entry ? entry->get() : nullptr;
  }
  /// "10.0.0.1:7710 web-1 online" for each.
  std::vector<std::string> members(const std::string& name = "node_manager") {
    std::vector<std::string> lines;
    for (const auto& instance : service(name)->live_instances())
      lines.push_back(instance.id() + ' ' + instance.labels.at("node") + ' ' +
                      std::string(json::enum_name(instance.status)));
    return lines;
  }
  store::Revision head() { return state.catalog.snapshot()->revision; }
  std::vector<std::string> notice_kinds() {
    std::vector<std::string> kinds;
    auto snapshot = state.catalog.snapshot();
    for (const auto& item : snapshot->notices) kinds.push_back(item.value->value.kind);
    return kinds;
  }
  static std::string uid(const std::string& node) { return DesiredState::uid_of(node); }

  using Lines = std::vector<std::string>;
  DesiredState state;
  store::SnapshotPtr found;
  Editor editor{state.loop.clock(), state.store, state.catalog};
  Notices notices{state.loop, state.store};
  async::TaskGroup starts{state.loop, "starts"};
  bool is_held = false;
  int last_port = 40'000;  // agents come from another one each time
  std::optional<Fleet> fleet;
  std::optional<KernelServices> kernel;
};

TEST_F(KernelServicesTest, both_exist_by_themselves) {
  for (const char* name : {"node_manager", "cron_manager"}) {
    ASSERT_TRUE(service(name)) << name;
    EXPECT_TRUE(service(name)->head().kernel);
    EXPECT_EQ(members(name), Lines{}) << "a node that was never seen has no address";
  }
}

TEST_F(KernelServicesTest, a_node_that_connects_has_an_instance) {
  connect("web-1", "10.0.0.1");
  settle();

  EXPECT_EQ(members(), Lines{"10.0.0.1:7710 web-1 online"});
  EXPECT_EQ(members("cron_manager"), members());
  const auto& instance = service()->instances().front();
  EXPECT_EQ(instance.weight, 100);
  EXPECT_EQ(instance.source, model::Source::program);
}

TEST_F(KernelServicesTest, a_node_that_is_down_is_offline_until_it_is_back) {
  connect("web-1", "10.0.0.1");
  connect("web-2", "10.0.0.2");
  settle();
  lose("web-1");
  settle();
  EXPECT_EQ(members(), (Lines{"10.0.0.1:7710 web-1 offline", "10.0.0.2:7710 web-2 online"}));
  auto hold = service()->held().front().holds.front();
  EXPECT_EQ(hold.by, model::Holder::program);
  EXPECT_EQ(hold.why, "the node is down");

  connect("web-1", "10.0.0.3");
  settle();
  EXPECT_EQ(members(), (Lines{"10.0.0.2:7710 web-2 online", "10.0.0.3:7710 web-1 online"}));
}

TEST_F(KernelServicesTest, the_last_that_were_up_stay_online_when_all_are_down) {
  connect("web-1", "10.0.0.1");
  connect("web-2", "10.0.0.2");
  settle();
  lose("web-1");
  settle();
  lose("web-2");
  settle();
  EXPECT_EQ(members(), (Lines{"10.0.0.1:7710 web-1 offline", "10.0.0.2:7710 web-2 online"}));

  connect("web-1", "10.0.0.1");
  settle();
  EXPECT_EQ(members(), (Lines{"10.0.0.1:7710 web-1 online", "10.0.0.2:7710 web-2 offline"}));
  EXPECT_EQ(notice_kinds(), Lines{"list.protected"});
}

TEST_F(KernelServicesTest, a_removed_node_goes_even_if_it_is_the_last) {
  connect("web-1", "10.0.0.1");
  connect("web-2", "10.0.0.2");
  settle();
  lose("web-1");
  settle();
  state.remove_node("web-2");
  settle();
  EXPECT_EQ(members(), Lines{"10.0.0.1:7710 web-1 offline"});

  state.remove_node("web-1");
  settle();
  EXPECT_EQ(members(), Lines{});
}

TEST_F(KernelServicesTest, nobody_is_judged_after_a_start_until_the_fleet_has_judged) {
  connect("web-1", "10.0.0.1");
  connect("web-2", "10.0.0.2");
  settle();
  auto before = members();
  auto revision = head();
  stop();
  kernel.reset();
  start();
  settle();
  EXPECT_EQ(members(), before);
  connect("web-2", "10.0.0.2");
  settle();
  EXPECT_EQ(head(), revision) << "nothing is new: nothing is written";

  fleet->missed(uid("web-1"));
  settle();
  EXPECT_EQ(members(), (Lines{"10.0.0.1:7710 web-1 offline", "10.0.0.2:7710 web-2 online"}));
}

TEST_F(KernelServicesTest, in_hold_nothing_is_touched) {
  is_held = true;
  connect("web-1", "10.0.0.1");
  settle();
  EXPECT_EQ(members(), Lines{});

  is_held = false;
  settle();
  EXPECT_EQ(members(), Lines{"10.0.0.1:7710 web-1 online"});
}

TEST_F(KernelServicesTest, a_thousand_nodes_that_connect_are_one_commit_each) {
  settle();
  for (int i = 0; i < 1000; ++i) state.put_node(fmt::format("n-{:04}", i));
  settle();
  auto before = head();
  for (int i = 0; i < 1000; ++i) {
    connect(fmt::format("n-{:04}", i), fmt::format("10.1.{}.{}", i / 250, i % 250 + 1));
    state.loop.advance(2ms);
  }
  settle();

  EXPECT_EQ(members().size(), 1000u);
  EXPECT_EQ(head() - before, kKernelServices.size());
}

TEST_F(KernelServicesTest, nodes_that_come_and_go_all_the_time_are_written_now_and_then) {
  settle();
  auto before = head();
  for (int i = 0; i < 600; ++i) {
    i % 2 ? lose("web-1") : connect("web-1", "10.0.0.1");
    connect("web-2", fmt::format("10.0.1.{}", i % 250 + 1));
    state.loop.advance(100ms);
  }

  EXPECT_GE(head() - before, 2u);
  EXPECT_LE(head() - before, 2u * 7);
}

TEST_F(KernelServicesTest, agents_behind_one_address_share_an_instance_while_one_is_up) {
  connect("web-1", "10.0.0.1");
  connect("web-2", "10.0.0.1");
  settle();
  EXPECT_EQ(members(), Lines{"10.0.0.1:7710 web-1 online"});
  lose("web-1");
  settle();
  EXPECT_EQ(members(), Lines{"10.0.0.1:7710 web-1 online"});
}

TEST_F(KernelServicesTest, beyond_five_thousand_the_first_by_name_stay_and_a_notice_says_so) {
  for (int i = 0; i < 5001; ++i) {
    auto name = fmt::format("n-{:04}", i);
    state.put_node(name);
    connect(name, fmt::format("10.2.{}.{}", i / 250, i % 250 + 1));
  }
  settle();

  auto lines = members();
  EXPECT_EQ(lines.size(), 5000u);
  EXPECT_EQ(lines.back(), "10.2.19.250:7710 n-4999 online");
  EXPECT_EQ(notice_kinds(), (Lines{"kernel_service.full", "kernel_service.full"}));
}

TEST_F(KernelServicesTest, a_service_of_people_of_the_name_is_left_alone) {
  state.put_service("node_manager", {"10.9.9.9"});
  connect("web-1", "10.0.0.1");
  settle();

  EXPECT_EQ(service()->instances().front().id(), "10.9.9.9:80");
  EXPECT_EQ(notice_kinds(), Lines{"kernel_service.name_taken"});
  EXPECT_EQ(members("cron_manager"), Lines{"10.0.0.1:7710 web-1 online"});
}

}  // namespace
}  // namespace reeve::manager
