#include "discover/publish/place.hpp"

#include <gtest/gtest.h>

namespace reeve::discover {
namespace {

model::Output at(std::string path) {
  model::Output output;
  output.path = std::move(path);
  return output;
}

const std::vector<std::string> kRoots{"/var/lib/reeve/lists", "/srv/conf", "/srv/conf/deep"};

TEST(Place, defaults_to_the_service_in_the_first_root) {
  auto placed = place({}, "pay", kRoots);

  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->path, "/var/lib/reeve/lists/pay.conf");
  EXPECT_EQ(placed->root, 0U);
  EXPECT_TRUE(placed->folders.empty());
  EXPECT_EQ(placed->name, "pay.conf");
  EXPECT_EQ(placed->folder(), "/var/lib/reeve/lists/");
}

TEST(Place, puts_the_service_in_wherever_it_is_asked_to) {
  auto placed = place(at("/srv/conf//{service}/./{service}.json"), "pay", kRoots);

  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->path, "/srv/conf/pay/pay.json");
  EXPECT_EQ(placed->root, 1U);
  EXPECT_EQ(placed->folders, std::vector<std::string>{"pay"});
}

TEST(Place, takes_the_innermost_root) {
  auto placed = place(at("/srv/conf/deep/x/a"), "pay", kRoots);

  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->root, 2U);
  EXPECT_EQ(placed->folders, std::vector<std::string>{"x"});
}

TEST(Place, takes_the_whole_machine_where_the_root_is_the_root_folder) {
  auto placed = place(at("/etc/pay.conf"), "pay", {"/"});

  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->folders, std::vector<std::string>{"etc"});
}

TEST(Place, refuses_what_leads_out_of_the_roots) {
  struct Row {
    std::string path;
    std::string service;
    Errc code;
  };
  const std::vector<Row> rows{
      {"/etc/passwd", "pay", Errc::forbidden},
      {"/srv/configuration/a", "pay", Errc::forbidden},
      {"/srv/conf/../../etc/passwd", "pay", Errc::invalid},
      {"/srv/conf/{service}", "../../etc/passwd", Errc::invalid},
      {"pay.conf", "pay", Errc::invalid},
      {"/srv/conf", "pay", Errc::invalid},
      {"/srv/conf/", "pay", Errc::invalid},
      {"/srv/conf/folder/", "pay", Errc::invalid},
      {std::string("/srv/conf/a\0b", 13), "pay", Errc::invalid},
      {"/srv/conf/a.before-reeve", "pay", Errc::invalid},
      {"/srv/conf/" + std::string(256, 'a'), "pay", Errc::invalid},
  };

  for (const auto& row : rows) {
    auto placed = place(at(row.path), row.service, kRoots);
    ASSERT_FALSE(placed) << row.path;
    EXPECT_EQ(placed.error().code, row.code) << placed.error().what;
  }
}

TEST(Place, says_where_files_may_go) {
  EXPECT_EQ(place(at("/etc/passwd"), "pay", {"/srv/a", "/srv/b"}).error().what,
            "\"/etc/passwd\" lies outside this node's publish roots (/srv/a, /srv/b)");
}

TEST(ParseMode, reads_octal_permissions_alone) {
  EXPECT_EQ(parse_mode("0644"), 0644U);
  EXPECT_EQ(parse_mode("600"), 0600U);
  for (const auto* text : {"", "8", "4755", "rw", "0644 ", "-1"})
    EXPECT_FALSE(parse_mode(text)) << text;
}

}  // namespace
}  // namespace reeve::discover
