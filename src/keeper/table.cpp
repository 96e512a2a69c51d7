#include "keeper/table.hpp"

#include "keeper/procfs.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace reeve::keeper {
namespace {

constexpr char kMagic[8] = {'r', 'e', 'e', 'v', 'e', 'k', 'p', '\n'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 4096;
constexpr std::size_t kRingBytes = kEvents * sizeof(Event);
constexpr std::size_t kSlotBytes = 768;
static_assert(sizeof(Header) <= kHeaderBytes && sizeof(Slot) <= kSlotBytes);
constexpr std::size_t kChunkBytes = kSlotsPerChunk * (sizeof(Row) + kSlotBytes);
constexpr std::size_t kMapped =
    kHeaderBytes + kRingBytes + kMaxSlots / kSlotsPerChunk * kChunkBytes;

std::size_t chunk_at(std::uint32_t slot) {
  return kHeaderBytes + kRingBytes + slot / kSlotsPerChunk * kChunkBytes;
}

Outcome<> reserve(int fd, std::size_t from, std::size_t bytes) {
  int error = ::posix_fallocate(fd, static_cast<off_t>(from), static_cast<off_t>(bytes));
  if (error != 0) return failed("give the keeper's table its space", error);
  return {};
}

bool fits(const Header& header, std::string_view boot_id) {
  return std::memcmp(header.magic, kMagic, sizeof kMagic) == 0 && header.boot_id == boot_id;
}

void begin(Header& header, std::string_view boot_id) {
  header.version = kVersion;
  header.slot_bytes = kSlotBytes;
  boot_id.substr(0, sizeof header.boot_id - 1).copy(header.boot_id, sizeof header.boot_id - 1);
  std::memcpy(header.magic, kMagic, sizeof kMagic);
}

}  // namespace

Outcome<Table> Table::open(const std::string& file, std::string_view boot_id) {
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return failed("open " + file, errno);
  if (auto room = reserve(fd.get(), 0, kHeaderBytes + kRingBytes); !room)
    return failed(room.error());
  void* base = ::mmap(nullptr, kMapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (base == MAP_FAILED) return failed("map " + file, errno);
  Table table(std::move(fd), static_cast<char*>(base), false);
  if (!fits(table.header(), boot_id)) {
    // Nothing of another boot lives; a file of zeroes is an empty table.
    if (::ftruncate(table.file_.get(), 0) != 0) return failed("empty " + file, errno);
    if (auto room = reserve(table.file_.get(), 0, kHeaderBytes + kRingBytes); !room)
      return failed(room.error());
    begin(table.header(), boot_id);
    table.fresh_ = true;
  }
  if (table.header().version != kVersion || table.header().slot_bytes != kSlotBytes)
    return failed("the table " + file + " has version " + std::to_string(table.header().version) +
                  ", this program reads " + std::to_string(kVersion));
  if (table.header().high.load() > kMaxSlots) return failed("the table " + file + " is damaged");
  return table;
}

Table::Table(Table&& other) noexcept
    : file_(std::move(other.file_)),
      base_(std::exchange(other.base_, nullptr)),
      fresh_(other.fresh_) {}

Table::~Table() {
  if (base_ != nullptr) ::munmap(base_, kMapped);
}

Row& Table::row(std::uint32_t at) const {
  return reinterpret_cast<Row*>(base_ + chunk_at(at))[at % kSlotsPerChunk];
}

Slot& Table::slot(std::uint32_t at) const {
  char* slots = base_ + chunk_at(at) + kSlotsPerChunk * sizeof(Row);
  return *reinterpret_cast<Slot*>(slots + at % kSlotsPerChunk * kSlotBytes);
}

Outcome<> Table::make_room_for(std::uint32_t at) {
  if (at >= kMaxSlots)
    return failed("there are " + std::to_string(kMaxSlots) +
                  " processes, the most a node may have");
  if (at < header().high.load()) return {};
  if (auto room = reserve(file_.get(), chunk_at(at), kChunkBytes); !room) return room;
  header().high.store(at + 1);
  return {};
}

void Table::set_life(Slot& slot, const Life& life) {
  auto other = 1 - (slot.current.load() & 1);
  slot.lives[other] = life;
  slot.current.store(other);  // sequentially consistent: after the bytes above
}

std::uint64_t Table::append(Event event) {
  event.sequence = header().last_event.load() + 1;
  auto* ring = reinterpret_cast<Event*>(base_ + kHeaderBytes);
  ring[event.sequence % kEvents] = event;
  header().last_event.store(event.sequence);
  return event.sequence;
}

const Event* Table::event(std::uint64_t sequence) const {
  if (sequence == 0 || sequence > header().last_event.load()) return nullptr;
  const auto* found = reinterpret_cast<Event*>(base_ + kHeaderBytes) + sequence % kEvents;
  return found->sequence == sequence ? found : nullptr;
}

std::string read_boot_id() {
  auto text = read_small_file("/proc/sys/kernel/random/boot_id");
  return text.substr(0, text.find('\n'));
}

}  // namespace reeve::keeper
