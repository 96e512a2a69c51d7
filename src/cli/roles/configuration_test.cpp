#include "cli/roles/configuration.hpp"

#include "cli/roles/role_options.hpp"

#include <gtest/gtest.h>

#include <map>

namespace reeve::cli {
namespace {

using Texts = std::vector<std::string>;

std::string fault_of(std::string_view yaml) {
  auto read = parse_configuration(yaml);
  return read ? "" : read.error().what;
}

TEST(Configuration, reads_every_setting) {
  auto read = parse_configuration(
      "data: /srv/reeve\n"
      "listen: 127.0.0.1:8800\n"
      "link_listen: 0.0.0.0:8801\n"
      "advertise: [m1.example.org]\n"
      "managers: [m1.example.org, '10.0.0.2:7701']\n"
      "publish_roots: [/etc/pay]\n"
      "local_http: '[::1]:7710'\n");

  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->data, "/srv/reeve");
  EXPECT_EQ(read->link_listen, "0.0.0.0:8801");
  EXPECT_EQ(read->advertise, Texts{"m1.example.org"});
  EXPECT_EQ(read->managers, (Texts{"m1.example.org", "10.0.0.2:7701"}));
  EXPECT_EQ(read->publish_roots, Texts{"/etc/pay"});
}

TEST(Configuration, is_empty_where_the_file_says_nothing) {
  auto read = parse_configuration("# nothing yet\n");

  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(*read, Configuration{});
}

TEST(Configuration, names_line_and_column_of_what_it_does_not_know) {
  EXPECT_NE(fault_of("data: /x\nlisen: 127.0.0.1:1\n").find("line 2"), std::string::npos);
  EXPECT_NE(fault_of("listen: here\n").find("line 1, column 9"), std::string::npos);
  EXPECT_NE(fault_of("publish_roots:\n  - lists\n").find("line 2"), std::string::npos);
  EXPECT_NE(fault_of("data: /x\n---\ndata: /y\n").find("one document"), std::string::npos);
}

TEST(Configuration, takes_no_path_of_a_socket_for_a_managers_address) {
  for (const char* address : {"unix:/run/reeve.sock", ":7701"})
    for (const char* field : {"managers", "advertise"}) {
      auto fault = fault_of(fmt::format("{}: ['{}']\n", field, address));
      EXPECT_NE(fault.find("expected HOST or HOST:PORT"), std::string::npos) << fault;
      EXPECT_NE(fault.find(address), std::string::npos) << fault;
    }
  EXPECT_EQ(parse_link_address("m1")->port, 7701);
}

TEST(Configuration, takes_addresses_one_by_one_and_with_commas_between) {
  RoleOptions options;
  options.managers = {"a,b:1", "c"};

  Configuration said = options.flags();

  EXPECT_EQ(said.managers, (std::vector<std::string>{"a", "b:1", "c"}));
  EXPECT_EQ(said.advertise, std::nullopt);
}

TEST(Configuration, reads_lists_in_variables_with_their_separators) {
  std::map<std::string, std::string> variables{{"REEVE_MANAGERS", "a,b:1"},
                                               {"REEVE_PUBLISH_ROOTS", "/a:/b"},
                                               {"REEVE_LISTEN", "127.0.0.1:1"}};

  auto read = configuration_of_environment([&](const char* name) -> std::optional<std::string> {
    auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });

  EXPECT_EQ(read.managers, (Texts{"a", "b:1"}));
  EXPECT_EQ(read.publish_roots, (Texts{"/a", "/b"}));
  EXPECT_EQ(read.listen, "127.0.0.1:1");
  EXPECT_FALSE(read.data);
}

TEST(Configuration, lets_the_upper_say_go_first_and_keeps_the_rest) {
  Configuration lower;
  lower.data = "/low";
  lower.listen = "127.0.0.1:1";
  Configuration upper;
  upper.listen = "127.0.0.1:2";

  auto both = overlaid(lower, upper);

  EXPECT_EQ(both.data, "/low");
  EXPECT_EQ(both.listen, "127.0.0.1:2");
}

TEST(Configuration, takes_no_host_name_to_listen_on_but_localhost) {
  EXPECT_EQ(parse_listen("localhost:7700")->to_string(), "127.0.0.1:7700");
  EXPECT_FALSE(parse_listen("example.org:7700"));
  EXPECT_FALSE(parse_listen("127.0.0.1"));
  EXPECT_TRUE(parse_listen("[::]:0"));
}

TEST(Configuration, knows_what_only_this_machine_can_reach) {
  EXPECT_TRUE(is_local(*parse_listen("127.0.0.1:1")));
  EXPECT_TRUE(is_local(*parse_listen("[::1]:1")));
  EXPECT_FALSE(is_local(*parse_listen("0.0.0.0:1")));
  EXPECT_FALSE(is_local(*parse_listen(":1")));
  EXPECT_FALSE(is_local(*parse_listen("10.0.0.1:1")));
}

TEST(Configuration, names_the_hooks_that_may_run_and_as_whom) {
  auto said = parse_configuration(
      "hooks:\n  - command: [/usr/sbin/nginx, -s, reload]\n    run_as: www-data\n"
      "  - {command: [/bin/true]}\n");
  auto wrong = parse_configuration("hooks: [{command: [nginx]}]\n");

  ASSERT_TRUE(said) << said.error().what;
  ASSERT_EQ(said->hooks.value_or(std::vector<agent::HookRule>()).size(), 2U);
  EXPECT_EQ(said->hooks->front().command.back(), "reload");
  EXPECT_EQ(said->hooks->front().run_as, "www-data");
  EXPECT_FALSE(wrong);
}

TEST(Configuration, names_as_whom_programs_may_run) {
  auto said = parse_configuration("run_as: [web, root]\n");

  ASSERT_TRUE(said) << said.error().what;
  EXPECT_EQ(said->run_as, (std::vector<std::string>{"web", "root"}));
  EXPECT_FALSE(parse_configuration("run_as: web\n"));
}

TEST(Configuration, hooks_of_flags_come_beside_those_of_the_file) {
  std::vector<agent::HookRule> file{{{"/bin/true"}, "nobody"}};

  auto rules = hook_rules(file, {"/usr/sbin/nginx -s reload"});

  ASSERT_TRUE(rules);
  ASSERT_EQ(rules->size(), 2U);
  EXPECT_EQ(rules->at(1).command, (std::vector<std::string>{"/usr/sbin/nginx", "-s", "reload"}));
  EXPECT_FALSE(hook_rules(file, {"nginx -s reload"}));
  EXPECT_FALSE(hook_rules(file, {""}));
}

}  // namespace
}  // namespace reeve::cli
