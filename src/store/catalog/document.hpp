// A document as the store keeps it and the catalog has it.
#pragma once

#include "json/codec.hpp"
#include "store/catalog/packed.hpp"
#include "store/store.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace reeve::store {

/// A stored document and the commit that last wrote it; 0: never written.
template <class T>
struct Document {
  T value;
  Revision modified = 0;
};

/// `corrupt` names the key.
template <class T>
Result<std::shared_ptr<const Document<T>>> decode_document(std::string_view key, const Bytes& value,
                                                           Revision modified) {
  static constexpr json::Limits kLimits{.bytes = kMostUnpacked};
  std::string space;
  auto text = unpack(*value, space);
  auto decoded = text.and_then([](std::string_view unpacked) {
    return json::decode_text<T>(unpacked, json::Mode::lenient, kLimits);
  });
  if (!decoded)
    return fail(Errc::corrupt, "the stored document {} is damaged ({}): restore a backup", key,
                decoded.error().what);
  return std::make_shared<const Document<T>>(Document<T>{std::move(*decoded), modified});
}

}  // namespace reeve::store
