// Notices and what each reader has read of them.
#include "base/time_text.hpp"
#include "manager/api/read_marks.hpp"
#include "manager/api/testing/harness.hpp"
#include "manager/api/types.hpp"

namespace reeve::manager::api {
namespace {

class NoticesTest : public testing::ApiTest {
 protected:
  NoticesTest() {
    for (const char* uid : {"n1", "n2", "n3"}) add(uid);
  }
  void add(const std::string& uid) {
    model::Notice notice;
    notice.uid = uid;
    commit({{store::keys::notice(uid), store::bytes(json::encode_text(notice))}});
  }
  // The uids that are unread, newest first.
  std::string unread(model::Role role = model::Role::administrator) {
    auto answer = value_of(send(make("GET", "/api/v1/notices?unread=true", "", tokens[role], {})));
    std::string uids;
    for (const auto& item : answer.at("items").as_array()) {
      EXPECT_FALSE(item.at("read").as_bool());
      uids += std::string(item.at("uid").as_string()) + ' ';
    }
    return uids;
  }
  int read(const std::string& body) { return ask("POST", "/notices/read", body).status; }
};

TEST_F(NoticesTest, are_unread_until_they_are_marked) {
  EXPECT_EQ(unread(), "n3 n2 n1 ");
  EXPECT_EQ(as<Status>(ask("GET", "/status")).unread_notices, 3u);

  EXPECT_EQ(read(R"({"notices":["n2"]})"), 204);
  EXPECT_EQ(unread(), "n3 n1 ");
  EXPECT_EQ(as<Status>(ask("GET", "/status")).unread_notices, 2u);

  EXPECT_EQ(read(R"({"upto":"n2"})"), 204);
  EXPECT_EQ(unread(), "n3 ");

  EXPECT_EQ(read(""), 204);
  EXPECT_EQ(unread(), "");
  EXPECT_EQ(value_of(ask("GET", "/notices")).at("items").as_array().size(), 3u);
  EXPECT_TRUE(value_of(ask("GET", "/notices")).at("items").at(0).at("read").as_bool());
}

TEST_F(NoticesTest, that_come_later_are_unread_whatever_was_marked) {
  EXPECT_EQ(read(R"({"upto":"zzz"})"), 204);
  add("n4");
  EXPECT_EQ(unread(), "n4 ");
}

TEST_F(NoticesTest, are_read_by_one_token_and_not_by_the_next_and_that_outlives_a_restart) {
  read("");
  restart();
  EXPECT_EQ(unread(), "");
  EXPECT_EQ(unread(model::Role::viewer), "n3 n2 n1 ");
}

TEST_F(NoticesTest, that_are_not_there_cannot_be_read) {
  auto refused = ask("POST", "/notices/read", R"({"notices":["n1","n9"]})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(error_field(refused), "/notices/1");
  EXPECT_EQ(read(R"({"notices":["n1"],"upto":"n2"})"), 400);
  EXPECT_EQ(unread(), "n3 n2 n1 ");
}

TEST_F(NoticesTest, marks_leave_no_word_in_the_audit_and_go_with_their_token) {
  send(make("POST", "/api/v1/notices/read", "", tokens[model::Role::viewer], {}));
  EXPECT_EQ(catalog->snapshot()->read_marks.size(), 1u);
  EXPECT_TRUE(value_of(ask("GET", "/audit")).at("items").as_array().empty());

  ask("DELETE", "/tokens/viewer-token");
  EXPECT_EQ(catalog->snapshot()->read_marks.size(), 0u);
}

TEST_F(NoticesTest, keep_so_many_single_marks_and_take_what_is_older_for_read) {
  std::vector<std::string> newer;
  for (std::size_t i = 0; i < kMostReadMarks + 10; ++i) {
    newer.push_back(fmt::format("p{:05}", 2 * i + 1));
    for (const auto& uid : {fmt::format("p{:05}", 2 * i), newer.back()}) {
      model::Notice notice;
      notice.uid = uid;
      commit({{store::keys::notice(uid), store::bytes(json::encode_text(notice))}});
    }
  }
  auto marks = with_read({}, newer, *catalog->snapshot());

  EXPECT_LE(marks.notices.size(), kMostReadMarks);
  EXPECT_TRUE(is_read(marks, "p00000"));
  EXPECT_FALSE(is_read(marks, "p00040"));
  EXPECT_TRUE(is_read(marks, newer.back()));
}

TEST_F(NoticesTest, audit_entries_are_found_by_who_and_by_moment) {
  put_service("pay", {"10.0.0.1"});
  loop.advance(std::chrono::hours(1));
  put_service("mail", {"10.0.0.1"});
  auto now = format_time(loop.clock().wall() - std::chrono::minutes(1));
  auto count = [&](const std::string& query) {
    return value_of(ask("GET", "/audit?" + query)).at("items").as_array().size();
  };

  EXPECT_EQ(count("who=administrator-token"), 2u);
  EXPECT_EQ(count("who=nobody"), 0u);
  EXPECT_EQ(count("after=" + now), 1u);
  EXPECT_EQ(ask("GET", "/audit?after=yesterday").status, 400);
}

}  // namespace
}  // namespace reeve::manager::api
