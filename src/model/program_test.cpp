#include "model/program.hpp"

#include "json/yaml.hpp"
#include "model/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reeve::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<ProgramRequest> decoded(std::string_view fields) {
  return json::decode_text<ProgramRequest>(fields, json::Mode::strict);
}

std::string fault_of(std::string_view fields) {
  auto request = decoded(fields);
  if (request) return "";
  return request.error().field + ": " + request.error().what;
}

TEST(Command, splits_a_line_as_a_shell_would) {
  struct Row {
    const char* line;
    std::vector<std::string> words;
  };
  for (const auto& row : std::vector<Row>{{"sleep 10", {"sleep", "10"}},
                                          {"  a\t b\n", {"a", "b"}},
                                          {"'a b' \"c d\"", {"a b", "c d"}},
                                          {"a'b'\"c\"d", {"abcd"}},
                                          {R"("say \"x\" \\ \n")", {R"(say "x" \ \n)"}},
                                          {R"(a\ b \$x)", {"a b", "$x"}},
                                          {"'$HOME' \"a|b\"", {"$HOME", "a|b"}},
                                          {"a '' b", {"a", "", "b"}}}) {
    auto words = split_command(row.line, "");
    ASSERT_TRUE(words) << row.line << ": " << words.error().what;
    EXPECT_EQ(*words, row.words) << row.line;
  }
}

TEST(Command, says_what_only_a_shell_understands) {
  for (const char* line : {"a | b", "a > f", "a < f", "a & b", "a;b", "echo $HOME", "a `b`"}) {
    auto words = split_command(line, "say shell: true");
    ASSERT_FALSE(words) << line;
    EXPECT_THAT(words.error().what, HasSubstr("shell: true")) << line;
  }
  EXPECT_THAT(split_command("a 'b", "").error().what, HasSubstr("is not closed"));
  EXPECT_FALSE(split_command(" \t", ""));
  EXPECT_FALSE(split_command("a \\", ""));
}

TEST(Command, is_shown_as_a_person_would_type_it) {
  Command command{{"sh", "-c", "it's | x", ""}, ""};

  auto line = to_line(command);

  EXPECT_EQ(line, R"(sh -c 'it'\''s | x' '')");
  EXPECT_EQ(split_command(line, "").value(), command.arguments);
}

TEST(Program, takes_what_supervisord_writes) {
  auto request = decoded(R"({"command":["sleep","1"],"autorestart":true,"exitcodes":[0,2],
      "stopsignal":"SIGHUP","stdout_logfile_maxbytes":"1MB","stderr_logfile_maxbytes":1000,
      "placement":{"selector":{"zone":"a"}}})");

  ASSERT_TRUE(request) << request.error().what;
  EXPECT_THAT(request->command.arguments, ElementsAre("sleep", "1"));
  EXPECT_EQ(request->autorestart, AutoRestart::always);
  EXPECT_EQ(to_string(request->stopsignal), "HUP");
  EXPECT_EQ(request->stdout_logfile_maxbytes.bytes, kMiB);
  EXPECT_EQ(request->stderr_logfile_maxbytes.bytes, 1000U);
  auto again = json::decode_text<ProgramSpec>(
      json::encode_text(static_cast<const ProgramSpec&>(*request)), json::Mode::lenient);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(*again, static_cast<const ProgramSpec&>(*request));
}

TEST(Program, keeps_plain_words_of_yaml_as_the_field_means_them) {
  auto documents = json::parse_yaml(R"(
command: [sleep, 100, no, 1.0]
autorestart: false
stopsignal: 10
stdout_logfile_maxbytes: 0
stderr_logfile_maxbytes: 64KB
environment: {PORT: 8080, FLAG: yes}
)");
  ASSERT_TRUE(documents) << documents.error().what;
  auto request = json::decode<ProgramRequest>(documents->front(), json::Mode::strict);

  ASSERT_TRUE(request) << request.error().what;
  EXPECT_THAT(request->command.arguments, ElementsAre("sleep", "100", "no", "1.0"));
  EXPECT_EQ(request->autorestart, AutoRestart::never);
  EXPECT_EQ(to_string(request->stopsignal), "USR1");
  EXPECT_EQ(request->stdout_logfile_maxbytes.bytes, 0U);
  EXPECT_EQ(request->stderr_logfile_maxbytes.bytes, 64U << 10);
  EXPECT_EQ(request->environment.at("PORT"), "8080");
  EXPECT_EQ(request->environment.at("FLAG"), "yes");
}

TEST(Program, stores_a_line_as_its_arguments_unless_a_shell_runs_it) {
  auto plain = decoded(R"({"command":"sleep '1 2'"})");
  auto shell = decoded(R"({"command":"sleep 1 | cat","shell":true})");
  ASSERT_TRUE(plain && shell);

  settle(*plain);
  settle(*shell);

  EXPECT_EQ(json::encode_text(plain->command), R"(["sleep","1 2"])");
  EXPECT_EQ(json::encode_text(shell->command), R"("sleep 1 | cat")");
}

TEST(Program, says_what_is_wrong_and_where) {
  struct Row {
    const char* fields;
    const char* fault;
  };
  for (const auto& row : std::vector<Row>{
           {R"({})", "/command: "},
           {R"({"command":[]})", "/command: "},
           {R"({"command":[""]})", "/command/0: expected the name of a program"},
           {R"({"command":5})", "/command: expected an array of arguments or a line, got 5"},
           {R"({"command":"a | b"})", "/command: \"|\" means something to a shell alone"},
           {R"({"command":["a"],"shell":true})", "/command: shell: true takes one line"},
           {R"({"command":["a"],"autorestart":"maybe"})", "/autorestart: expected true, false or"},
           {R"({"command":["a"],"stopsignal":"STOPP"})", "/stopsignal: expected a signal such as"},
           {R"({"command":["a"],"stopsignal":64})", "/stopsignal: "},
           {R"({"command":["a"],"stdout_logfile_maxbytes":"5TB"})", "/stdout_logfile_maxbytes: "},
           {R"({"command":["a"],"stdout_logfile_maxbytes":-1})", "/stdout_logfile_maxbytes: "},
           {R"({"command":["a"],"directory":"srv"})", "/directory: expected an absolute path"},
           {R"({"command":["a"],"umask":"9"})", "/umask: expected octal digits"},
           {R"({"command":["a"],"environment":{"A=B":"x"}})", "/environment/A=B: "},
           {R"({"command":["a"],"stdout_logfile":"/a/../b"})", "/stdout_logfile: "},
           {R"({"command":["a"],"stdout_logfile":"/a","numprocs":2})",
            "/stdout_logfile: with several processes"},
           {R"({"command":["a"],"stderr_logfile":"/a","redirect_stderr":true})",
            "/stderr_logfile: with redirect_stderr"},
           {R"({"command":["a"],"stdout_logfile":"/a","stderr_logfile":"/a"})",
            "/stderr_logfile: both logs are one file"},
           {R"({"command":["a"],"numprocs":0})", "/numprocs: "},
           {R"({"command":["a"],"exitcodes":[256]})", "/exitcodes/0: "},
           {R"({"command":["a"],"placement":{}})", "/placement: expected either nodes or"},
           {R"({"command":["a"],"placement":{"nodes":["a/b"]}})", "/placement/nodes/0: "},
           {R"({"command":["a"],"cmd":"x"})", "/cmd: unknown field"},
       })
    EXPECT_THAT(fault_of(row.fields), HasSubstr(row.fault)) << row.fields;
}

TEST(Program, has_one_process_of_its_name_or_several_numbered_ones) {
  EXPECT_EQ(process_name("web", 0, 1), "web");
  EXPECT_EQ(process_name("web", 0, 2), "web_00");
  EXPECT_EQ(process_name("web", 123, 200), "web_123");
}

TEST(Placement, takes_nodes_by_name_whatever_the_case_or_by_all_labels) {
  Placement named{{{"Web-1"}}, {}};
  Placement labelled{{}, Labels{{"zone", "a"}, {"role", "web"}}};

  EXPECT_TRUE(takes(named, "web-1", {}));
  EXPECT_FALSE(takes(named, "web-2", {}));
  EXPECT_TRUE(takes(labelled, "x", {{"zone", "a"}, {"role", "web"}, {"more", ""}}));
  EXPECT_FALSE(takes(labelled, "x", {{"zone", "a"}}));
  EXPECT_FALSE(takes({}, "x", {}));
}

TEST(ByteSize, is_read_and_written_with_units_of_1024) {
  EXPECT_EQ(parse_byte_size("50MB")->bytes, 50 * kMiB);
  EXPECT_EQ(parse_byte_size("1gb")->bytes, 1024 * kMiB);
  EXPECT_EQ(parse_byte_size("12")->bytes, 12U);
  EXPECT_EQ(format_byte_size({1536}), "1536");
  EXPECT_EQ(format_byte_size({64 << 10}), "64KB");
  EXPECT_EQ(format_byte_size({0}), "0");
  for (const char* bad : {"", "MB", "1 MB", "-1", "1.5MB", "9999999GB", "99999999999999999999"})
    EXPECT_FALSE(parse_byte_size(bad)) << bad;
}

TEST(Process, has_supervisords_states_in_capitals) {
  ProcessStatus status;
  status.process = "web";
  status.state = ProcessState::RUNNING;

  EXPECT_THAT(json::encode_text(status), HasSubstr(R"("state":"RUNNING")"));
}

}  // namespace
}  // namespace reeve::model
