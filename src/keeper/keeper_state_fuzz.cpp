// Any bytes as what an agent, a keeper's former self or a disk may hand over: no crash, and what is
// accepted reads back the same from its own bytes.
#include "keeper/blob.hpp"
#include "keeper/procfs.hpp"
#include "keeper/protocol.hpp"
#include "keeper/spec.hpp"
#include "keeper/times.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace reeve::keeper;

void check(bool good) {
  if (!good) std::abort();
}

void check_told(const Told& told) {
  if (told.kind == Tell::answer) check(decode_told(encode(told.answer)).has_value());
  if (told.kind == Tell::report) check(decode_told(encode(told.report)).has_value());
  if (told.kind == Tell::events)
    check(decode_told(encode(told.events))->events.size() == told.events.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto request = decode_request(bytes))
    check(encode(*decode_request(encode(*request))) == encode(*request));
  if (auto told = decode_told(bytes)) check_told(*told);
  if (auto spec = decode_spec(bytes)) check(encode(*decode_spec(encode(*spec))) == encode(*spec));
  if (auto blob = decode_blob(bytes)) check(encode(*decode_blob(encode(*blob))) == encode(*blob));
  (void)parse_stat(bytes);
  (void)time_at(bytes, size);
  return 0;
}
