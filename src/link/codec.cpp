#include "link/codec.hpp"

namespace reeve::link {
namespace {

int count_members(const Message& message) {
  return message.hello.has_value() + message.welcome.has_value() + message.spec.has_value() +
         message.applied.has_value() + message.report.has_value() + message.heartbeat.has_value() +
         message.goodbye.has_value() + message.renew.has_value() + message.renewed.has_value() +
         message.renewal_kept.has_value() + message.renewal_wanted.has_value() +
         message.call.has_value() + message.answer.has_value() + message.cancel.has_value() +
         message.credit.has_value();
}

void append_texts(std::string& out, std::string_view key, const std::vector<UpsertText>& upserts) {
  out += key;
  bool first = true;
  for (const auto& upsert : upserts) {
    if (!first) out += ',';
    first = false;
    out += *upsert;
  }
  out += ']';
}

std::size_t size_of(const SpecParts& parts) {
  std::size_t size = 256;
  for (const auto& upsert : parts.upserts) size += upsert->size() + 1;
  for (const auto& removal : parts.removals) size += removal.size() + 3;
  if (!parts.programs) return size;
  for (const auto& program : *parts.programs) size += program->size() + 1;
  return size;
}

UpsertText text_with(std::string_view digest, std::string_view key, std::string_view encoded) {
  std::string out;
  out.reserve(encoded.size() + digest.size() + 32);
  out += R"({"digest":)";
  json::write_string(out, digest);
  out += key;
  out += encoded;
  out += '}';
  return std::make_shared<const std::string>(std::move(out));
}

std::string text_at(const json::Object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// What a list or program says of itself where it cannot be read; nothing if not even its uid is
/// known, for then it cannot be answered.
const json::Object* body_of(const json::Value& value, std::string_view key) {
  const auto* object = value.if_object();
  const auto* body = object ? object->if_contains(key) : nullptr;
  const auto* found = body ? body->if_object() : nullptr;
  return found && !text_at(*found, "uid").empty() ? found : nullptr;
}

bool read_upsert(const json::Value& value, Spec& spec) {
  auto upsert = json::decode<Upsert>(value, json::Mode::lenient);
  if (!upsert) {
    const auto* list = body_of(value, "list");
    if (!list) return false;
    Upsert refused;
    refused.digest = text_at(value.get_object(), "digest");
    refused.list.uid = text_at(*list, "uid");
    refused.list.service = text_at(*list, "service");
    refused.fault = std::move(upsert.error().what);
    upsert = std::move(refused);
  }
  spec.upserts.push_back(std::move(*upsert));
  return true;
}

bool read_program(const json::Value& value, Spec& spec) {
  auto upsert = json::decode<ProgramUpsert>(value, json::Mode::lenient);
  if (!upsert) {
    const auto* program = body_of(value, "program");
    if (!program) return false;
    ProgramUpsert refused;
    refused.digest = text_at(value.get_object(), "digest");
    refused.program.uid = text_at(*program, "uid");
    refused.program.name = text_at(*program, "name");
    refused.fault = std::move(upsert.error().what);
    upsert = std::move(refused);
  }
  spec.programs->push_back(std::move(*upsert));
  return true;
}

/// The array under this key, which is empty then; nothing if there is none.
std::optional<json::Array> take_array(json::Object& object, std::string_view key) {
  auto* found = object.if_contains(key);
  if (!found || !found->is_array()) return std::nullopt;
  auto taken = std::move(found->get_array());
  *found = json::Array();
  return taken;
}

/// A spec of which some lists or programs say what this build does not know, an enumerator for
/// example: those are marked, the others are good. Nothing for any other message.
std::optional<Message> decode_one_by_one(std::string_view frame) {
  auto value = json::parse(frame);
  auto* object = value ? value->if_object() : nullptr;
  auto* spec = object ? object->if_contains("spec") : nullptr;
  if (!spec || !spec->is_object()) return std::nullopt;
  auto upserts = take_array(spec->get_object(), "upserts").value_or(json::Array());
  auto programs = take_array(spec->get_object(), "programs").value_or(json::Array());
  auto message = json::decode<Message>(*value, json::Mode::lenient);
  if (!message || !message->spec) return std::nullopt;
  for (const auto& one : upserts)
    if (!read_upsert(one, *message->spec)) return std::nullopt;
  for (const auto& one : programs)
    if (!read_program(one, *message->spec)) return std::nullopt;
  return std::move(*message);
}

}  // namespace

Result<Message> decode_message(std::string_view frame, net::FrameKind kind) {
  if (kind == net::FrameKind::binary)
    return fail(Errc::invalid, "expected a message as a text frame, got a binary frame of {} bytes",
                frame.size());
  auto decoded = json::decode_text<Message>(frame, json::Mode::lenient);
  if (!decoded) {
    if (auto mended = decode_one_by_one(frame)) decoded = std::move(*mended);
  }
  TRY_ASSIGN(auto message, std::move(decoded), "in a frame of {} bytes", frame.size());
  if (int count = count_members(message); count > 1)
    return fail(Errc::invalid, "a frame carries one message, got {} in one", count);
  return message;
}

bool is_known(const Message& message) { return count_members(message) > 0; }

net::Frame frame_of(const Message& message) {
  return std::make_shared<const std::string>(json::encode_text(message));
}

net::Frame frame_of(Goodbye goodbye) {
  Message message;
  message.goodbye = std::move(goodbye);
  return frame_of(message);
}

UpsertText upsert_text(std::string_view digest, std::string_view list_text) {
  return text_with(digest, R"(,"list":)", list_text);
}

UpsertText program_text(std::string_view digest, std::string_view program_text) {
  return text_with(digest, R"(,"program":)", program_text);
}

net::Frame spec_frame(const SpecStamp& stamp, SpecKind kind, const SpecParts& parts) {
  std::string out;
  out.reserve(size_of(parts));
  out += R"({"spec":{"cluster":)";
  json::write_string(out, stamp.cluster);
  out += R"(,"epoch":)";
  json::write_natural(out, stamp.epoch);
  out += R"(,"version":)";
  json::write_natural(out, stamp.version);
  out += kind == SpecKind::whole ? R"(,"whole":true)" : R"(,"whole":false)";
  append_texts(out, R"(,"upserts":[)", parts.upserts);
  out += R"(,"removals":)";
  json::append(out, parts.removals);
  if (parts.programs) append_texts(out, R"(,"programs":[)", *parts.programs);
  out += "}}";
  return std::make_shared<const std::string>(std::move(out));
}

Goodbye goodbye_of(const Error& error) {
  return Goodbye{std::string(to_string(error.code)), error.what, {}};
}

}  // namespace reeve::link
