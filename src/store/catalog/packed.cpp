#include "store/catalog/packed.hpp"

#include "base/check.hpp"

#include <zstd.h>

namespace reeve::store {
namespace {

constexpr int kLevel = 1;  // of a service's instances, a higher one saves little and costs twice
constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";

Failure damaged(std::string_view why) { return fail(Errc::corrupt, "damaged zstd frame: {}", why); }

}  // namespace

Result<Bytes> pack(std::string text, std::size_t from) {
  if (text.size() > kMostUnpacked)
    return fail(Errc::too_large, "expected a document of at most {} MiB, got {} bytes",
                kMostUnpacked >> 20, text.size());
  if (text.size() < from) return bytes(std::move(text));
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  auto size = ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), kLevel);
  CHECK(!ZSTD_isError(size));
  frame.resize(size);
  frame.shrink_to_fit();
  return bytes(std::move(frame));
}

Result<std::string_view> unpack(std::string_view value, std::string& space) {
  if (!value.starts_with(kMagic)) return value;
  auto size = ZSTD_getFrameContentSize(value.data(), value.size());
  if (size == ZSTD_CONTENTSIZE_ERROR) return damaged("no valid header");
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size > kMostUnpacked)
    return damaged("expected a size of at most 32 MiB in its header");
  space.resize(size);
  auto written = ZSTD_decompress(space.data(), space.size(), value.data(), value.size());
  if (ZSTD_isError(written)) return damaged(ZSTD_getErrorName(written));
  if (written != size) return damaged("it is shorter than its header says");
  return std::string_view(space);
}

}  // namespace reeve::store
