#include "store/catalog/packed_document.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace reeve::store {
namespace {

json::Value instances(int count, int weight) {
  json::Array all;
  for (int i = 1; i <= count; ++i)
    all.emplace_back(json::Object{{"ip", fmt::format("10.0.0.{}", i)},
                                  {"port", 80},
                                  {"weight", weight},
                                  {"source", "operator"},
                                  {"labels", json::Object()},
                                  {"ports", json::Object()}});
  return json::Object{{"instances", std::move(all)}, {"revision", weight}};
}

model::AuditEntry edit_of(int count) {
  model::AuditEntry entry;
  entry.uid = "0190a1b2c3d4e5f60718293a4b5c6d7e";
  entry.who = "administrator";
  entry.from = "127.0.0.1";
  entry.request_id = "0190a1b2c3d4e5f6";
  entry.action = "service.put";
  entry.object = "service/pay";
  entry.before = instances(count, 99);
  entry.after = instances(count, 100);
  return entry;
}

std::shared_ptr<const AuditRecord> kept(const model::AuditEntry& entry) {
  return packed_document<AuditRecord>("k", pack_audit(entry)).value();
}

TEST(PackedDocument, gives_back_what_was_packed_and_shows_what_lists_pick_by) {
  for (int count : {0, 1, 10, 300}) {
    auto entry = edit_of(count);
    entry.refused = true;
    entry.why = "because";

    auto record = kept(entry);

    EXPECT_EQ(json::encode_text(record->unpacked()), json::encode_text(entry));
    EXPECT_TRUE(record->index.refused);
    EXPECT_EQ(record->index.object, "service/pay");
    EXPECT_EQ(record->index.who, "administrator");
    EXPECT_EQ(record->index.why, "because");
  }
}

TEST(PackedDocument, an_edit_takes_no_more_memory_than_its_text) {
  for (int count : {3, 10, 100}) {
    auto entry = edit_of(count);

    EXPECT_LE(footprint(*kept(entry)), json::encode_text(entry).size()) << count;
  }
  EXPECT_LE(footprint(*kept(edit_of(10))), 1024u);
  EXPECT_LE(footprint(*kept(edit_of(1))), 1024u);
}

TEST(PackedDocument, reads_an_entry_that_was_stored_as_plain_text) {
  auto text = json::encode_text(edit_of(10));

  auto record = packed_document<AuditRecord>("k", bytes(text)).value();

  EXPECT_EQ(json::encode_text(record->unpacked()), text);
}

TEST(PackedDocument, keeps_the_results_of_an_operation_packed) {
  model::Operation operation;
  operation.kind = "push";
  operation.state = model::OperationState::done;
  for (int i = 0; i < 10'000; ++i)
    operation.results.push_back(
        {fmt::format("node-{:05}", i), model::OperationState::done, std::nullopt});
  auto text = json::encode_text(operation);

  auto record = packed_document<OperationRecord>("k", pack(text).value()).value();

  EXPECT_LT(record->packed->size() * 5, text.size());
  EXPECT_EQ(record->index.state, model::OperationState::done);
  EXPECT_EQ(json::encode_text(record->unpacked()), text);
}

TEST(PackedDocument, names_the_key_of_a_damaged_one) {
  auto record = packed_document<AuditRecord>("audit/7", bytes("{"));

  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, Errc::corrupt);
  EXPECT_NE(record.error().what.find("audit/7"), std::string::npos);
}

}  // namespace
}  // namespace reeve::store
