#include "supervise/keeper_client.hpp"

#include "async/notifier.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace reeve::supervise {
namespace {

constexpr std::size_t kLargestPacket = 64 << 10;
constexpr int kPacketsPerTurn = 64;

Result<UniqueFd> sealed_memfd(const std::string& bytes) {
  UniqueFd fd(::memfd_create("spec", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return fail(errno_error(errno, "make a memory file"));
  for (std::size_t at = 0; at < bytes.size();) {
    auto written = ::write(fd.get(), bytes.data() + at, bytes.size() - at);
    if (written < 0) return fail(errno_error(errno, "write a memory file"));
    at += static_cast<std::size_t>(written);
  }
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
    return fail(errno_error(errno, "seal a memory file"));
  return fd;
}

/// 0, or an errno.
int send_packet(int socket, const std::string& packet, int fd) {
  iovec part{const_cast<char*>(packet.data()), packet.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

/// Where an answer waits for its task.
template <class T>
struct Box {
  explicit Box(async::Loop& loop) : filled(loop) {}
  std::optional<Result<T>> content;
  async::Notifier filled;
};

template <class T>
Task<Result<T>> content_of(std::shared_ptr<Box<T>> box) {
  while (!box->content) {
    auto woken = co_await box->filled.wait();
    if (!woken) co_return Failure(std::move(woken.error()));
  }
  co_return std::move(*box->content);
}

template <class T>
std::function<void(Result<T>)> fill(std::shared_ptr<Box<T>> box) {
  return [box](Result<T> result) {
    box->content = std::move(result);
    box->filled.notify_all();
  };
}

}  // namespace

KeeperClient::KeeperClient(async::Loop& loop, Calls calls)
    : loop_(loop), calls_(std::move(calls)), tasks_(loop, "keeper's client") {}

Result<> KeeperClient::connect(const std::filesystem::path& folder) {
  close();
  // By way of the folder's descriptor: the path of a socket is short.
  UniqueFd place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail(errno_error(errno, "connect to the keeper"));
  auto path = fmt::format("/proc/self/fd/{}/keeper.sock", place.get());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* at = reinterpret_cast<const sockaddr*>(&address);
  if (!place || ::connect(socket.get(), at, sizeof address) != 0) {
    auto why = errno_error(errno, fmt::format("connect to the keeper in {}", folder.native()));
    why.code = Errc::unavailable;
    return fail(std::move(why));
  }
  line_ = std::make_shared<Line>(loop_, std::move(socket));
  tasks_.start(read(line_));
  return {};
}

void KeeperClient::ask(keeper::Request request, Done done, std::string spec) {
  enqueue({std::move(request), std::move(spec), std::move(done), nullptr});
}

void KeeperClient::list(std::string name, Listed done) {
  keeper::Request request;
  request.ask = keeper::Ask::list;
  request.name = std::move(name);
  enqueue({std::move(request), {}, nullptr, std::move(done)});
}

Task<Result<keeper::Answer>> KeeperClient::ask(keeper::Request request) {
  auto box = std::make_shared<Box<keeper::Answer>>(loop_);
  ask(std::move(request), fill(box));
  auto answer = co_await content_of(box);
  co_return answer;
}

Task<Result<std::vector<keeper::Report>>> KeeperClient::list_all() {
  auto box = std::make_shared<Box<std::vector<keeper::Report>>>(loop_);
  list({}, fill(box));
  auto listed = co_await content_of(box);
  co_return listed;
}

void KeeperClient::enqueue(Asked asked) {
  if (!line_) {
    auto shared = std::make_shared<Asked>(std::move(asked));
    loop_.post([shared] {
      finish(std::move(*shared), fail(Errc::unavailable, "the keeper is not connected"));
    });
    return;
  }
  waiting_.push_back(std::move(asked));
  send_waiting();
}

void KeeperClient::send_waiting() {
  while (line_ && !waiting_.empty() && under_way_.size() < kWindow) {
    auto& next = waiting_.front();
    next.request.id = last_id_ + 1;
    UniqueFd memfd;
    if (!next.spec.empty()) {
      auto made = sealed_memfd(next.spec);
      if (!made) {
        auto shared = std::make_shared<Asked>(std::move(next));
        waiting_.pop_front();
        loop_.post(
            [shared, why = std::move(made.error())] { finish(std::move(*shared), Failure(why)); });
        continue;
      }
      memfd = std::move(*made);
    }
    int error = send_packet(line_->fd.get(), keeper::encode(next.request), memfd.get());
    // Full: the answer to one of those under way makes room. Gone: the reader sees it.
    if (error != 0) return;
    ++last_id_;
    next.spec.clear();
    under_way_.emplace(last_id_, std::move(next));
    waiting_.pop_front();
  }
}

Task<> KeeperClient::read(std::shared_ptr<Line> line) {
  while (line == line_) {
    auto woken = co_await line->readable.wait();
    if (!woken) co_return;
    drain(line);
  }
}

void KeeperClient::drain(std::shared_ptr<Line> line) {
  std::array<char, kLargestPacket> buffer;  // NOLINT: filled by recv
  for (int turn = 0; turn < kPacketsPerTurn && line == line_; ++turn) {
    auto size = ::recv(line->fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (size <= 0) return end({Errc::unavailable, "the keeper has closed the connection", "", {}});
    auto told = keeper::decode_told({buffer.data(), static_cast<std::size_t>(size)});
    if (!told) return end({Errc::corrupt, "from the keeper: " + told.error(), "", {}});
    take(std::move(*told));
  }
  send_waiting();
}

void KeeperClient::take(keeper::Told told) {
  switch (told.kind) {
    case keeper::Tell::events: return calls_.on_events(told.events);
    case keeper::Tell::gap: return calls_.on_gap();
    case keeper::Tell::report: {
      // Those after a gap answer nobody: who heard of the gap asks.
      auto found = under_way_.find(told.report.id);
      if (found != under_way_.end()) found->second.reports.push_back(std::move(told.report));
      return;
    }
    case keeper::Tell::answer: {
      auto found = under_way_.find(told.answer.id);
      if (found == under_way_.end()) return;
      auto asked = std::move(found->second);
      under_way_.erase(found);
      finish(std::move(asked), std::move(told.answer));
      return;
    }
  }
}

void KeeperClient::finish(Asked asked, Result<keeper::Answer> answer) {
  if (answer && !answer->error.empty()) answer = fail(Errc::invalid, "{}", answer->error);
  if (asked.listed) {
    if (answer)
      asked.listed(std::move(asked.reports));
    else
      asked.listed(Failure(std::move(answer.error())));
  } else if (asked.done) {
    asked.done(std::move(answer));
  }
}

void KeeperClient::end(Error why) {
  if (!line_) return;
  close();
  calls_.on_lost(why);
}

void KeeperClient::close() {
  if (!line_) return;
  // Wakes the reader, who then sees that his line is no longer ours.
  ::shutdown(line_->fd.get(), SHUT_RDWR);
  line_.reset();
  std::vector<Asked> all;
  all.reserve(under_way_.size() + waiting_.size());
  for (auto& [id, asked] : under_way_) all.push_back(std::move(asked));
  for (auto& asked : waiting_) all.push_back(std::move(asked));
  under_way_.clear();
  waiting_.clear();
  for (auto& asked : all)
    finish(std::move(asked), fail(Errc::unavailable, "the connection to the keeper has ended"));
}

Task<Result<>> KeeperClient::stop(Duration limit) {
  close();
  auto stopped = co_await tasks_.stop(limit);
  co_return stopped;
}

}  // namespace reeve::supervise
