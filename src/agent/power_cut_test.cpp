// Power cuts under the agent's spec and the published files, at moments drawn at random.
#include "agent/identity.hpp"
#include "agent/testing/life.hpp"
#include "agent/testing/specs.hpp"
#include "sys/testing/fault_rounds.hpp"
#include "sys/testing/power_cut_files.hpp"
#include "sys/testing/temp_folder.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

namespace reeve::agent {
namespace {

namespace fs = std::filesystem;
using testing::Life;
using testing::list;
using testing::spec_of;
using testing::upsert;

// Machines in one run; each loses its power three times.
constexpr std::uint64_t kFewRounds = 10;
constexpr int kCuts = 3;
constexpr std::size_t kServices = 5;
// Services of which the operator had a file before.
constexpr const char* kByHand = "by hand";

/// What one service is at a time: a version of its list, with files or with the word to remove
/// them. Nothing: the node has no list of it.
struct Wish {
  std::uint64_t version = 0;
  bool is_removal = false;
  auto operator<=>(const Wish&) const = default;
};

std::string name_of(std::size_t service) { return fmt::format("s{}", service); }

/// A manager and a machine of which the power goes.
class Machine {
 public:
  explicit Machine(std::uint64_t seed) : files_(seed), random_(seed) {
    fs::create_directories(paths_.folder());
    fs::create_directories(paths_.lists());
    std::ofstream(file_of("s0")) << kByHand;
    for (std::size_t i = 0; i < kServices; ++i) possible_[name_of(i)] = {std::nullopt};
  }

  void live_until_the_power_goes() {
    {
      Life life(files_, paths_);
      files_.cut_after(below(40));
      send_what_is_missing(life);
      while (!files_.is_cut()) edit(life);
    }
    files_.restore();
    check_disk();
  }

  void live_in_peace() {
    Life life(files_, paths_);
    send_what_is_missing(life);
    life.settle();
    EXPECT_EQ(life.applier->mark()->digest, digest_of(wished()));
    check_disk();
  }

 private:
  // One of these stands there; the first is what was acknowledged last.
  using Possible = std::vector<std::optional<Wish>>;

  void edit(Life& life) {
    auto spec = spec_of(++version_, {});
    std::set<std::string> services;
    for (std::size_t i = 0; i <= below(3); ++i) services.insert(name_of(below(kServices)));
    for (const auto& service : services) {
      auto& wish = wishes_[service];
      if (!wish)
        wish = {version_, false};
      else if (below(4) == 0)
        wish.reset();
      else
        wish = {version_, below(4) == 0};
      if (wish)
        spec.upserts.push_back(upsert(list_of(service, *wish)));
      else
        spec.removals.push_back(service);
    }
    send(life, std::move(spec), services);
  }

  /// As a manager does after a hello.
  void send_what_is_missing(Life& life) {
    auto mark = life.applier->mark();
    if (!mark || mark->digest == digest_of(wished())) return;
    EXPECT_LE(mark->version, version_);
    auto spec = spec_of(version_, {});
    spec.whole = true;
    std::set<std::string> services;
    for (const auto& [service, wish] : wishes_) {
      services.insert(service);
      if (wish) spec.upserts.push_back(upsert(list_of(service, *wish)));
    }
    send(life, std::move(spec), services);
  }

  void send(Life& life, link::Spec spec, const std::set<std::string>& services) {
    for (const auto& service : services) possible_[service].push_back(wishes_[service]);
    auto count = life.answers.size();
    life.applier->offer(std::move(spec));
    life.until([&] { return life.answers.size() > count || files_.is_cut(); });
    if (life.answers.size() == count) return;
    acknowledged_ = life.answers.back().version;
    for (const auto& word : life.answers.back().lists)
      if (!word.error) possible_[word.service] = {wishes_[word.service]};
    for (const auto& service : services)
      if (!wishes_[service]) possible_[service] = {std::nullopt};
  }

  /// Before an agent has started on it.
  void check_disk() {
    SpecStore store(files_, paths_, "c1");
    auto held = store.load();
    ASSERT_TRUE(held) << held.error().what;
    EXPECT_GE(held->version, acknowledged_);
    for (const auto& [service, possible] : possible_) {
      check_list(service, *held, possible);
      check_file(service, possible);
    }
    for (const auto& entry : fs::directory_iterator(paths_.spec()))
      EXPECT_FALSE(entry.path().native().ends_with(Paths::kDamagedSuffix)) << entry.path();
  }

  void check_list(const std::string& service, const HeldSpec& held, const Possible& possible) {
    auto found = held.lists.find(service);
    std::optional<Wish> here;
    if (found != held.lists.end())
      here = Wish{found->second.list->version, found->second.list->remove_files.value_or(false)};
    EXPECT_NE(std::ranges::find(possible, here), possible.end())
        << "the list of " << service << " has version " << (here ? here->version : 0);
  }

  void check_file(const std::string& service, const Possible& possible) {
    auto here = read(file_of(service));
    auto before = read(file_of(service) + ".before-reeve");
    if (service != "s0")
      EXPECT_EQ(before, std::nullopt) << "a file of ours was taken for another's";
    bool is_foreign = service == "s0" && here == kByHand;
    if (service == "s0" && !is_foreign) EXPECT_EQ(before, kByHand) << "somebody's file is lost";
    if (is_foreign) {
      EXPECT_TRUE(std::ranges::any_of(possible,
                                      [](const auto& wish) { return !wish || wish->is_removal; }));
      return;
    }
    EXPECT_TRUE(is_possible(service, here, possible))
        << "the file of " << service << " is " << here.value_or("not there");
  }

  /// Of a list that is gone any file stays.
  bool is_possible(const std::string& service, const std::optional<std::string>& here,
                   const Possible& possible) const {
    return std::ranges::any_of(possible, [&](const auto& wish) {
      if (!wish) return !here || is_whole(service, *here);
      return wish->is_removal ? !here : here == text_of(service, *wish);
    });
  }

  bool is_whole(const std::string& service, const std::string& text) const {
    for (std::uint64_t version = 1; version <= version_; ++version)
      if (text == text_of(service, {version, false})) return true;
    return false;
  }

  static model::ServiceList list_of(const std::string& service, Wish wish) {
    auto made = list(service, wish.version);
    if (wish.is_removal) made.remove_files = true;
    return made;
  }

  std::string text_of(const std::string& service, Wish wish) const {
    auto settings = Life::publisher_settings(paths_);
    auto planned = discover::plan_files(list_of(service, wish), settings.roots, settings.digest);
    return planned.files.at(0).text;
  }

  HeldSpec wished() const {
    std::vector<link::Upsert> upserts;
    for (const auto& [service, wish] : wishes_)
      if (wish) upserts.push_back(upsert(list_of(service, *wish)));
    return testing::held_spec(version_, upserts);
  }

  std::string file_of(const std::string& service) const {
    return (paths_.lists() / (service + ".conf")).native();
  }
  static std::optional<std::string> read(const std::string& path) {
    std::ifstream in(path);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  sys::testing::TempFolder folder_;
  Paths paths_{folder_.path()};
  sys::testing::PowerCutFiles files_;
  std::mt19937_64 random_;
  std::uint64_t version_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::map<std::string, std::optional<Wish>> wishes_;
  std::map<std::string, Possible> possible_;
};

TEST(PowerCut, takes_nothing_from_the_node_that_was_acknowledged_and_leaves_nothing_half) {
  sys::testing::each_fault_round(kFewRounds, [](std::uint64_t seed) {
    Machine machine(seed);
    for (int i = 0; i < kCuts; ++i) machine.live_until_the_power_goes();
    machine.live_in_peace();
  });
}

Credentials credentials(const std::string& part) {
  return {{"n1", "node-1", "c1", "manager.c1", {}, {}}, "key", "certificate " + part, "CA " + part};
}

/// Does `act` again and again, with the power going one change later each time, until it ends
/// before that; tells `check` whether it did.
void at_every_moment(const std::function<Result<>(sys::Files&, const Paths&)>& act,
                     const std::function<void(sys::Files&, const Paths&, bool)>& check) {
  for (std::size_t moment = 0;; ++moment) {
    SCOPED_TRACE(fmt::format("at change {}", moment));
    sys::testing::TempFolder folder;
    Paths paths(folder.path());
    fs::create_directories(paths.folder());
    sys::testing::PowerCutFiles files(moment);
    files.cut_after(moment);
    bool is_done = act(files, paths).has_value();
    bool was_cut = files.is_cut();
    files.restore();
    check(files, paths, is_done);
    if (!was_cut) break;
  }
}

TEST(PowerCut, while_joining_leaves_a_node_that_has_joined_or_may_join_again_with_its_key) {
  std::string key;
  auto act = [&key](sys::Files& files, const Paths& paths) -> Result<> {
    key.clear();
    TRY_ASSIGN(auto request, find_or_make_request(files, paths));
    key = request.key_pem;  // from here on a manager may know it
    auto joined = credentials("1");
    joined.key_pem = key;
    return save_credentials(files, paths, joined);
  };
  auto check = [&key](sys::Files& files, const Paths& paths, bool is_done) {
    auto found = load_credentials(files, paths);
    ASSERT_TRUE(found) << found.error().what;
    EXPECT_TRUE(*found || !is_done);
    if (*found) {
      EXPECT_EQ((*found)->key_pem, key);
      EXPECT_EQ((*found)->ca_pem, "CA 1");
    } else if (!key.empty()) {
      EXPECT_EQ(find_or_make_request(files, paths)->key_pem, key);
    }
  };
  at_every_moment(act, check);
}

TEST(PowerCut, while_a_renewed_certificate_is_kept_leaves_no_new_cas_beside_the_old_one) {
  auto act = [](sys::Files& files, const Paths& paths) -> Result<> {
    sys::RealFiles before;
    EXPECT_TRUE(save_credentials(before, paths, credentials("1")));
    return save_certificate(files, paths, credentials("2"));
  };
  auto check = [](sys::Files& files, const Paths& paths, bool is_done) {
    auto found = load_credentials(files, paths).value();
    ASSERT_TRUE(found.has_value());
    bool is_new = found->certificate_pem == "certificate 2";
    EXPECT_TRUE(is_new || found->certificate_pem == "certificate 1");
    EXPECT_TRUE(found->ca_pem == "CA 1" || (is_new && found->ca_pem == "CA 2"));
    if (is_done) EXPECT_EQ(found->ca_pem, "CA 2");
  };
  at_every_moment(act, check);
}

TEST(PowerCut, while_a_damaged_list_is_set_aside_leaves_it_under_one_name_or_the_other) {
  auto act = [](sys::Files& files, const Paths& paths) -> Result<> {
    fs::create_directories(paths.spec());
    std::ofstream(paths.spec() / "a.json") << "damaged";
    TRY(SpecStore(files, paths, "c1").load());
    return {};
  };
  auto check = [](sys::Files&, const Paths& paths, bool) {
    EXPECT_TRUE(fs::exists(paths.spec() / "a.json") || fs::exists(paths.spec() / "a.json.damaged"));
  };
  at_every_moment(act, check);
}

}  // namespace
}  // namespace reeve::agent
