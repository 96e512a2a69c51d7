#include "manager/plan.hpp"

#include "link/digest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace reeve::manager {
namespace {

/// A list of service `uid` with one instance, whose weight tells versions apart.
PlannedListPtr list(const std::string& uid, int weight) {
  auto head = std::make_shared<store::Document<model::StoredService>>();
  head->value.uid = uid;
  head->value.name = uid;
  head->value.revision = static_cast<std::uint64_t>(weight);
  head->modified = static_cast<std::uint64_t>(weight);
  auto content = std::make_shared<store::Document<model::StoredContent>>();
  model::InstanceSpec instance;
  instance.ip = IpAddress::parse("10.0.0.1").value();
  instance.port = 80;
  instance.weight = weight;
  content->value.instances.push_back(instance);
  content->modified = head->modified;
  auto service = std::make_shared<const store::ServiceEntry>(
      head, content, std::make_shared<store::Document<model::StoredLive>>(),
      std::make_shared<store::Document<model::StoredSubscriptions>>(), nullptr);
  model::Cluster cluster;
  cluster.id = "c1";
  return std::make_shared<const PlannedList>(service, service->newest(), cluster,
                                             model::default_outputs());
}

Plan plan_of(const std::map<std::string, int>& weights) {
  Plan plan;
  for (const auto& [uid, weight] : weights) plan.push_back(list(uid, weight));
  return plan;
}

/// Some of eight services, each at one of three weights.
std::map<std::string, int> some_weights() {
  auto numbers = *rc::gen::container<std::vector<int>>(8, rc::gen::inRange(0, 4));
  std::map<std::string, int> weights;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] > 0) weights["s" + std::to_string(i)] = numbers[i];
  return weights;
}

TEST(Plan, a_delta_says_what_is_new_what_is_other_and_what_is_gone) {
  auto from = plan_of({{"a", 1}, {"b", 1}, {"c", 1}});
  auto to = plan_of({{"b", 1}, {"c", 2}, {"d", 1}});

  auto delta = plan_delta(from, to);

  ASSERT_EQ(delta.upserts.size(), 2u);
  EXPECT_EQ(delta.upserts[0]->uid(), "c");
  EXPECT_EQ(delta.upserts[1]->uid(), "d");
  EXPECT_EQ(delta.removals, std::vector<std::string>{"a"});
}

TEST(Plan, lists_made_twice_alike_are_no_difference) {
  EXPECT_TRUE(plan_delta(plan_of({{"a", 1}}), plan_of({{"a", 1}})).empty());
}

TEST(Plan, finds_its_lists) {
  auto plan = plan_of({{"a", 1}, {"c", 1}});

  EXPECT_EQ(find_list(plan, "c")->uid(), "c");
  EXPECT_EQ(find_list(plan, "b"), nullptr);
  EXPECT_EQ(find_list({}, "b"), nullptr);
}

TEST(Plan, its_digest_is_the_one_an_agent_works_out_of_the_lists) {
  auto plan = plan_of({{"a", 1}, {"b", 2}});

  EXPECT_EQ(plan_digest(plan),
            link::spec_digest({{"a", plan[0]->digest()}, {"b", plan[1]->digest()}}));
  EXPECT_EQ(plan_digest({}), "");
}

TEST(Plan, a_limited_delta_keeps_at_least_one_list) {
  auto plan = plan_of({{"a", 1}, {"b", 1}, {"c", 1}});
  auto one = plan[0]->text()->size();

  EXPECT_EQ(limited(plan_delta({}, plan), 1).upserts.size(), 1u);
  EXPECT_EQ(limited(plan_delta({}, plan), 2 * one).upserts.size(), 2u);
  EXPECT_EQ(limited(plan_delta({}, plan), 100 * one).upserts.size(), 3u);
}

RC_GTEST_PROP(PlanProperties, a_delta_makes_the_one_out_of_the_other, ()) {
  auto from = plan_of(some_weights());
  auto to = plan_of(some_weights());

  auto made = with_delta(from, plan_delta(from, to));

  RC_ASSERT(plan_digest(made) == plan_digest(to));
  RC_ASSERT(plan_delta(made, to).empty());
}

// What a slow agent gets: it skips any number of plans, and its deltas may be cut anywhere.
RC_GTEST_PROP(PlanProperties, deltas_in_any_grouping_lead_to_the_newest_plan, ()) {
  auto count = *rc::gen::inRange(1, 8);
  Plan has;
  Plan newest;
  for (int i = 0; i < count; ++i) {
    newest = plan_of(some_weights());
    if (!*rc::gen::arbitrary<bool>()) continue;
    auto most = static_cast<std::size_t>(*rc::gen::inRange(1, 2000));
    has = with_delta(has, limited(plan_delta(has, newest), most));
  }
  while (!plan_delta(has, newest).empty())
    has = with_delta(has, limited(plan_delta(has, newest), 1));

  RC_ASSERT(plan_digest(has) == plan_digest(newest));
}

RC_GTEST_PROP(PlanProperties, edits_keep_the_order_and_each_service_once, ()) {
  auto plan = plan_of(some_weights());
  PlanEdits edits;
  for (const auto& [uid, weight] : some_weights())
    edits[uid] = weight == 1 ? nullptr : list(uid, weight);

  auto edited = with_edits(plan, edits);

  std::set<std::string> wanted;
  for (const auto& old : plan) wanted.insert(old->uid());
  for (const auto& [uid, edit] : edits) edit ? (void)wanted.insert(uid) : (void)wanted.erase(uid);
  std::vector<std::string> services;
  for (const auto& got : edited) services.push_back(got->uid());
  RC_ASSERT(services == std::vector<std::string>(wanted.begin(), wanted.end()));
}

}  // namespace
}  // namespace reeve::manager
