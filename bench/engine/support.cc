#include "engine/support.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <thread>

#include "json/writer.h"

namespace layer::bench {
namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string call(engine::Engine& engine, wire::Request request) {
  const std::string path = request.path;
  wire::Response response = engine.handle(std::move(request));
  if (response.status != 200) {
    give_up(path + " was answered " + std::to_string(response.status) + ": " + response.body);
  }
  return std::move(response.body);
}

}  // namespace

void give_up(std::string_view why) {
  std::fprintf(stderr, "benchmark: %.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

OpenEngine open_engine(const std::filesystem::path& directory) {
  OpenEngine opened{.files = engine::storage::posix_file_system(), .engine = nullptr};
  auto engine = engine::Engine::open({.directory = directory}, *opened.files);
  if (!engine) {
    give_up(engine.error().message);
  }
  opened.engine = std::move(*engine);
  return opened;
}

std::string post(engine::Engine& engine, std::string path, std::string body) {
  return call(engine, {.method = wire::Method::kPost,
                       .path = std::move(path),
                       .query = "",
                       .body = std::move(body)});
}

std::string get(engine::Engine& engine, std::string path) {
  return call(engine,
              {.method = wire::Method::kGet, .path = std::move(path), .query = "", .body = ""});
}

void wait_until_indexed(engine::Engine& engine, const std::string& name,
                        std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < deadline) {
    if (get(engine, "/v2/namespaces/" + name + "/metadata").contains("up-to-date")) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  give_up("the namespace was not indexed in time");
}

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) {
    give_up("can't read " + path.string());
  }
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string json_string(std::string_view text) {
  json::Writer writer;
  writer.value(text);
  return std::move(writer).take();
}

double thread_seconds() {
  return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}
double wall_seconds() {
  return seconds_of(CLOCK_MONOTONIC);
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t directory_bytes(const std::filesystem::path& directory) {
  std::uint64_t total = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      total += entry.file_size();
    }
  }
  return total;
}

}  // namespace layer::bench
