#include "keeper/protocol.hpp"

#include "keeper/fields.hpp"

namespace reeve::keeper {
namespace {

// On the wire: never renumbered.
enum Tag : std::uint16_t {
  kKind = 1,
  kId = 2,
  kName = 3,
  kNumber = 4,
  kSecond = 5,
  kText = 6,
  kError = 7,
  kUid = 20,
  kState = 21,
  kPid = 22,
  kIncarnation = 23,
  kEnds = 24,
  kRestarts = 25,
  kFailures = 26,
  kStarted = 27,
  kEnded = 28,
  kHeldUntil = 29,
  kStatus = 30,
  kKnown = 31,
  kTrouble = 32,
  kReason = 33,
  kMark = 34,
  kStartedMark = 35,
  kEvent = 50,
  kSequence = 51,
  kWall = 52,
  kSlot = 53,
  kEventKind = 54,
};

FieldWriter packet(std::int64_t kind, std::int64_t id) {
  FieldWriter out;
  out.number(kKind, kind);
  out.number(kId, id);
  return out;
}

FieldWriter packet(Tell kind, std::int64_t id) {
  return packet(static_cast<std::int64_t>(kind), id);
}

std::string encode(const Event& event) {
  FieldWriter out;
  out.number(kSequence, static_cast<std::int64_t>(event.sequence));
  out.number(kWall, event.wall);
  out.number(kSlot, event.slot);
  out.number(kEventKind, static_cast<std::int64_t>(event.kind));
  out.number(kIncarnation, static_cast<std::int64_t>(event.incarnation));
  out.number(kUid, static_cast<std::int64_t>(event.uid));
  out.number(kState, event.state);
  out.number(kPid, event.pid);
  out.number(kStatus, event.status);
  out.number(kKnown, event.known);
  return out.take();
}

bool decode(std::string_view bytes, Event& event) {
  FieldReader reader(bytes);
  while (auto field = reader.next()) {
    auto number = field->number();
    if (!number) continue;
    switch (field->tag) {
      case kSequence: event.sequence = static_cast<std::uint64_t>(*number); break;
      case kWall: event.wall = *number; break;
      case kSlot: event.slot = static_cast<std::uint32_t>(*number); break;
      case kEventKind: event.kind = static_cast<EventKind>(*number); break;
      case kIncarnation: event.incarnation = static_cast<std::uint64_t>(*number); break;
      case kUid: event.uid = static_cast<std::uint64_t>(*number); break;
      case kState: event.state = static_cast<std::int32_t>(*number); break;
      case kPid: event.pid = static_cast<std::int32_t>(*number); break;
      case kStatus: event.status = static_cast<std::int32_t>(*number); break;
      case kKnown: event.known = *number != 0; break;
      default: break;
    }
  }
  return reader.ended_well();
}

std::int64_t* number_of(Report& report, std::uint16_t tag) {
  switch (tag) {
    case kPid: return &report.pid;
    case kIncarnation: return &report.incarnation;
    case kEnds: return &report.ends;
    case kRestarts: return &report.restarts;
    case kFailures: return &report.failures;
    case kStarted: return &report.started;
    case kEnded: return &report.ended;
    case kHeldUntil: return &report.held_until;
    case kStatus: return &report.status;
    case kKnown: return &report.known;
    case kTrouble: return &report.trouble;
    case kMark: return &report.mark;
    case kStartedMark: return &report.started_mark;
    default: return nullptr;
  }
}

constexpr std::uint16_t kReportNumbers[] = {
    kPid,       kIncarnation, kEnds,  kRestarts, kFailures, kStarted,    kEnded,
    kHeldUntil, kStatus,      kKnown, kTrouble,  kMark,     kStartedMark};

void decode_report(const Field& field, Report& report) {
  auto number = field.number();
  if (field.tag == kName) report.name = field.bytes;
  if (field.tag == kReason) report.reason = field.bytes;
  if (!number) return;
  if (field.tag == kId) report.id = *number;
  if (field.tag == kUid) report.uid = static_cast<std::uint64_t>(*number);
  if (field.tag == kState) report.state = static_cast<State>(*number);
  if (auto* out = number_of(report, field.tag)) *out = *number;
}

void decode_answer(const Field& field, Answer& answer) {
  auto number = field.number();
  if (field.tag == kError) answer.error = field.bytes;
  if (field.tag == kText) answer.text = field.bytes;
  if (field.tag == kId && number) answer.id = *number;
  if (field.tag == kNumber && number) answer.number = *number;
}

}  // namespace

std::string encode(const Request& request) {
  auto out = packet(static_cast<std::int64_t>(request.ask), request.id);
  if (!request.name.empty()) out.text(kName, request.name);
  if (request.number != 0) out.number(kNumber, request.number);
  if (request.second != 0) out.number(kSecond, request.second);
  if (!request.text.empty()) out.text(kText, request.text);
  return out.take();
}

Outcome<Request> decode_request(std::string_view bytes) {
  Request request{};
  request.ask = static_cast<Ask>(0);
  FieldReader reader(bytes);
  while (auto field = reader.next()) {
    auto number = field->number();
    switch (field->tag) {
      case kKind: request.ask = static_cast<Ask>(number.value_or(0)); break;
      case kId: request.id = number.value_or(0); break;
      case kName: request.name = field->bytes; break;
      case kNumber: request.number = number.value_or(0); break;
      case kSecond: request.second = number.value_or(0); break;
      case kText: request.text = field->bytes; break;
      default: break;
    }
  }
  if (!reader.ended_well()) return failed("a request is cut off");
  return request;
}

std::string encode(const Answer& answer) {
  auto out = packet(Tell::answer, answer.id);
  if (!answer.error.empty()) out.text(kError, answer.error);
  if (answer.number != 0) out.number(kNumber, answer.number);
  if (!answer.text.empty()) out.text(kText, answer.text);
  return out.take();
}

std::string encode(const Report& report) {
  auto out = packet(Tell::report, report.id);
  out.text(kName, report.name);
  out.number(kUid, static_cast<std::int64_t>(report.uid));
  out.number(kState, static_cast<std::int64_t>(report.state));
  auto copy = report;
  for (auto tag : kReportNumbers)
    if (auto number = *number_of(copy, tag); number != 0) out.number(tag, number);
  if (!report.reason.empty()) out.text(kReason, report.reason);
  return out.take();
}

std::string encode(const std::vector<Event>& events) {
  auto out = packet(Tell::events, 0);
  for (const auto& event : events) out.text(kEvent, encode(event));
  return out.take();
}

std::string encode_gap() { return packet(Tell::gap, 0).take(); }

Outcome<Told> decode_told(std::string_view bytes) {
  Told told;
  FieldReader reader(bytes);
  auto first = reader.next();
  if (!first || first->tag != kKind || !first->number()) return failed("a packet has no kind");
  told.kind = static_cast<Tell>(*first->number());
  while (auto field = reader.next()) {
    if (told.kind == Tell::answer) decode_answer(*field, told.answer);
    if (told.kind == Tell::report) decode_report(*field, told.report);
    if (told.kind != Tell::events || field->tag != kEvent) continue;
    if (!decode(field->bytes, told.events.emplace_back())) return failed("an event is damaged");
  }
  if (!reader.ended_well()) return failed("a packet is cut off");
  return told;
}

}  // namespace reeve::keeper
