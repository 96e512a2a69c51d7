#include "net/tls/record_buffers.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <thread>

namespace reeve::net::tls {
namespace {

constexpr std::size_t kRecord = 16 * 1024 + 256;

void* take(std::size_t size) { return OPENSSL_malloc(size); }
void give_back(void* memory) { OPENSSL_free(memory); }

TEST(RecordBuffers, gives_the_block_that_came_back_to_who_asks_next) {
  std::thread([] {
    auto* first = take(kRecord);
    give_back(first);
    EXPECT_EQ(kept_record_buffers(), 1U);
    auto* second = take(kRecord + 100);
    EXPECT_EQ(second, first);
    EXPECT_EQ(kept_record_buffers(), 0U);
    give_back(second);
  }).join();
}

TEST(RecordBuffers, keeps_no_more_than_are_used_at_a_time) {
  std::thread([] {
    void* blocks[] = {take(kRecord), take(kRecord), take(kRecord)};
    for (auto* block : blocks) give_back(block);
    EXPECT_EQ(kept_record_buffers(), 2U);
  }).join();
}

TEST(RecordBuffers, keeps_nothing_of_another_size) {
  std::thread([] {
    for (std::size_t size : {std::size_t{100}, std::size_t{16} * 1024, std::size_t{64} * 1024})
      give_back(take(size));
    give_back(nullptr);
    EXPECT_EQ(kept_record_buffers(), 0U);
  }).join();
}

TEST(RecordBuffers, takes_a_block_back_that_another_thread_was_given) {
  void* block = nullptr;
  std::thread([&] { block = take(kRecord); }).join();
  std::thread([&] {
    give_back(block);
    EXPECT_EQ(kept_record_buffers(), 1U);
  }).join();
}

}  // namespace
}  // namespace reeve::net::tls
