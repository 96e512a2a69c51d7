// The floor of a push: no TLS, no frames, no JSON, no threads. Sends the same bytes to N loopback
// connections and reads an answer from each, again and again; prints each round's milliseconds from
// the first send to the last answer, and what a 4 KiB append with fdatasync takes in between.
//   bare_push CONNECTIONS BYTES ANSWER_BYTES ROUNDS FILE
// The other ends live in a child process, one epoll loop as here.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration elapsed) {
  return std::chrono::duration<double, std::milli>(elapsed).count();
}

[[noreturn]] void give_up(const char* doing) {
  std::perror(doing);
  std::exit(1);
}

int checked(int result, const char* doing) {
  if (result < 0) give_up(doing);
  return result;
}

void add(int epoll, int socket, std::uint32_t index) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = index;
  checked(epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event), "epoll_ctl");
}

void send_all(int socket, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    auto n = send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) give_up("send");
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
}

// Waits until each connection has brought `wanted` bytes; calls `whole` for each that has.
class Collector {
 public:
  Collector(const std::vector<int>& sockets, std::size_t wanted)
      : sockets_(sockets), got_(sockets.size()), wanted_(wanted) {
    epoll_ = checked(epoll_create1(0), "epoll_create1");
    for (std::size_t i = 0; i < sockets.size(); ++i)
      add(epoll_, sockets[i], static_cast<std::uint32_t>(i));
  }

  /// False when a connection was closed.
  template <class Whole>
  bool wait(std::size_t count, Whole whole) {
    std::array<epoll_event, 512> events;
    std::array<char, 65536> buffer;
    while (count > 0) {
      int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      if (ready < 0 && errno != EINTR) give_up("epoll_wait");
      for (int i = 0; i < ready; ++i) {
        auto index = events[static_cast<std::size_t>(i)].data.u32;
        auto n = read(sockets_[index], buffer.data(), buffer.size());
        if (n <= 0) return false;
        got_[index] += static_cast<std::size_t>(n);
        if (got_[index] < wanted_) continue;
        got_[index] -= wanted_;
        whole(sockets_[index]);
        --count;
      }
    }
    return true;
  }

 private:
  const std::vector<int>& sockets_;
  std::vector<std::size_t> got_;
  std::size_t wanted_;
  int epoll_ = -1;
};

void be_the_other_ends(sockaddr_in address, std::size_t count, std::size_t bytes,
                       std::size_t answer_bytes) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<int> sockets(count);
  for (auto& socket_fd : sockets) {
    socket_fd = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    checked(connect(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address), "connect");
    int on = 1;
    setsockopt(socket_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  const std::string answer(answer_bytes, 'a');
  Collector collector(sockets, bytes);
  while (collector.wait(1, [&](int socket_fd) { send_all(socket_fd, answer); })) {
  }
}

double append_and_sync(int file) {
  static const std::string page(4096, 'x');
  auto begun = Clock::now();
  if (write(file, page.data(), page.size()) != static_cast<ssize_t>(page.size())) give_up("write");
  checked(fdatasync(file), "fdatasync");
  return milliseconds(Clock::now() - begun);
}

std::vector<int> accept_all(int listener, std::size_t count) {
  std::vector<int> sockets(count);
  for (auto& socket_fd : sockets) {
    socket_fd = checked(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept");
    int on = 1;
    setsockopt(socket_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return sockets;
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: bare_push CONNECTIONS BYTES ANSWER_BYTES ROUNDS FILE\n");
    return 2;
  }
  auto count = std::strtoul(argv[1], nullptr, 10);
  auto bytes = std::strtoul(argv[2], nullptr, 10);
  auto answer_bytes = std::strtoul(argv[3], nullptr, 10);
  auto rounds = std::strtoul(argv[4], nullptr, 10);
  raise_descriptor_limit();

  int listener = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  checked(listen(listener, 4096), "listen");
  socklen_t size = sizeof address;
  checked(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");

  auto child = checked(fork(), "fork");
  if (child == 0) {
    be_the_other_ends(address, count, bytes, answer_bytes);
    return 0;
  }
  auto sockets = accept_all(listener, count);
  int file = checked(open(argv[5], O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600), "open");
  const std::string message(bytes, 'm');
  Collector collector(sockets, answer_bytes);
  std::printf("[");
  for (unsigned long round = 0; round < rounds; ++round) {
    double sync = append_and_sync(file);
    auto begun = Clock::now();
    for (int socket_fd : sockets) send_all(socket_fd, message);
    if (!collector.wait(count, [](int) {})) give_up("the other ends are gone");
    std::printf("%s{\"push_ms\": %.3f, \"sync_ms\": %.3f}", round ? ", " : "",
                milliseconds(Clock::now() - begun), sync);
  }
  std::printf("]\n");
  for (int socket_fd : sockets) close(socket_fd);
  int status = 0;
  waitpid(child, &status, 0);
  unlink(argv[5]);
  return 0;
}
