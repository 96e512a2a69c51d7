// Power cuts while the certificate authority is made and changed: whoever has joined is known after
// each of them.
#include "manager/ca_files.hpp"

#include "sys/clock.hpp"
#include "sys/testing/power_cut_files.hpp"
#include "sys/testing/temp_folder.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <functional>

namespace reeve::manager {
namespace {

class CaPowerCut : public ::testing::Test {
 protected:
  using Act = std::function<Result<>(sys::Files&, const std::filesystem::path&)>;
  using Look = std::function<void(const net::Identity& ca, const std::optional<net::Identity>& next,
                                  bool is_done)>;

  Result<net::Identity> open(sys::Files& files, const std::filesystem::path& folder, CaFiles mode) {
    return open_ca(files, folder, mode, "test", now);
  }
  /// Does `act` again and again, with the power going one change later each time, and has `look`
  /// see what the next start finds.
  void at_every_moment(const Act& prepare, const Act& act, CaFiles mode, const Look& look) {
    bool was_cut = true;
    for (std::size_t moment = 0; was_cut; ++moment) {
      SCOPED_TRACE(fmt::format("at change {}", moment));
      sys::testing::TempFolder folder;
      sys::RealFiles before;
      ASSERT_TRUE(prepare(before, folder.path()));
      sys::testing::PowerCutFiles files(moment);
      files.cut_after(moment);
      bool is_done = act(files, folder.path()).has_value();
      was_cut = files.is_cut();
      files.restore();
      auto ca = open(files, folder.path(), mode);
      ASSERT_TRUE(ca) << ca.error().what;
      auto next = open_next_ca(files, folder.path());
      ASSERT_TRUE(next) << next.error().what;
      look(*ca, *next, is_done);
    }
  }

  WallTime now = sys::SystemClock().wall();
  net::Identity old_ca = net::make_ca("old", now).value();
  net::Identity new_ca = net::make_ca("new", now).value();
};

TEST_F(CaPowerCut, at_the_first_start_leaves_one_that_can_be_opened_and_stays) {
  std::optional<std::string> made;
  auto nothing = [](sys::Files&, const std::filesystem::path&) { return Result<>(); };
  auto act = [&](sys::Files& files, const std::filesystem::path& folder) -> Result<> {
    made.reset();
    TRY_ASSIGN(auto ca, open(files, folder, CaFiles::may_be_made));
    made = ca.certificate_pem;
    return {};
  };
  at_every_moment(nothing, act, CaFiles::may_be_made, [&](const auto& ca, const auto&, bool) {
    if (made) EXPECT_EQ(ca.certificate_pem, *made);
  });
}

TEST_F(CaPowerCut, in_a_rotation_leaves_the_old_one_or_the_new_with_its_own_key) {
  auto prepare = [&](sys::Files& files, const std::filesystem::path& folder) -> Result<> {
    TRY_ASSIGN(auto in, files.open_directory(folder));
    TRY(files.replace_file(in, "ca.key", old_ca.key_pem, {.mode = 0600},
                           sys::Durability::eventual));
    return files.replace_file(in, "ca.pem", old_ca.certificate_pem, {}, sys::Durability::eventual);
  };
  bool is_saved = false;
  auto act = [&](sys::Files& files, const std::filesystem::path& folder) -> Result<> {
    is_saved = false;
    TRY(save_next_ca(files, folder, new_ca));
    is_saved = true;
    return adopt_next_ca(files, folder);
  };
  auto look = [&](const net::Identity& ca, const auto& next, bool is_done) {
    bool is_new = ca.certificate_pem == new_ca.certificate_pem;
    EXPECT_EQ(ca.key_pem, is_new ? new_ca.key_pem : old_ca.key_pem);
    EXPECT_TRUE(is_new || ca.certificate_pem == old_ca.certificate_pem);
    EXPECT_TRUE(is_new || !is_done);
    if (is_saved && !is_new) {
      ASSERT_TRUE(next.has_value());
      EXPECT_EQ(next->key_pem, new_ca.key_pem);
    }
  };
  at_every_moment(prepare, act, CaFiles::must_exist, look);
}

}  // namespace
}  // namespace reeve::manager
