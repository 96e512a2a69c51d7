#include "backup/sealed_file.hpp"

#include "sys/testing/temp_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace reeve::backup {
namespace {

namespace fs = std::filesystem;

class SealedFileTest : public ::testing::Test {
 protected:
  static constexpr KeyCost kCheap{crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};

  void write(const std::string& text, const Passphrase& passphrase = {},
             const KeyCost& cost = kCheap) {
    auto writer = SealedWriter::create(file, passphrase, cost);
    ASSERT_TRUE(writer);
    std::string_view rest = text;
    while (!rest.empty()) {
      auto part = rest.substr(0, 50'000);
      ASSERT_TRUE(writer->write(part));
      rest.remove_prefix(part.size());
    }
    ASSERT_TRUE(writer->finish());
    ASSERT_TRUE(writer->publish(Existing::keep));
  }
  Result<std::string> read(const Passphrase& passphrase = {}) {
    TRY_ASSIGN(auto reader, SealedReader::open(file));
    if (passphrase) TRY(reader.unlock(*passphrase));
    return reader.read(10'000'000);
  }
  std::string raw() {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put_raw(const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }
  /// Of several chunks, the last one not a whole one.
  static std::string text() {
    std::string out;
    for (int i = 0; out.size() < 200'000; ++i) out += std::to_string(i) + "\n";
    return out;
  }

  /// A header that makes whoever opens it work and remember so much.
  static std::string asking_for(unsigned operations, unsigned memory) {
    return fmt::format(
        "reeve-backup 1\n{{\"cipher\":\"argon2id+xchacha20poly1305\","
        "\"operations\":{},\"memory\":{}}}\n",
        operations, memory);
  }

  sys::testing::TempFolder folder;
  const fs::path file = folder / "some.backup";
  const Passphrase secret = Secret::copy_of("correct horse");
};

TEST_F(SealedFileTest, gives_back_what_was_written_plain_or_sealed) {
  write(text());
  EXPECT_EQ(read().value(), text());
  EXPECT_NE(raw().find("12345\n"), std::string::npos);
  fs::remove(file);

  write(text(), secret, {});
  EXPECT_EQ(read(secret).value(), text());
  EXPECT_EQ(raw().find("12345\n"), std::string::npos);
  EXPECT_NE(raw().find(R"("operations":3,"memory":268435456)"), std::string::npos)
      << "a passphrase costs whoever guesses it this much";
}

TEST_F(SealedFileTest, is_its_owners_alone_and_replaces_nothing_unasked) {
  write("one");
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);

  auto again = SealedWriter::create(file, {}).value();
  ASSERT_TRUE(again.write("two"));
  ASSERT_TRUE(again.finish());
  EXPECT_EQ(again.publish(Existing::keep).error().code, Errc::exists);
  EXPECT_EQ(read().value(), "one");
  EXPECT_TRUE(again.publish(Existing::replace));
  EXPECT_EQ(read().value(), "two");
}

TEST_F(SealedFileTest, leaves_nothing_behind_when_it_was_not_published) {
  {
    ASSERT_TRUE(SealedWriter::create(file, {}));
  }
  EXPECT_EQ(fs::directory_iterator(folder.path()), fs::directory_iterator());
}

TEST_F(SealedFileTest, opens_with_its_passphrase_alone) {
  write("some", secret);
  EXPECT_EQ(read(Secret::copy_of("another")).error().code, Errc::forbidden);
}

TEST_F(SealedFileTest, says_that_sealed_bytes_were_changed_or_cut_off) {
  write(text(), secret);
  auto whole = raw();
  for (std::size_t at : {whole.size() / 2, whole.size() - 1}) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    put_raw(changed);
    EXPECT_EQ(read(secret).error().code, Errc::corrupt) << at;
  }
  for (std::size_t keep : {whole.size() - 1, whole.size() / 2, std::size_t{400}}) {
    put_raw(whole.substr(0, keep));
    EXPECT_FALSE(read(secret)) << keep;
  }
}

TEST_F(SealedFileTest, refuses_what_is_no_backup_and_what_a_newer_reeve_wrote) {
  struct Case {
    std::string bytes;
    Errc expected;
  };
  const Case cases[] = {{"", Errc::invalid},
                        {"some text\nmore\n", Errc::invalid},
                        {std::string(100'000, 'x'), Errc::invalid},
                        {"reeve-backup x\n{}\n", Errc::invalid},
                        {"reeve-backup 2\nwhatever\n", Errc::unsupported},
                        {"reeve-backup 1\n{]\n", Errc::corrupt},
                        {"reeve-backup 1\n{\"cipher\":\"rot13\"}\n", Errc::unsupported},
                        {asking_for(64, (1U << 30) + 1), Errc::unsupported},
                        {asking_for(65, 1U << 30), Errc::unsupported}};
  for (const auto& [bytes, expected] : cases) {
    put_raw(bytes);
    EXPECT_EQ(read().error().code, expected) << bytes.substr(0, 40);
  }
  EXPECT_EQ(SealedReader::open(folder / "none").error().code, Errc::not_found);
}

}  // namespace
}  // namespace reeve::backup
