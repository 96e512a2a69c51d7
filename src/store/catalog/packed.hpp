// How a document is kept in the store: as its JSON text, or as one zstd frame of it when that is
// large. A frame's magic number tells them apart, for no JSON begins with it. Pure; any thread.
#pragma once

#include "base/result.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>

namespace reeve::store {

/// A document from this size on is compressed, where nothing else is said.
inline constexpr std::size_t kPackedFrom = std::size_t{16} << 10;

/// The largest document, unpacked: a frame that says more, or does not say, is damaged.
inline constexpr std::size_t kMostUnpacked = std::size_t{32} << 20;

/// Compressed if it has `from` bytes or more. `too_large` above kMostUnpacked. What comes out may
/// still be over the store's limit of a value.
Result<Bytes> pack(std::string text, std::size_t from = kPackedFrom);

/// The document's text, which lies in `value` or in `space`. `corrupt` for a damaged frame.
Result<std::string_view> unpack(std::string_view value, std::string& space);

}  // namespace reeve::store
