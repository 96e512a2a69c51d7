#include "net/tls/record_buffers.hpp"

#include <openssl/crypto.h>

#include <malloc.h>

#include <array>
#include <cstddef>
#include <cstdlib>

namespace reeve::net::tls {
namespace {

// A record's 16 KiB with what OpenSSL adds, for reading and for writing.
constexpr std::size_t kLeast = std::size_t{16} * 1024;
constexpr std::size_t kBlock = std::size_t{17} * 1024;
// One that is read into and one that is written from, at a time.
constexpr std::size_t kMost = 2;

struct Kept {
  std::array<void*, kMost> blocks{};
  std::size_t count = 0;
  bool is_ending = false;
};

// It has no destructor, so that it may be looked at until the thread is gone: OpenSSL frees what it
// has of a thread at that thread's end, too.
thread_local Kept kept;

struct AtThreadEnd {
  bool is_due = false;
  ~AtThreadEnd() {
    kept.is_ending = true;
    while (kept.count > 0) std::free(kept.blocks[--kept.count]);
  }
};
thread_local AtThreadEnd at_thread_end;

bool is_block(void* memory) {
  auto size = malloc_usable_size(memory);
  return size >= kBlock && size < kBlock + 64;
}

void* take(std::size_t size, const char*, int) {
  if (size <= kLeast || size > kBlock) return std::malloc(size);
  return kept.count > 0 ? kept.blocks[--kept.count] : std::malloc(kBlock);
}

void* resize(void* memory, std::size_t size, const char*, int) {
  return std::realloc(memory, size);
}

void give_back(void* memory, const char*, int) {
  bool is_kept = memory && kept.count < kMost && !kept.is_ending && is_block(memory);
  if (!is_kept) return std::free(memory);
  at_thread_end.is_due = true;
  kept.blocks[kept.count++] = memory;
}

}  // namespace

bool keep_record_buffers() { return CRYPTO_set_mem_functions(&take, &resize, &give_back) == 1; }

std::size_t kept_record_buffers() { return kept.count; }

}  // namespace reeve::net::tls
