#include "keeper/protocol.hpp"

#include "keeper/blob.hpp"
#include "keeper/fields.hpp"
#include "keeper/spec.hpp"

#include <gtest/gtest.h>

namespace reeve::keeper {
namespace {

TEST(Fields, read_back_what_was_written) {
  FieldWriter out;
  out.number(1, -5);
  out.text(2, "two");

  FieldReader reader(out.bytes());

  EXPECT_EQ(reader.next()->number(), -5);
  auto second = reader.next();
  EXPECT_EQ(second->bytes, "two");
  EXPECT_FALSE(second->number());
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.ended_well());
}

TEST(Fields, cut_off_anywhere_do_not_end_well) {
  FieldWriter out;
  out.text(2, "two");
  for (std::size_t size = 1; size < out.bytes().size(); ++size) {
    FieldReader reader(std::string_view(out.bytes()).substr(0, size));
    while (reader.next()) continue;
    EXPECT_FALSE(reader.ended_well()) << size;
  }
}

TEST(Protocol, a_request_reads_back_and_skips_what_it_does_not_know) {
  Request request;
  request.ask = Ask::signal;
  request.id = 7;
  request.name = "pay_00";
  request.number = 15;
  request.second = 1;
  FieldWriter newer;
  newer.text(999, "of a later version");

  auto read = decode_request(encode(request) + newer.bytes());

  ASSERT_TRUE(read);
  EXPECT_EQ(read->ask, Ask::signal);
  EXPECT_EQ(read->id, 7);
  EXPECT_EQ(read->name, "pay_00");
  EXPECT_EQ(read->number, 15);
  EXPECT_EQ(read->second, 1);
}

TEST(Protocol, a_report_reads_back) {
  Report report;
  report.name = "pay";
  report.state = State::fatal;
  report.status = 256;
  report.known = 1;
  report.held_until = 99;
  report.reason = "run \"x\": no such file or directory";

  auto told = decode_told(encode(report));

  ASSERT_TRUE(told);
  EXPECT_EQ(told->kind, Tell::report);
  EXPECT_EQ(told->report.name, "pay");
  EXPECT_EQ(told->report.state, State::fatal);
  EXPECT_EQ(told->report.status, 256);
  EXPECT_EQ(told->report.held_until, 99);
  EXPECT_EQ(told->report.reason, report.reason);
}

TEST(Protocol, events_read_back_in_order) {
  Event first{.sequence = 5,
              .wall = 6,
              .slot = 1,
              .kind = EventKind::ended,
              .incarnation = 2,
              .uid = 3,
              .state = 100,
              .pid = 42,
              .status = 9,
              .known = 0,
              .reserved = 0};
  auto second = first;
  second.sequence = 6;

  auto told = decode_told(encode(std::vector<Event>{first, second}));

  ASSERT_TRUE(told);
  ASSERT_EQ(told->events.size(), 2U);
  EXPECT_EQ(told->events[0].status, 9);
  EXPECT_EQ(told->events[0].known, 0U);
  EXPECT_EQ(told->events[1].sequence, 6U);
}

TEST(Spec, reads_back) {
  Spec spec;
  spec.command = {"sleep", "1"};
  spec.environment = {"A=b"};
  spec.directory = "/tmp";
  spec.as_user = true;
  spec.uid = 33, spec.gid = 34;
  spec.groups = {1, 2};
  spec.limits = {{7, 100, ~std::uint64_t{0}}};
  spec.rules.exitcodes.reset().set(2);
  spec.rules.startsecs = 5;
  spec.stop_signal = 2;
  spec.out = {"/x.log", true, 1000, 3};

  auto read = decode_spec(encode(spec));

  ASSERT_TRUE(read);
  EXPECT_EQ(read->command, spec.command);
  EXPECT_EQ(read->groups, spec.groups);
  EXPECT_EQ(read->limits[0].hard, ~std::uint64_t{0});
  EXPECT_EQ(read->rules.exitcodes, spec.rules.exitcodes);
  EXPECT_EQ(read->out.file, "/x.log");
  EXPECT_TRUE(read->out.is_ours);
  EXPECT_EQ(read->out.backups, 3);
  EXPECT_EQ(encode(*read), encode(spec));
}

TEST(Spec, ids_that_no_user_has_are_refused) {
  Spec spec;
  spec.command = {"/bin/sleep"};
  spec.as_user = true;
  for (std::uint32_t Spec::* id : {&Spec::uid, &Spec::gid}) {
    auto bad = spec;
    bad.*id = ~std::uint32_t{0};  // means "as it is" to the kernel, which is root
    EXPECT_FALSE(decode_spec(encode(bad)));
  }
  auto grouped = spec;
  grouped.groups = {1, ~std::uint32_t{0}};
  EXPECT_FALSE(decode_spec(encode(grouped)));
  EXPECT_TRUE(decode_spec(encode(spec)));
}

TEST(Spec, without_a_command_is_refused) {
  EXPECT_EQ(decode_spec("").error(), "the process has no command");
}

TEST(Spec, with_a_zero_byte_in_a_word_is_refused) {
  Spec spec;
  spec.command = {std::string("a\0b", 3)};
  EXPECT_FALSE(decode_spec(encode(spec)));
}

TEST(Spec, names_are_file_names) {
  for (const char* good : {"pay", "pay_00", "a.b-c:d", "7"}) EXPECT_TRUE(is_valid_name(good));
  for (const char* bad : {"", ".", "..", ".x", "a/b", "a b", "\xc3\xa4"})
    EXPECT_FALSE(is_valid_name(bad)) << bad;
}

Blob some_blob() {
  Blob blob;
  blob.guardian = 10, blob.guardian_lock = 11, blob.listener = 12, blob.epoll = 13;
  blob.folder = "/x";
  blob.clients.push_back({14, 1, 99, 5, 1});
  Processes::Handed process;
  process.slot = 3, process.pidfd = 20, process.fifos[0] = 21, process.spec = "spec";
  blob.processes.push_back(process);
  return blob;
}

TEST(Blob, reads_back) {
  auto read = decode_blob(encode(some_blob()));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(encode(*read), encode(some_blob()));
}

TEST(Blob, of_another_version_is_refused_with_both_versions) {
  auto blob = some_blob();
  blob.version = 2;
  EXPECT_EQ(decode_blob(encode(blob)).error(),
            "the keeper's state has version 2, this program reads 1");
}

TEST(Blob, cut_off_anywhere_is_refused) {
  auto bytes = encode(some_blob());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    auto read = decode_blob(std::string_view(bytes).substr(0, size));
    if (read) EXPECT_NE(encode(*read), bytes);
  }
  EXPECT_FALSE(decode_blob(bytes.substr(0, bytes.size() - 1)));
}

TEST(Blob, with_a_slot_beyond_the_table_is_refused) {
  auto blob = some_blob();
  blob.processes[0].slot = kMaxSlots;
  EXPECT_FALSE(decode_blob(encode(blob)));
}

}  // namespace
}  // namespace reeve::keeper
