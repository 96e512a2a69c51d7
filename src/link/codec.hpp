// Messages to frames and back. A frame that is shared is encoded once: spec_frame() puts lists
// together that were encoded before. Pure; any thread, in practice the I/O loops for reading.
#pragma once

#include "base/result.hpp"
#include "link/messages.hpp"
#include "net/websocket.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::link {

/// Reads one frame of the other side, leniently. `invalid` for what is no Message: a binary frame,
/// no JSON object, a field of the wrong type, two members at once. In a spec such a fault is its
/// list's or program's alone (Upsert::fault).
Result<Message> decode_message(std::string_view frame, net::FrameKind kind);

/// Whether it has a member that this build knows; a Message without one is to be skipped.
bool is_known(const Message& message);

net::Frame frame_of(const Message& message);
net::Frame frame_of(Goodbye goodbye);

/// The JSON of a link::Upsert, made once and put into many frames.
using UpsertText = std::shared_ptr<const std::string>;

/// `list_text` is the encoded model::ServiceList and `digest` its list_digest().
UpsertText upsert_text(std::string_view digest, std::string_view list_text);

/// The same of a link::ProgramUpsert, from an encoded model::PlacedProgram.
UpsertText program_text(std::string_view digest, std::string_view program_text);

/// The place in time of a spec.
struct SpecStamp {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::uint64_t version = 0;
};

enum class SpecKind { delta, whole };

/// What a spec holds; the texts are encoded already.
struct SpecParts {
  std::vector<UpsertText> upserts{};
  std::vector<std::string> removals{};
  std::optional<std::vector<UpsertText>> programs{};
};

/// The same bytes as frame_of() of the Spec, without encoding lists and programs again.
net::Frame spec_frame(const SpecStamp& stamp, SpecKind kind, const SpecParts& parts);

/// Says why, as the last word before a close.
Goodbye goodbye_of(const Error& error);

}  // namespace reeve::link
