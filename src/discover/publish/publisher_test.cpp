#include "discover/publish/publisher.hpp"

#include "async/testing/virtual_loop.hpp"
#include "sys/testing/faulty_files.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

namespace reeve::discover {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string plain_digest(std::string_view text) { return "digest of " + std::string(text); }

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() {
    settings.roots = {(folder / "lists").native()};
    settings.own_root = settings.roots[0];
    settings.digest = plain_digest;
  }

  Publisher& publisher() {
    if (!publisher_) publisher_.emplace(loop, files, pool, settings);
    return *publisher_;
  }

  static model::ServiceList list(const std::string& service, std::uint16_t port = 80) {
    model::ServiceList made;
    made.service = service;
    made.uid = "uid-" + service;
    made.instances.emplace_back();
    made.instances[0].port = port;
    return made;
  }
  model::ServiceList list_at(const std::string& service, const std::string& path) {
    auto made = list(service);
    made.outputs.emplace_back();
    made.outputs[0].path = (folder / path).native();
    return made;
  }
  static std::string text_of(const std::string& service, std::uint16_t port = 80) {
    return plan_files(list(service, port), {"/"}, plain_digest).files[0].text;
  }

  std::vector<Published> publish(const std::vector<model::ServiceList>& lists,
                                 const std::vector<std::string>& own = {}) {
    std::vector<Publication> publications;
    for (const auto& each : lists) {
      publications.push_back(plan_files(each, settings.roots, plain_digest));
      for (auto& file : publications.back().files) file.own = own;
    }
    auto outcome = loop.start(publisher().publish(std::move(publications)));
    while (!outcome.is_done()) {
      loop.settle();
      std::this_thread::yield();
    }
    return outcome.value();
  }

  std::string read(const std::string& path) {
    std::ifstream in(folder / path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((folder / path).parent_path());
    std::ofstream(folder / path) << text;
  }
  unsigned mode_of(const std::string& path) {
    return static_cast<unsigned>(fs::status(folder / path).permissions());
  }
  std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / path))
      names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }

  sys::testing::TempFolder folder;
  sys::testing::FaultyFiles files;
  PublisherSettings settings;
  async::testing::VirtualLoop loop;
  async::BlockingPool pool{3};

 private:
  std::optional<Publisher> publisher_;
};

TEST_F(PublisherTest, writes_the_default_file_into_its_own_root_which_it_makes) {
  auto results = publish({list("pay")});

  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].error, std::nullopt);
  EXPECT_EQ(read("lists/pay.conf"),
            R"([{"ip":"0.0.0.0","port":80,"status":"online","weight":100}])");
  EXPECT_EQ(mode_of("lists/pay.conf"), 0644U);
  EXPECT_THAT(names_in("lists"), ElementsAre("pay.conf"));
  EXPECT_EQ(results[0].files.at(folder / "lists/pay.conf"), plain_digest(text_of("pay")));
}

TEST_F(PublisherTest, writes_many_lists_and_every_output) {
  std::vector<model::ServiceList> lists;
  for (int i = 0; i < 50; ++i) {
    lists.push_back(list("s" + std::to_string(i)));
    lists.back().outputs.resize(2);
    lists.back().outputs[1].format = model::Format::json;
    lists.back().outputs[1].path = (folder / "lists/{service}.json").native();
    lists.back().outputs[1].mode = "600";
  }

  auto results = publish(lists);

  for (const auto& result : results) EXPECT_EQ(result.error, std::nullopt);
  EXPECT_EQ(names_in("lists").size(), 100U);
  EXPECT_EQ(mode_of("lists/s49.json"), 0600U);
  EXPECT_THAT(read("lists/s7.json"), HasSubstr(R"("service":"s7")"));
}

TEST_F(PublisherTest, leaves_a_file_alone_that_would_not_change) {
  publish({list("pay")});
  fs::last_write_time(folder / "lists/pay.conf", fs::file_time_type{});

  auto results = publish({list("pay")});

  EXPECT_EQ(results[0].error, std::nullopt);
  EXPECT_EQ(fs::last_write_time(folder / "lists/pay.conf"), fs::file_time_type{});
}

TEST_F(PublisherTest, gives_an_unchanged_file_another_mode) {
  publish({list("pay")});
  auto closed = list("pay");
  closed.outputs.emplace_back();
  closed.outputs[0].mode = "0600";

  publish({closed});

  EXPECT_EQ(mode_of("lists/pay.conf"), 0600U);
}

TEST_F(PublisherTest, keeps_a_file_that_it_did_not_write_once) {
  write("lists/pay.conf", "by hand");

  publish({list("pay", 81)});
  write("lists/pay.conf", "by hand again");
  publish({list("pay", 82)});

  EXPECT_EQ(read("lists/pay.conf.before-reeve"), "by hand");
  EXPECT_EQ(read("lists/pay.conf"), text_of("pay", 82));
}

TEST_F(PublisherTest, keeps_no_copy_of_its_own_files) {
  publish({list("pay", 81)});

  publish({list("pay", 82)}, {plain_digest(text_of("pay", 81))});

  EXPECT_THAT(names_in("lists"), ElementsAre("pay.conf"));
  EXPECT_EQ(read("lists/pay.conf"), text_of("pay", 82));
}

TEST_F(PublisherTest, replaces_a_planted_link_and_leaves_its_target_alone) {
  write("target", "precious");
  fs::create_directories(folder / "lists");
  fs::create_symlink(folder / "target", folder / "lists/pay.conf");

  auto results = publish({list("pay")});

  EXPECT_EQ(results[0].error, std::nullopt);
  EXPECT_EQ(read("target"), "precious");
  EXPECT_FALSE(fs::is_symlink(folder / "lists/pay.conf"));
  EXPECT_TRUE(fs::is_symlink(folder / "lists/pay.conf.before-reeve"));
}

TEST_F(PublisherTest, follows_no_folder_link_out_of_the_root) {
  fs::create_directories(folder / "outside");
  fs::create_directories(folder / "lists");
  fs::create_directory_symlink(folder / "outside", folder / "lists/sub");

  auto results = publish({list_at("pay", "lists/sub/pay.conf")});

  EXPECT_THAT(results[0].error.value_or(""), HasSubstr("lists/sub"));
  EXPECT_TRUE(fs::is_empty(folder / "outside"));
}

TEST_F(PublisherTest, says_what_is_wrong_with_one_list_and_writes_the_others) {
  fs::create_directories(folder / "lists/folder.conf");

  auto results = publish({list_at("absent", "lists/absent/a.conf"), list_at("out", "out.conf"),
                          list("folder"), list("good")});

  EXPECT_THAT(results[0].error.value_or(""), HasSubstr("lists/absent"));
  EXPECT_THAT(results[1].error.value_or(""), HasSubstr("outside this node's publish roots"));
  EXPECT_THAT(results[2].error.value_or(""), HasSubstr("is a folder"));
  EXPECT_EQ(results[3].error, std::nullopt);
  EXPECT_TRUE(fs::exists(folder / "lists/good.conf"));
  EXPECT_FALSE(fs::exists(folder / "out.conf"));
}

TEST_F(PublisherTest, makes_no_root_but_its_own) {
  settings.own_root.reset();

  auto results = publish({list("pay")});

  EXPECT_THAT(results[0].error.value_or(""), HasSubstr("cannot open the folder"));
  EXPECT_FALSE(fs::exists(folder / "lists"));
}

TEST_F(PublisherTest, reports_a_read_only_folder) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  fs::create_directories(folder / "lists");
  fs::permissions(folder / "lists", fs::perms::owner_read | fs::perms::owner_exec);

  auto results = publish({list("pay")});

  EXPECT_THAT(results[0].error.value_or(""), HasSubstr("Permission denied"));
}

TEST_F(PublisherTest, a_full_disk_is_the_error_of_the_list_it_hit) {
  publish({list("pay", 81), list("log", 81)});
  files.fault = [](std::string_view, const std::string& path) -> std::optional<Error> {
    if (!path.ends_with("pay.conf")) return std::nullopt;
    return Error{Errc::storage_full, "no space left for pay.conf", "", {}};
  };

  auto results = publish({list("pay", 82), list("log", 82)});

  EXPECT_EQ(results[0].error, "no space left for pay.conf");
  EXPECT_TRUE(results[0].files.empty());
  EXPECT_EQ(read("lists/pay.conf"), text_of("pay", 81));
  EXPECT_EQ(read("lists/log.conf"), text_of("log", 82));
}

TEST_F(PublisherTest, a_file_is_not_there_until_its_folder_is_flushed) {
  files.fault = [](std::string_view operation, const std::string&) -> std::optional<Error> {
    if (operation != "flush") return std::nullopt;
    return Error{Errc::io, "the disk is dying", "", {}};
  };

  auto results = publish({list("pay")});

  EXPECT_EQ(results[0].error, "the disk is dying");
  EXPECT_TRUE(results[0].files.empty());
}

TEST_F(PublisherTest, a_path_belongs_to_the_list_that_came_first) {
  publish({list_at("first", "lists/same.conf")});

  auto second = publish({list_at("second", "lists/same.conf")});
  publisher().forget("uid-first");
  auto later = publish({list_at("second", "lists/same.conf")});

  EXPECT_THAT(second[0].error.value_or(""), HasSubstr("already the file of another service"));
  EXPECT_EQ(later[0].error, std::nullopt);
}

TEST_F(PublisherTest, removes_the_half_written_files_of_an_earlier_life) {
  write("lists/.reeve-0123456789abcdef.tmp", "half");

  publish({list("pay")});

  EXPECT_THAT(names_in("lists"), ElementsAre("pay.conf"));
}

TEST_F(PublisherTest, two_outputs_cannot_share_a_file) {
  auto twice = list("pay");
  twice.outputs.resize(2);

  auto results = publish({twice});

  EXPECT_THAT(results[0].error.value_or(""), HasSubstr("two outputs lead to"));
}

TEST_F(PublisherTest, does_not_remove_what_another_lists_output_names) {
  auto kept = list_at("a", "lists/shared.conf");
  auto going = list_at("b", "lists/shared.conf");
  going.remove_files = true;

  auto results = publish({going, kept}, {text_of("a"), "digest of " + text_of("a")});

  EXPECT_TRUE(results[0].is_removed);
  EXPECT_TRUE(fs::exists(folder / "lists/shared.conf"));
}

TEST_F(PublisherTest, removes_nothing_outside_the_publish_roots) {
  std::ofstream(folder / "outside.conf") << "x";
  auto going = list_at("a", "outside.conf");
  going.remove_files = true;

  auto results = publish({going}, {"digest of x"});

  EXPECT_TRUE(results[0].is_removed);
  EXPECT_TRUE(fs::exists(folder / "outside.conf"));
}

}  // namespace
}  // namespace reeve::discover
