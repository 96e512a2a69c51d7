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

void append_upserts(std::string& out, const std::vector<UpsertText>& upserts) {
  out += R"(,"upserts":[)";
  bool first = true;
  for (const auto& upsert : upserts) {
    if (!first) out += ',';
    first = false;
    out += *upsert;
  }
  out += ']';
}

std::size_t size_of(const std::vector<UpsertText>& upserts,
                    const std::vector<std::string>& removals) {
  std::size_t size = 256;
  for (const auto& upsert : upserts) size += upsert->size() + 1;
  for (const auto& removal : removals) size += removal.size() + 3;
  return size;
}

std::string text_at(const json::Object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// One that is not even known by its uid cannot be answered: nothing.
std::optional<Upsert> read_upsert(const json::Value& value) {
  auto upsert = json::decode<Upsert>(value, json::Mode::lenient);
  if (upsert) return std::move(*upsert);
  const auto* object = value.if_object();
  const auto* list = object ? object->if_contains("list") : nullptr;
  if (!list || !list->is_object()) return std::nullopt;
  Upsert refused;
  refused.digest = text_at(*object, "digest");
  refused.list.uid = text_at(list->get_object(), "uid");
  refused.list.service = text_at(list->get_object(), "service");
  refused.fault = std::move(upsert.error().what);
  return refused.list.uid.empty() ? std::nullopt : std::optional(std::move(refused));
}

/// A spec of which some lists say what this build does not know, an enumerator for example: those
/// are marked, the others are good. Nothing for any other message.
std::optional<Message> decode_list_by_list(std::string_view frame) {
  auto value = json::parse(frame);
  auto* object = value ? value->if_object() : nullptr;
  auto* spec = object ? object->if_contains("spec") : nullptr;
  auto* lists = spec && spec->is_object() ? spec->get_object().if_contains("upserts") : nullptr;
  if (!lists || !lists->is_array()) return std::nullopt;
  json::Value upserts = std::move(*lists);
  *lists = json::Array();
  auto message = json::decode<Message>(*value, json::Mode::lenient);
  if (!message || !message->spec) return std::nullopt;
  for (const auto& one : upserts.get_array()) {
    auto upsert = read_upsert(one);
    if (!upsert) return std::nullopt;
    message->spec->upserts.push_back(std::move(*upsert));
  }
  return std::move(*message);
}

}  // namespace

Result<Message> decode_message(std::string_view frame, net::FrameKind kind) {
  if (kind == net::FrameKind::binary)
    return fail(Errc::invalid, "expected a message as a text frame, got a binary frame of {} bytes",
                frame.size());
  auto decoded = json::decode_text<Message>(frame, json::Mode::lenient);
  if (!decoded) {
    if (auto mended = decode_list_by_list(frame)) decoded = std::move(*mended);
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
  std::string out;
  out.reserve(list_text.size() + digest.size() + 32);
  out += R"({"digest":)";
  json::write_string(out, digest);
  out += R"(,"list":)";
  out += list_text;
  out += '}';
  return std::make_shared<const std::string>(std::move(out));
}

net::Frame spec_frame(const SpecStamp& stamp, SpecKind kind, const std::vector<UpsertText>& upserts,
                      const std::vector<std::string>& removals) {
  std::string out;
  out.reserve(size_of(upserts, removals));
  out += R"({"spec":{"cluster":)";
  json::write_string(out, stamp.cluster);
  out += R"(,"epoch":)";
  json::write_natural(out, stamp.epoch);
  out += R"(,"version":)";
  json::write_natural(out, stamp.version);
  out += kind == SpecKind::whole ? R"(,"whole":true)" : R"(,"whole":false)";
  append_upserts(out, upserts);
  out += R"(,"removals":)";
  json::append(out, removals);
  out += "}}";
  return std::make_shared<const std::string>(std::move(out));
}

Goodbye goodbye_of(const Error& error) {
  return Goodbye{std::string(to_string(error.code)), error.what, {}};
}

}  // namespace reeve::link
