#include "store/catalog/packed.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

namespace reeve::store {
namespace {

using ::testing::HasSubstr;

std::string document(std::size_t instances) {
  std::string text = R"({"instances":[)";
  for (std::size_t i = 0; i < instances; ++i)
    text += fmt::format(R"({{"ip":"10.0.{}.{}","port":80,"labels":{{"zone":"a{}"}}}},)", i / 256,
                        i % 256, i % 7);
  text.back() = ']';
  return text + "}";
}

std::string unpacked(const Bytes& value) {
  std::string space;
  return std::string(unpack(*value, space).value());
}

Error damage(std::string_view value) {
  std::string space;
  auto result = unpack(value, space);
  EXPECT_FALSE(result);
  return result ? Error{} : result.error();
}

TEST(Packed, keeps_a_small_document_as_it_is) {
  auto text = document(10);

  auto value = pack(text).value();

  EXPECT_EQ(*value, text);
  EXPECT_EQ(unpacked(value), text);
}

TEST(Packed, compresses_a_large_document_and_gives_it_back) {
  auto text = document(5000);

  auto value = pack(text).value();

  EXPECT_LT(value->size() * 4, text.size());
  EXPECT_EQ(unpacked(value), text);
}

TEST(Packed, says_that_a_frame_is_damaged) {
  auto whole = *pack(document(5000)).value();
  auto cut = whole.substr(0, whole.size() / 2);
  auto changed = whole;
  changed[whole.size() / 2] = static_cast<char>(changed[whole.size() / 2] ^ 0x55);

  for (const auto& value : {cut, whole.substr(0, 5), whole + whole})
    EXPECT_EQ(damage(value).code, Errc::corrupt);
  std::string space;
  auto read = unpack(changed, space);
  EXPECT_TRUE(!read || *read != document(5000));
}

TEST(Packed, refuses_a_frame_that_would_fill_the_memory) {
  std::string zeros(kMostUnpacked + 1, '\0');
  std::string bomb(ZSTD_compressBound(zeros.size()), '\0');
  bomb.resize(ZSTD_compress(bomb.data(), bomb.size(), zeros.data(), zeros.size(), 1));
  ASSERT_LT(bomb.size(), Limits::value);

  EXPECT_THAT(damage(bomb).what, HasSubstr("at most 32 MiB"));
}

TEST(Packed, refuses_a_frame_that_does_not_say_its_size) {
  auto text = document(5000);
  auto* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);

  EXPECT_EQ(damage(frame).code, Errc::corrupt);
}

TEST(Packed, refuses_a_document_that_it_could_not_unpack) {
  auto over = pack(std::string(kMostUnpacked + 1, 'x'));

  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Errc::too_large);
}

}  // namespace
}  // namespace reeve::store
