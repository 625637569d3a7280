#include "operator/process/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "async/loops.h"
#include "async/run.h"
#include "core/random.h"
#include "operator/process/process_launcher.h"

namespace layer::workers {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ProcessTest : public ::testing::Test {
 protected:
  ProcessTest() { std::filesystem::create_directories(root); }
  ~ProcessTest() override {
    pool.stop();
    std::filesystem::remove_all(root);
  }
  Command shell(const std::string& text) {
    return {.argv = {"sh", "-c", text}, .environment = {"PATH=/usr/bin:/bin"}, .directory = root};
  }
  std::string read(const std::string& name) {
    std::ifstream in(root / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Runs it to its end; what it printed is in logs/pipeline-books-1.log.
  Exit run(Command command) {
    return async::run_blocking(loops.at(0), [&]() -> async::Task<Exit> {
      auto worker = co_await launcher.launch(std::move(command), "Pipeline/books", "books-1");
      EXPECT_TRUE(worker) << worker.error().message;
      co_return co_await (*worker)->ended();
    });
  }
  void make(const std::string& name, mode_t mode) {
    std::ofstream(root / name) << "#!/bin/sh\nexit 0\n";
    ::chmod((root / name).c_str(), mode);
  }

  std::filesystem::path root =
      std::filesystem::temp_directory_path() / ("process-" + core::random_uuid());
  core::Logger log{{.level = core::LogLevel::kOff}};
  async::Loops loops{1};
  async::CpuPool pool{{.name = "workers"}};
  ProcessLauncher launcher{
      {.loop = loops.at(0), .log = log, .pool = pool, .folder = root / "logs"}};
};

TEST_F(ProcessTest, PrintsIntoItsFileAndEnds) {
  const Exit exit = run(shell("echo one; echo two >&2; printf three; exit 3"));
  EXPECT_EQ(describe(exit), "exit code 3");
  EXPECT_FALSE(exit.orderly());
  EXPECT_EQ(read("logs/pipeline-books-1.log"), "one\ntwo\nthree\n");
}

TEST_F(ProcessTest, HasTheEnvironmentAndTheFolderItIsGivenAndNothingElse) {
  Command command = shell("env | sort; pwd; ls -l /proc/self/fd | wc -l; cat");
  command.environment.push_back("HEVLAYER_WORKER_ID=books-1");
  EXPECT_TRUE(run(std::move(command)).orderly());
  const std::string printed = read("logs/pipeline-books-1.log");
  EXPECT_THAT(printed, HasSubstr("HEVLAYER_WORKER_ID=books-1\n"));
  EXPECT_THAT(printed, HasSubstr(std::filesystem::canonical(root).string() + "\n"));
  EXPECT_EQ(printed.find("HOME="), std::string::npos);
  // "total", the three, and the one that ls reads the folder by.
  EXPECT_THAT(printed, HasSubstr("\n5\n"));
}

TEST_F(ProcessTest, ManyLinesAreAllKept) {
  EXPECT_TRUE(
      run(shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done")).orderly());
  const std::string printed = read("logs/pipeline-books-1.log");
  EXPECT_EQ(std::ranges::count(printed, '\n'), 20000);
  EXPECT_TRUE(printed.ends_with("line 19999\n"));
}

TEST_F(ProcessTest, SignalsReachItsWholeGroup) {
  std::unique_ptr<Worker> worker;
  const Exit exit = async::run_blocking(loops.at(0), [&]() -> async::Task<Exit> {
    auto launched = co_await launcher.launch(
        shell("trap 'echo told; exit 0' TERM; echo ready >ready; sleep 1000 & wait"),
        "Pipeline/books", "books-1");
    worker = std::move(*launched);
    while (!std::filesystem::exists(root / "ready")) {
      async::Timer timer(loops.at(0).get_executor(), std::chrono::milliseconds(1));
      co_await timer.async_wait(async::kToken);
    }
    worker->signal(SIGTERM);
    co_return co_await worker->ended();
  });
  EXPECT_TRUE(exit.orderly()) << describe(exit);
  worker->signal(SIGTERM);  // of one that has ended: nothing
  EXPECT_EQ(read("logs/pipeline-books-1.log"), "told\n");
}

TEST_F(ProcessTest, WhatItLeavesRunningEndsWithIt) {
  EXPECT_TRUE(run(shell("sleep 1000 & echo $! >child")).orderly());
  const int child = std::stoi(read("child"));
  // Killed; whoever inherited it may not have reaped it yet.
  const auto ended = [child] {
    std::ifstream in("/proc/" + std::to_string(child) + "/stat");
    const std::string stat{std::istreambuf_iterator<char>(in), {}};
    return stat.empty() || stat.find(") Z ") != std::string::npos;
  };
  while (!ended()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST_F(ProcessTest, EndsWithTheThreadThatStartedIt) {
  Process process;
  std::thread([&] { process = std::move(*start_process(shell("sleep 1000"))); }).join();
  pollfd ended{.fd = process.handle.get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&ended, 1, -1), 1);
  EXPECT_EQ(describe(reap(process.pid)), "signal 9 (Killed)");
}

TEST_F(ProcessTest, AProgramIsFoundOrToldApart) {
  make("good", 0755);
  make("plain", 0644);
  EXPECT_EQ(*find_program("./good", "", root), root / "./good");
  EXPECT_EQ(*find_program("good", "/nowhere:" + root.string(), "/"), root / "good");
  const auto missing = find_program("nothing-like-it", "/usr/bin:/bin", root);
  EXPECT_EQ(missing.error().message,
            "there is no program 'nothing-like-it' in PATH (/usr/bin:/bin)");
  EXPECT_THAT(find_program("./nothing", "", root).error().message,
              StartsWith("there is no program './nothing' ("));
  const auto plain = find_program("plain", root.string(), root);
  EXPECT_EQ(plain.error().code, ErrorCode::kForbidden);
  EXPECT_FALSE(find_program("", "/usr/bin", root));
}

TEST_F(ProcessTest, WhatCannotBeStartedIsAnError) {
  std::ofstream(root / "odd") << "no program at all";
  ::chmod((root / "odd").c_str(), 0755);
  Command command = shell("");
  command.argv = {"./odd"};
  const auto odd = start_process(command);
  ASSERT_FALSE(odd);
  EXPECT_THAT(odd.error().message, HasSubstr("Exec format error"));
  command = shell("exit 0");
  command.directory = root / "nowhere";
  EXPECT_FALSE(start_process(command));
}

}  // namespace
}  // namespace layer::workers
