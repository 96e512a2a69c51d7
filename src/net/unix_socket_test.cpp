#include "net/unix_socket.hpp"

#include "base/unique_fd.hpp"
#include "net/client.hpp"
#include "net/testing/test_server.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <latch>
#include <thread>
#include <vector>

namespace reeve::net {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::run_on;

std::optional<Response> name_the_caller(const Request& request) {
  Response response;
  const auto& process = request.peer->process;
  response.body = process ? fmt::format("{} {} {}", process->uid, process->gid, process->pid)
                          : std::string("nobody");
  return response;
}

class UnixSocket : public ::testing::Test {
 protected:
  Result<ClientResponse> get(const std::string& at) {
    HttpClient client(server.loop(), {at, 0});
    return run_on(server.loop(), client.request({}));
  }
  // Bound and closed: the file stays, as when its process was killed.
  void leave_dead_socket() { leave_dead_socket(path); }
  static void leave_dead_socket(const std::string& at) {
    auto address = unix_address(at).value();
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(socket.get(), address.data(), static_cast<socklen_t>(address.size())), 0);
  }
  mode_t mode() { return static_cast<mode_t>(fs::symlink_status(path).permissions()); }
  static ServerHandlers handlers() {
    ServerHandlers made;
    made.try_now = name_the_caller;
    return made;
  }

  sys::testing::TempFolder folder;
  std::string path = (folder / "a.sock").native();
  testing::TestServer server{handlers()};
};

TEST_F(UnixSocket, serves_requests_and_says_whose_they_are) {
  ASSERT_TRUE(server.server.listen_on_path(path, 0600));

  auto answer = get(path);

  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->body, fmt::format("{} {} {}", ::getuid(), ::getgid(), ::getpid()));
}

TEST_F(UnixSocket, has_no_process_behind_tcp) {
  HttpClient client(server.loop(), server.at);

  EXPECT_EQ(run_on(server.loop(), client.request({})).value().body, "nobody");
}

TEST_F(UnixSocket, has_the_mode_that_was_asked_for_whatever_the_umask) {
  auto before = ::umask(077);
  auto made = server.server.listen_on_path(path, 0660);
  ::umask(before);

  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(mode(), 0660U);
}

TEST_F(UnixSocket, replaces_what_a_dead_process_left) {
  leave_dead_socket();

  auto made = server.server.listen_on_path(path, 0600);

  ASSERT_TRUE(made) << made.error().what;
  EXPECT_TRUE(get(path));
}

TEST_F(UnixSocket, leaves_a_living_listener_alone) {
  ASSERT_TRUE(server.server.listen_on_path(path, 0600));
  testing::TestServer second{{}};

  auto refused = second.server.listen_on_path(path, 0600);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::in_use);
  EXPECT_THAT(refused.error().what, HasSubstr("another process listens there"));
  EXPECT_TRUE(get(path));
}

TEST_F(UnixSocket, has_one_listener_of_many_that_start_at_once_over_a_dead_one) {
  for (int round = 0; round < 20; ++round) {
    fs::remove(path);
    leave_dead_socket();
    std::array<testing::TestServer, 3> all{testing::TestServer{handlers()},
                                           testing::TestServer{handlers()},
                                           testing::TestServer{handlers()}};
    std::array<Result<>, 3> outcomes;
    std::latch together(std::ssize(all));
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < all.size(); ++i)
        threads.emplace_back([&, i] {
          together.arrive_and_wait();
          outcomes[i] = all[i].server.listen_on_path(path, 0600);
        });
    }

    EXPECT_EQ(std::ranges::count_if(outcomes, [](const auto& one) { return one.has_value(); }), 1);
    EXPECT_TRUE(get(path));
    for (const auto& entry : fs::directory_iterator(folder.path()))
      EXPECT_EQ(entry.path().native(), path);
  }
}

TEST_F(UnixSocket, removes_the_own_names_that_killed_starters_left) {
  auto left = (folder / ".reeve-0123456789abcdef.sock").native();
  leave_dead_socket(left);
  auto foreign = (folder / ".reeve-0123.sock").native();
  leave_dead_socket(foreign);

  ASSERT_TRUE(server.server.listen_on_path(path, 0600));

  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(foreign));
}

TEST_F(UnixSocket, holds_the_folder_for_as_long_as_it_takes_its_place) {
  UniqueFd handle(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  auto is_free = [&] {
    if (::flock(handle.get(), LOCK_EX | LOCK_NB) != 0) return false;
    return ::flock(handle.get(), LOCK_UN) == 0;
  };
  {
    auto place = UnixSocketPlace::find(path);
    ASSERT_TRUE(place);
    EXPECT_FALSE(is_free());
  }
  EXPECT_TRUE(is_free());
}

TEST_F(UnixSocket, listens_though_somebody_keeps_the_folder_locked) {
  UniqueFd handle(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(::flock(handle.get(), LOCK_EX), 0);
  leave_dead_socket();

  auto made = server.server.listen_on_path(path, 0600);

  ASSERT_TRUE(made) << made.error().what;
  EXPECT_TRUE(get(path));
}

TEST_F(UnixSocket, leaves_a_file_that_is_no_socket_alone) {
  std::ofstream(path) << "precious";

  auto refused = server.server.listen_on_path(path, 0600);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::exists);
  EXPECT_EQ(fs::file_size(path), 8U);
}

TEST_F(UnixSocket, is_removed_at_a_clean_end) {
  ASSERT_TRUE(server.server.listen_on_path(path, 0600));
  ASSERT_TRUE(fs::exists(path));

  ASSERT_TRUE(server.stop(5s));

  EXPECT_FALSE(fs::exists(path));
}

TEST_F(UnixSocket, does_not_remove_its_successors_file) {
  ASSERT_TRUE(server.server.listen_on_path(path, 0600));
  fs::remove(path);
  leave_dead_socket();

  ASSERT_TRUE(server.stop(5s));

  EXPECT_TRUE(fs::exists(path));
}

TEST_F(UnixSocket, refuses_paths_that_the_system_cannot_take) {
  auto fits = unix_address("/" + std::string(106, 'x'));
  auto long_path = unix_address("/" + std::string(107, 'x'));
  auto relative = unix_address("a.sock");

  EXPECT_TRUE(fits);
  ASSERT_FALSE(long_path);
  EXPECT_THAT(long_path.error().what, HasSubstr("at most 107 bytes"));
  ASSERT_FALSE(relative);
  EXPECT_THAT(relative.error().what, HasSubstr("must be absolute"));
}

TEST_F(UnixSocket, says_where_nobody_answers) {
  auto absent = get(path);

  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().what, HasSubstr("cannot connect to unix:" + path));
}

TEST_F(UnixSocket, is_an_endpoint_with_a_text) {
  auto parsed = parse_endpoint("unix:/run/x.sock");

  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->is_unix());
  EXPECT_EQ(parsed->to_string(), "unix:/run/x.sock");
  EXPECT_FALSE(parse_endpoint("unix:x.sock"));
}

}  // namespace
}  // namespace reeve::net
