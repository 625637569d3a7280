// What a worker prints, kept in a file of bounded size: when it is full it is renamed to NAME.1,
// over the one before, and begun anew. Thread safety: one thread at a time. Blocks on a disk.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "core/error.h"

namespace layer::workers {

inline constexpr std::size_t kOutputFileBytesMax = 1024 * 1024;

class OutputFile {
 public:
  explicit OutputFile(std::filesystem::path path) : path_(std::move(path)) {}
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Opened with the first piece, in folders that it makes. Errors: kIo.
  Result<void> append(std::string_view text);

 private:
  Result<void> open();

  std::filesystem::path path_;
  int fd_ = -1;
  std::size_t size_ = 0;
};

}  // namespace layer::workers
