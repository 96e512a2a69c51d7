// The floor under every HTTP server here: one thread, level-triggered epoll, no parsing beyond the
// empty line, and the same bytes each time: those of the file, else net_bench_server's empty
// answer. Usage: bare_epoll_http PORT [FILE]
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

std::string answer_text = "HTTP/1.1 204 No Content\r\nX-Request-Id: 0a1b2c-00000001\r\n\r\n";

int listen_on(unsigned short port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, SOMAXCONN) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  return listener;
}

void watch(int poller, int socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event);
}

void answer(int client) {
  std::array<char, 4096> buffer;
  auto got = recv(client, buffer.data(), buffer.size(), 0);
  if (got <= 0) {
    close(client);
    return;
  }
  std::string_view request(buffer.data(), static_cast<std::size_t>(got));
  if (request.ends_with("\r\n\r\n")) {
    send(client, answer_text.data(), answer_text.size(), MSG_NOSIGNAL);
  }
}

void read_answer(const char* path) {
  std::ifstream file(path, std::ios::binary);
  answer_text.assign(std::istreambuf_iterator<char>(file), {});
  if (!file || answer_text.empty()) {
    std::fprintf(stderr, "%s holds no answer\n", path);
    std::exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 8081);
  if (argc > 2) read_answer(argv[2]);
  int listener = listen_on(port);
  int poller = epoll_create1(0);
  watch(poller, listener);
  std::array<epoll_event, 256> events;
  for (;;) {
    int count = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket != listener) {
        answer(socket);
        continue;
      }
      int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      int on = 1;
      setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(poller, client);
    }
  }
}
