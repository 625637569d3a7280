// The cases of the engine benchmark; each prints JSON lines on stdout and its progress on stderr.
#pragma once

#include <cstdint>
#include <filesystem>

namespace layer::bench {

struct TextOptions {
  std::filesystem::path texts;    // one document a line
  std::filesystem::path queries;  // one query a line
  std::filesystem::path directory;
  std::uint32_t rows = 0;  // 0: all lines
};
// Loads the texts, waits for the index, runs every query for its top 10 and top 100.
int run_text(const TextOptions& options);

struct WriteOptions {
  std::filesystem::path directory;
  std::uint32_t clients = 1;
  std::uint32_t rows_per_request = 1;
  std::uint32_t seconds = 5;
  std::uint32_t row_bytes = 1024;
};
// Acknowledged writes with fsync, from several threads.
int run_write(const WriteOptions& options);

struct OpenOptions {
  std::filesystem::path directory;
  std::uint32_t rows = 1'000'000;
  bool prepare = false;  // fill the directory instead of measuring it
};
// Opens an engine with `rows` rows and answers a first query: time and resident memory.
int run_open(const OpenOptions& options);

struct NamespacesOptions {
  std::filesystem::path directory;
  std::uint32_t count = 10'000;
};
// Creates many small namespaces, reopens the engine and touches them all.
int run_namespaces(const NamespacesOptions& options);

}  // namespace layer::bench
