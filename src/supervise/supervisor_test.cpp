// The supervisor with the real keeper, real processes and real files.
#include "supervise/supervisor.hpp"

#include "net/testing/run_on.hpp"
#include "supervise/stopped.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

namespace reeve::supervise {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum model::ProcessState;

constexpr Duration kPatience = 30s;

/// One life of an agent's supervisor.
class Life {
 public:
  explicit Life(const fs::path& data) : thread_([this] { loop_.run(); }) {
    SupervisorSettings settings;
    settings.keeper_folder = data / "keeper";
    settings.keeper_program = std::getenv("REEVE_KEEPER");
    settings.state_folder = data;
    settings.resolve.logs = data / "logs";
    settings.resolve.own_uid = ::geteuid();
    settings.resolve.rules.allow_own = true;
    supervisor_ = std::make_unique<Supervisor>(
        loop_, pool_, files_, settings, SupervisorCalls{[this](const std::set<std::string>& uids) {
          told.insert(uids.begin(), uids.end());
        }});
    loaded = net::testing::run_on(loop_, supervisor_->load());
    loop_.post([this] { supervisor_->start(); });
  }
  ~Life() {
    auto stopped = net::testing::run_on(loop_, supervisor_->stop(10s));
    EXPECT_TRUE(stopped) << stopped.error().what;
    loop_.stop();
    thread_.join();
  }

  template <class Work>
  auto on_loop(Work work) {
    std::promise<decltype(work(*supervisor_))> promise;
    auto future = promise.get_future();
    loop_.post([&] {
      if constexpr (std::is_void_v<decltype(work(*supervisor_))>) {
        work(*supervisor_);
        promise.set_value();
      } else {
        promise.set_value(work(*supervisor_));
      }
    });
    return future.get();
  }

  void want(Programs programs) {
    on_loop([&](Supervisor& supervisor) { supervisor.want(programs); });
  }
  Result<> act(model::Verb verb, const std::string& process, int signal = 0) {
    std::promise<Result<>> promise;
    auto future = promise.get_future();
    on_loop([&](Supervisor& supervisor) {
      supervisor.act(verb, process, signal, kPatience,
                     [&](Result<> result) { promise.set_value(std::move(result)); });
    });
    return future.get();
  }
  std::optional<ProgramState> state(const std::string& uid) {
    return on_loop([&](Supervisor& supervisor) { return supervisor.state(uid); });
  }
  model::ProcessStatus process(const std::string& uid, std::size_t index = 0) {
    auto seen = state(uid);
    if (!seen || index >= seen->processes.size()) return {};
    return seen->processes[index];
  }
  template <class Condition>
  bool wait_for(Condition condition) {
    auto deadline = clock_.now() + kPatience;
    while (clock_.now() < deadline) {
      if (condition()) return true;
      std::this_thread::yield();
    }
    return false;
  }
  bool wait_until(const std::string& uid, model::ProcessState wanted, std::size_t index = 0) {
    return wait_for([&] { return process(uid, index).state == wanted; });
  }
  Result<> end_programs() { return net::testing::run_on(loop_, supervisor_->end_programs(20s)); }

  Result<> loaded;
  std::set<std::string> told;  // on the loop

 private:
  sys::SystemClock clock_;
  async::Loop loop_{clock_};
  async::BlockingPool pool_{2};
  sys::RealFiles files_;
  std::unique_ptr<Supervisor> supervisor_;
  std::thread thread_;
};

class SupervisorTest : public ::testing::Test {
 protected:
  ~SupervisorTest() override {
    Life last(folder.path());
    auto ended = last.end_programs();
    EXPECT_TRUE(ended) << ended.error().what;
  }

  model::PlacedProgram program(const std::string& name, std::vector<std::string> command) {
    model::PlacedProgram made;
    made.uid = name + "-uid";
    made.name = name;
    made.command.arguments = std::move(command);
    made.startsecs = 0;
    made.stopwaitsecs = 5;
    if (::geteuid() == 0) made.user = "root";
    return made;
  }
  static Programs all(std::initializer_list<model::PlacedProgram> programs) {
    Programs made;
    for (const auto& one : programs)
      made.push_back(std::make_shared<const model::PlacedProgram>(one));
    return made;
  }
  std::string read(const fs::path& path) {
    std::ifstream in(folder / path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  sys::testing::TempFolder folder;
};

TEST_F(SupervisorTest, starts_the_keeper_and_what_shall_run_and_keeps_its_output) {
  Life life(folder.path());
  auto idle = program("idle", {"sleep", "1000"});
  idle.autostart = false;
  life.want(all({program("web", {"sh", "-c", "echo hello; exec sleep 1000"}), idle}));

  ASSERT_TRUE(life.wait_until("web-uid", RUNNING));
  ASSERT_TRUE(life.wait_until("idle-uid", STOPPED));
  EXPECT_TRUE(life.process("web-uid").pid);
  EXPECT_TRUE(life.wait_for([&] { return read("logs/web/web.stdout.log") == "hello\n"; }));
  EXPECT_TRUE(life.wait_for([&] {
    return life.on_loop([](Supervisor& supervisor) { return supervisor.is_settled(); });
  }));
}

TEST_F(SupervisorTest, starts_no_keeper_where_there_is_nothing_to_run) {
  Life life(folder.path());
  auto foreign = program("web", {"sleep", "1000"});
  foreign.user = "nobody-by-this-name";
  life.want(all({foreign}));

  ASSERT_TRUE(life.wait_for([&] { return life.state("web-uid")->error.has_value(); }));
  EXPECT_THAT(*life.state("web-uid")->error, HasSubstr("nobody-by-this-name"));
  auto started = life.act(model::Verb::start, "web");
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().what, HasSubstr("nobody-by-this-name"));
  EXPECT_FALSE(fs::exists(folder / "keeper/table"));
}

TEST_F(SupervisorTest, finds_its_processes_again_after_a_restart) {
  std::optional<std::int64_t> pid;
  auto web = program("web", {"sleep", "1000"});
  {
    Life first(folder.path());
    first.want(all({web}));
    ASSERT_TRUE(first.wait_until("web-uid", RUNNING));
    pid = first.process("web-uid").pid;
  }
  Life second(folder.path());
  second.want(all({web}));

  ASSERT_TRUE(second.wait_until("web-uid", RUNNING));
  EXPECT_EQ(second.process("web-uid").pid, pid);
}

TEST_F(SupervisorTest, leaves_stopped_what_people_stopped_over_restarts_of_all) {
  auto web = program("web", {"sleep", "1000"});
  auto other = program("other", {"sleep", "1000"});
  {
    Life first(folder.path());
    first.want(all({web, other}));
    ASSERT_TRUE(first.wait_until("web-uid", RUNNING));
    auto stopped = first.act(model::Verb::stop, "web");
    ASSERT_TRUE(stopped) << stopped.error().what;
    EXPECT_EQ(first.process("web-uid").state, STOPPED);
    auto ended = first.end_programs();
    ASSERT_TRUE(ended) << ended.error().what;
  }
  Life second(folder.path());
  second.want(all({web, other}));

  ASSERT_TRUE(second.wait_until("other-uid", RUNNING));
  EXPECT_EQ(second.process("web-uid").state, STOPPED);
  auto started = second.act(model::Verb::start, "web");
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(second.process("web-uid").state, RUNNING);
  sys::RealFiles files;
  EXPECT_EQ(load_stopped(files, folder.path()).value(), Names());
}

TEST_F(SupervisorTest, says_why_a_process_did_not_start) {
  Life life(folder.path());
  auto absent = program("absent", {"/nowhere/program"});
  absent.autostart = false;
  auto failing = program("failing", {"false"});
  failing.autostart = false;
  failing.startsecs = 1;
  life.want(all({absent, failing}));
  ASSERT_TRUE(life.wait_until("failing-uid", STOPPED));

  auto one = life.act(model::Verb::start, "absent");
  auto two = life.act(model::Verb::start, "failing");
  auto none = life.act(model::Verb::start, "nobody");

  ASSERT_FALSE(one);
  EXPECT_THAT(one.error().what, HasSubstr("no such file or directory"));
  ASSERT_FALSE(two);
  EXPECT_THAT(two.error().what, HasSubstr("did not stay up"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::not_found);
}

TEST_F(SupervisorTest, restarts_and_signals) {
  Life life(folder.path());
  life.want(
      all({program("web", {"sh", "-c", "trap 'echo got it' USR1; while :; do sleep 0.01; done"})}));
  ASSERT_TRUE(life.wait_until("web-uid", RUNNING));
  auto before = life.process("web-uid").pid;

  auto restarted = life.act(model::Verb::restart, "web");

  ASSERT_TRUE(restarted) << restarted.error().what;
  EXPECT_NE(life.process("web-uid").pid, before);
  ASSERT_TRUE(life.wait_for([&] {
    auto signalled = life.act(model::Verb::signal, "web", SIGUSR1);
    return signalled && read("logs/web/web.stdout.log").find("got it") != std::string::npos;
  }));
}

TEST_F(SupervisorTest, gives_a_changed_program_to_its_process_at_the_next_start) {
  Life life(folder.path());
  life.want(all({program("web", {"sleep", "1000"})}));
  ASSERT_TRUE(life.wait_until("web-uid", RUNNING));
  auto pid = life.process("web-uid").pid;

  life.want(all({program("web", {"sh", "-c", "echo new; exec sleep 1000"})}));

  ASSERT_TRUE(life.wait_for([&] { return life.process("web-uid").outdated; }));
  EXPECT_EQ(life.process("web-uid").pid, pid);
  auto restarted = life.act(model::Verb::restart, "web");
  ASSERT_TRUE(restarted) << restarted.error().what;
  EXPECT_FALSE(life.process("web-uid").outdated);
  EXPECT_TRUE(life.wait_for([&] { return read("logs/web/web.stdout.log") == "new\n"; }));
}

TEST_F(SupervisorTest, obeys_for_the_definition_that_it_was_given_before) {
  Life life(folder.path());
  life.want(all({program("web", {"sleep", "1000"})}));
  ASSERT_TRUE(life.wait_until("web-uid", RUNNING));
  ASSERT_TRUE(life.act(model::Verb::stop, "web"));

  life.want(all({program("web", {"/nowhere/program"})}));
  auto absent = life.act(model::Verb::start, "web");
  auto foreign = program("web", {"sleep", "1000"});
  foreign.user = "no-such-user";
  life.want(all({foreign}));
  auto refused = life.act(model::Verb::start, "web");

  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().what, HasSubstr("no such file or directory"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("no-such-user"));
}

TEST_F(SupervisorTest, stops_and_removes_what_nobody_wants_any_more) {
  Life life(folder.path());
  auto web = program("web", {"sleep", "1000"});
  web.numprocs = 3;
  life.want(all({web, program("other", {"sleep", "1000"})}));
  ASSERT_TRUE(life.wait_until("web-uid", RUNNING, 2));
  ASSERT_TRUE(life.act(model::Verb::stop, "web_00"));
  auto pid = life.process("web-uid", 2).pid;

  web.numprocs = 2;
  life.want(all({web, program("other", {"sleep", "1000"})}));
  ASSERT_TRUE(life.wait_for([&] { return ::kill(static_cast<pid_t>(*pid), 0) != 0; }));
  EXPECT_EQ(life.process("web-uid", 1).state, RUNNING);

  life.want(all({program("other", {"sleep", "1000"})}));
  ASSERT_TRUE(life.wait_for([&] { return !life.state("web-uid"); }));
  EXPECT_EQ(life.process("other-uid").state, RUNNING);
  EXPECT_TRUE(life.wait_for([&] {
    return life.on_loop([](Supervisor& supervisor) { return supervisor.is_settled(); });
  }));
  sys::RealFiles files;
  EXPECT_EQ(load_stopped(files, folder.path()).value(), Names());
}

TEST_F(SupervisorTest, tells_of_a_process_that_falls_and_rises) {
  Life life(folder.path());
  life.want(all({program("web", {"sleep", "1000"})}));
  ASSERT_TRUE(life.wait_until("web-uid", RUNNING));
  auto pid = *life.process("web-uid").pid;
  life.on_loop([&](Supervisor&) { life.told.clear(); });

  ASSERT_EQ(::kill(static_cast<pid_t>(pid), SIGKILL), 0);

  ASSERT_TRUE(life.wait_for([&] {
    auto now = life.process("web-uid");
    return now.state == RUNNING && now.pid != pid;
  }));
  auto now = life.process("web-uid");
  EXPECT_EQ(now.restarts, 1U);
  EXPECT_EQ(now.signal, SIGKILL);
  EXPECT_TRUE(life.wait_for(
      [&] { return life.on_loop([&](Supervisor&) { return life.told.contains("web-uid"); }); }));
}

TEST_F(SupervisorTest, says_that_there_is_no_keeper_to_run) {
  auto before = std::string(std::getenv("REEVE_KEEPER"));
  ::setenv("REEVE_KEEPER", "/nowhere/reeve-keeper", 1);
  {
    Life life(folder.path());
    life.want(all({program("web", {"sleep", "1000"})}));
    EXPECT_TRUE(life.wait_for([&] {
      auto seen = life.state("web-uid");
      return seen && seen->error && seen->error->find("/nowhere/reeve-keeper") != std::string::npos;
    }));
  }
  ::setenv("REEVE_KEEPER", before.c_str(), 1);
}

}  // namespace
}  // namespace reeve::supervise
