#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <new>

namespace reeve {
namespace {

constexpr std::string_view kShort = "hunter2";  // fits into the object itself
constexpr std::string_view kLong = "a passphrase that does not fit into the object itself";

/// Memory that outlives the secrets in it.
struct Place {
  alignas(Secret) std::array<char, sizeof(Secret)> bytes{};
  Secret* make(std::string_view text) { return new (bytes.data()) Secret(Secret::copy_of(text)); }
  bool has(std::string_view text) const {
    return std::string_view(bytes.data(), bytes.size()).find(text) != std::string_view::npos;
  }
};

TEST(Secret, leaves_nothing_where_it_was) {
  Place place;
  auto* secret = place.make(kShort);
  ASSERT_TRUE(place.has(kShort));

  std::destroy_at(secret);

  EXPECT_FALSE(place.has(kShort));
}

TEST(Secret, leaves_nothing_where_it_moved_from) {
  Place place;
  auto* secret = place.make(kShort);

  Secret moved = std::move(*secret);

  EXPECT_EQ(moved.view(), kShort);
  EXPECT_FALSE(place.has(kShort));
  moved = Secret::copy_of(kLong);
  Secret again;
  again = std::move(moved);
  EXPECT_EQ(again.view(), kLong);
  std::destroy_at(secret);
}

TEST(Secret, wipes_all_that_a_text_had_room_for) {
  std::string text(kLong);
  const char* place = text.data();
  text.resize(3);

  wipe(text);

  EXPECT_TRUE(text.empty());
  ASSERT_EQ(text.data(), place);
  EXPECT_EQ(std::string_view(place, kLong.size()).find_first_not_of('\0'), std::string_view::npos);
}

}  // namespace
}  // namespace reeve
