// What the benchmark cases share: requests to an engine in process, clocks, JSON lines on stdout.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace layer::bench {

// Ends the program with a message: a benchmark has no one to recover for.
[[noreturn]] void give_up(std::string_view why);

struct OpenEngine {
  std::unique_ptr<engine::storage::FileSystem> files;
  std::unique_ptr<engine::Engine> engine;
};
OpenEngine open_engine(const std::filesystem::path& directory);

// Sends a request and gives up unless it is answered 200.
std::string post(engine::Engine& engine, std::string path, std::string body);
std::string get(engine::Engine& engine, std::string path);

// Waits until the namespace reports that everything is indexed, or `limit` is over.
void wait_until_indexed(engine::Engine& engine, const std::string& name,
                        std::chrono::seconds limit);

std::vector<std::string> read_lines(const std::filesystem::path& path);
std::string json_string(std::string_view text);

// Processor time of this thread in seconds: what a case costs, whatever else the machine does.
double thread_seconds();
double wall_seconds();
// Resident memory of this process in bytes.
std::uint64_t resident_bytes();
std::uint64_t directory_bytes(const std::filesystem::path& directory);

}  // namespace layer::bench
