#include "keeper/server.hpp"

#include "keeper/spec_file.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace reeve::keeper {
namespace {

constexpr std::size_t kMaxClients = 64;
constexpr std::size_t kMaxAnswers = 64;
constexpr int kRequestsPerTurn = 64;
constexpr std::size_t kEventsPerPacket = 128;
constexpr const char* kVersion = "1";

struct Packet {
  ssize_t size = 0;
  UniqueFd fd;
};

Packet receive_packet(int socket, char* out, std::size_t room) {
  iovec part{out, room};
  union {
    char bytes[CMSG_SPACE(sizeof(int) * 4)];
    cmsghdr align;
  } control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  Packet packet;
  packet.size = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  for (auto* head = CMSG_FIRSTHDR(&message); packet.size > 0 && head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    auto count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t at = 0; at < count; ++at) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + at * sizeof fd, sizeof fd);
      packet.fd.reset(fd);  // the last one; the others are closed
    }
  }
  if ((message.msg_flags & MSG_TRUNC) != 0) packet.size = -2;
  return packet;
}

bool may_talk(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == 0 || peer.uid == ::geteuid());
}

Outcome<std::string> read_sealed(int fd) {
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
  if (fd < 0 || (::fcntl(fd, F_GET_SEALS) & kSeals) != kSeals)
    return failed("a process' spec comes as a sealed memfd");
  return read_all(fd, kMaxSpec);
}

}  // namespace

Outcome<> Server::listen(const std::string& folder) {
  UniqueFd place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  listener_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // By way of the folder's descriptor: the path of a socket is short.
  auto path = "/proc/self/fd/" + std::to_string(place.get()) + "/keeper.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ::unlink(path.c_str());
  auto before = ::umask(0177);
  bool bound = ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::umask(before);
  if (!bound || ::listen(listener_.get(), 64) != 0)
    return failed("listen on " + folder + "/keeper.sock", errno);
  poller_.add(listener_.get(), Watch::listener, 0);
  return {};
}

std::size_t Server::place(UniqueFd fd) {
  std::size_t at = 0;
  while (at < clients_.size() && clients_[at]) ++at;
  if (at == clients_.size()) clients_.emplace_back();
  clients_[at] = std::make_unique<Client>();
  clients_[at]->fd = std::move(fd);
  return at;
}

void Server::take_over(int listener, const std::vector<HandedClient>& clients) {
  ::fcntl(listener, F_SETFD, FD_CLOEXEC);
  listener_.reset(listener);
  for (const auto& handed : clients) {
    auto at = place(UniqueFd(static_cast<int>(handed.fd)));
    auto& client = *clients_[at];
    ::fcntl(client.fd.get(), F_SETFD, FD_CLOEXEC);
    client.subscribed = handed.subscribed != 0;
    client.next_event = static_cast<std::uint64_t>(handed.next_event);
    // Its number may have been another one.
    poller_.change(client.fd.get(), Watch::client, static_cast<std::uint32_t>(at), EPOLLIN);
    if (handed.wants_answer != 0) answer(at, handed.answer, {});
  }
}

std::vector<HandedClient> Server::hand_over(const Wishes& wishes) const {
  std::vector<HandedClient> all;
  for (std::size_t at = 0; at < clients_.size(); ++at) {
    if (!clients_[at]) continue;
    const auto& client = *clients_[at];
    // Who is in the middle of an answer would miss its rest: he connects again.
    if (!client.answers.empty() || client.listing) continue;
    all.push_back({client.fd.get(), client.subscribed, static_cast<std::int64_t>(client.next_event),
                   wishes.upgrade_answer, at == wishes.upgrade_client});
  }
  return all;
}

void Server::on_listener() {
  UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd || !may_talk(fd.get())) return;
  std::size_t talking = 0;
  for (const auto& client : clients_) talking += client != nullptr;
  if (talking >= kMaxClients) return;
  int number = fd.get();
  auto at = place(std::move(fd));
  poller_.add(number, Watch::client, static_cast<std::uint32_t>(at));
}

void Server::on_client(std::uint32_t at, std::uint32_t events) {
  if (at >= clients_.size() || !clients_[at]) return;
  if ((events & EPOLLOUT) != 0) flush(*clients_[at]);
  for (int turn = 0; turn < kRequestsPerTurn && clients_[at]; ++turn)
    if (clients_[at]->answers.size() >= kMaxAnswers || !receive(at)) break;
  if (clients_[at]) flush(*clients_[at]);
}

bool Server::receive(std::size_t at) {
  static char buffer[kMaxPacket];
  auto packet = receive_packet(clients_[at]->fd.get(), buffer, sizeof buffer);
  if (packet.size < 0 && errno == EAGAIN) return false;
  auto request = packet.size > 0 ? decode_request({buffer, static_cast<std::size_t>(packet.size)})
                                 : Outcome<Request>(failed("gone"));
  if (!request) {  // gone, or no agent of ours
    poller_.remove(clients_[at]->fd.get());
    clients_[at].reset();
    return false;
  }
  handle(at, *request, packet.fd.get());
  return true;
}

void Server::answer(std::size_t client, std::int64_t id, const Outcome<>& outcome) {
  if (client >= clients_.size() || !clients_[client]) return;
  Answer answer;
  answer.id = id;
  if (!outcome) answer.error = outcome.error();
  clients_[client]->answers.push_back(encode(answer));
  flush(*clients_[client]);
}

void Server::greet(std::size_t at, const Request& request) {
  Answer answer;
  answer.id = request.id;
  answer.number = static_cast<std::int64_t>(table_.header().last_event.load());
  answer.text = std::string(kVersion) + " " + table_.header().boot_id;
  if (request.number > kProtocol)
    answer.error = "the agent needs protocol " + std::to_string(request.number) +
                   ", this keeper speaks " + std::to_string(kProtocol);
  clients_[at]->answers.push_back(encode(answer));
}

void Server::subscribe(std::size_t at, const Request& request) {
  auto& client = *clients_[at];
  auto last = table_.header().last_event.load();
  auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(request.number, 0)) + 1;
  client.subscribed = true;
  client.next_event = wanted;
  // Ahead of us: it knew another table, of before a reboot.
  if (wanted > last + 1) client.gap = true;
  Answer answer;
  answer.id = request.id;
  answer.number = static_cast<std::int64_t>(last);
  client.answers.push_back(encode(answer));
}

void Server::report_one(std::size_t at, const Request& request) {
  auto report = processes_.report(request.name);
  if (!report)
    return answer(at, request.id, failed("there is no process \"" + request.name + "\""));
  report->id = request.id;
  clients_[at]->answers.push_back(encode(*report));
  answer(at, request.id, {});
}

void Server::handle(std::size_t at, const Request& request, int memfd) {
  switch (request.ask) {
    case Ask::hello: return greet(at, request);
    case Ask::subscribe: return subscribe(at, request);
    case Ask::list:
      if (!request.name.empty()) return report_one(at, request);
      if (clients_[at]->listing) return answer(at, request.id, failed("a list is under way"));
      clients_[at]->listing = true;
      clients_[at]->listed = 0;
      clients_[at]->listing_id = request.id;
      return;
    case Ask::upgrade:
      wishes_.upgrade = request.text;
      wishes_.upgrade_client = at;
      wishes_.upgrade_answer = request.id;
      return;
    case Ask::shutdown:
      wishes_.shutdown = true;
      wishes_.leave_running = request.number == 1;
      return answer(at, request.id, {});
    default: return answer(at, request.id, obey(request, memfd));
  }
}

Outcome<> Server::obey(const Request& request, int memfd) {
  switch (request.ask) {
    case Ask::set: {
      auto spec = read_sealed(memfd);
      if (!spec) return failed(spec.error());
      if (auto done = processes_.set(request.name, *spec); !done || request.number != 1)
        return done;
      return processes_.start(request.name);
    }
    case Ask::remove: return processes_.remove(request.name);
    case Ask::start: return processes_.start(request.name);
    case Ask::stop: return processes_.stop(request.name);
    case Ask::restart: return processes_.restart(request.name);
    case Ask::signal:
      return processes_.signal(request.name, static_cast<int>(request.number), request.second == 1);
    case Ask::rotate: return processes_.rotate(request.name);
    default:
      return failed("this keeper does not know request " +
                    std::to_string(static_cast<std::int64_t>(request.ask)));
  }
}

bool Server::send(Client& client, const std::string& packet) {
  auto sent = ::send(client.fd.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS);  // who is gone shows as HUP
}

bool Server::flush_listing(Client& client) {
  for (; client.listed < processes_.end(); ++client.listed) {
    if (!processes_.has(client.listed)) continue;
    auto report = processes_.report(client.listed);
    report.id = client.listing_id;
    if (!send(client, encode(report))) return false;
  }
  client.listing = false;
  if (client.listing_id == 0) return true;
  Answer done;
  done.id = client.listing_id;
  client.answers.push_back(encode(done));
  return true;
}

void Server::flush_events(Client& client) {
  while (client.subscribed) {
    auto last = table_.header().last_event.load();
    if (client.next_event > last && !client.gap) return;
    if (client.gap || table_.event(client.next_event) == nullptr) {
      if (!send(client, encode_gap())) return;
      client.gap = false;
      client.next_event = last + 1;
      client.listing = true;
      client.listed = 0;
      client.listing_id = 0;
      if (!flush_listing(client)) return;
      continue;
    }
    std::vector<Event> events;
    for (auto at = client.next_event; at <= last && events.size() < kEventsPerPacket; ++at)
      if (const auto* event = table_.event(at)) events.push_back(*event);
    if (!send(client, encode(events))) return;
    client.next_event += events.size();
  }
}

void Server::flush(Client& client) {
  bool room = true;
  while (room) {
    while (room && !client.answers.empty()) {
      room = send(client, client.answers.front());
      if (room) client.answers.pop_front();
    }
    if (!room || !client.listing) break;
    room = flush_listing(client);
  }
  if (room) flush_events(client);
  bool waits = !client.answers.empty() || client.listing ||
               (client.subscribed && client.next_event <= table_.header().last_event.load());
  if (waits == client.waits_for_room) return;
  client.waits_for_room = waits;
  for (std::size_t at = 0; at < clients_.size(); ++at)
    if (clients_[at].get() == &client) {
      std::uint32_t wanted = waits ? std::uint32_t{EPOLLOUT} : 0U;
      if (client.answers.size() < kMaxAnswers) wanted |= EPOLLIN;
      poller_.change(client.fd.get(), Watch::client, static_cast<std::uint32_t>(at), wanted);
    }
}

void Server::flush() {
  auto last = table_.header().last_event.load();
  if (last == flushed_) return;
  flushed_ = last;
  for (auto& client : clients_)
    if (client && client->subscribed) flush(*client);
}

}  // namespace reeve::keeper
