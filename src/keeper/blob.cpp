#include "keeper/blob.hpp"

#include "keeper/fields.hpp"

namespace reeve::keeper {
namespace {

// From one version of the blob to the next: never renumbered.
enum Tag : std::uint16_t {
  kVersion = 1,
  kGuardian = 2,
  kGuardianLock = 3,
  kListener = 4,
  kEpoll = 5,
  kFolder = 6,
  kClient = 7,
  kProcess = 8,
  kFd = 20,
  kSubscribed = 21,
  kNextEvent = 22,
  kAnswer = 23,
  kWantsAnswer = 24,
  kSlot = 40,
  kParent = 41,
  kPidfd = 42,
  kOutFifo = 43,
  kErrFifo = 44,
  kOutLog = 45,
  kErrLog = 46,
  kSpec = 47,
};

struct Number {
  std::uint16_t tag;
  std::int64_t* place;
};

// One list a struct, for both ways.
std::vector<Number> numbers_of(Blob& blob) {
  return {{kVersion, &blob.version},
          {kGuardian, &blob.guardian},
          {kGuardianLock, &blob.guardian_lock},
          {kListener, &blob.listener},
          {kEpoll, &blob.epoll}};
}

std::vector<Number> numbers_of(HandedClient& client) {
  return {{kFd, &client.fd},
          {kSubscribed, &client.subscribed},
          {kNextEvent, &client.next_event},
          {kAnswer, &client.answer},
          {kWantsAnswer, &client.wants_answer}};
}

std::vector<Number> numbers_of(Processes::Handed& process) {
  return {{kSlot, &process.slot},        {kParent, &process.parent},    {kPidfd, &process.pidfd},
          {kOutFifo, &process.fifos[0]}, {kErrFifo, &process.fifos[1]}, {kOutLog, &process.logs[0]},
          {kErrLog, &process.logs[1]}};
}

template <class T>
void write_numbers(FieldWriter& out, T value) {
  for (auto [tag, place] : numbers_of(value)) out.number(tag, *place);
}

template <class T>
void read_number(const Field& field, T& value) {
  auto number = field.number();
  if (!number) return;
  for (auto [tag, place] : numbers_of(value))
    if (tag == field.tag) *place = *number;
}

bool decode(std::string_view bytes, HandedClient& client) {
  FieldReader reader(bytes);
  while (auto field = reader.next()) read_number(*field, client);
  return reader.ended_well() && client.fd >= 0;
}

bool decode(std::string_view bytes, Processes::Handed& process) {
  FieldReader reader(bytes);
  while (auto field = reader.next()) {
    read_number(*field, process);
    if (field->tag == kSpec) process.spec = field->bytes;
  }
  return reader.ended_well() && process.slot >= 0 && process.slot < kMaxSlots &&
         process.parent >= 0 && process.parent <= static_cast<std::int64_t>(Parent::nobody);
}

}  // namespace

std::string encode(const Blob& blob) {
  FieldWriter out;
  write_numbers(out, blob);
  out.text(kFolder, blob.folder);
  for (const auto& client : blob.clients) {
    FieldWriter one;
    write_numbers(one, client);
    out.text(kClient, one.bytes());
  }
  for (const auto& process : blob.processes) {
    FieldWriter one;
    write_numbers(one, process);
    one.text(kSpec, process.spec);
    out.text(kProcess, one.bytes());
  }
  return out.take();
}

Outcome<Blob> decode_blob(std::string_view bytes) {
  Blob blob;
  blob.version = 0;
  FieldReader reader(bytes);
  while (auto field = reader.next()) {
    bool good = true;
    read_number(*field, blob);
    if (field->tag == kFolder) blob.folder = field->bytes;
    if (field->tag == kClient) good = decode(field->bytes, blob.clients.emplace_back());
    if (field->tag == kProcess) good = decode(field->bytes, blob.processes.emplace_back());
    if (!good)
      return failed("the keeper's state has a damaged field " + std::to_string(field->tag));
  }
  if (!reader.ended_well()) return failed("the keeper's state is cut off");
  if (blob.version != kBlobVersion)
    return failed("the keeper's state has version " + std::to_string(blob.version) +
                  ", this program reads " + std::to_string(kBlobVersion));
  bool whole = blob.guardian >= 0 && blob.guardian_lock >= 0 && blob.listener >= 0 &&
               blob.epoll >= 0 && !blob.folder.empty();
  if (!whole) return failed("the keeper's state lacks a descriptor");
  return blob;
}

}  // namespace reeve::keeper
