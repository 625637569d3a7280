// What `layer export` writes: standard output, or a file that appears whole at its end. Until then
// the rows stand in FILE.partial, and FILE.partial.json says which export they are of and how far
// they are on disk, so that a process that died is gone on from without loss or repeat.
// Thread safety: one thread. Errors of all: kIo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::cli {

struct ExportState {
  std::string job{};
  std::string ns{};
  std::string format{};
  std::string ask{};                   // the body that the export was asked for with
  std::vector<std::string> columns{};  // of CSV
  std::uint64_t rows = 0;              // that are in the file
  std::uint64_t bytes = 0;             // which they take there, a header with them

  bool operator==(const ExportState&) const = default;
};

std::string print_state(const ExportState& state);
// nullopt: not of this format.
std::optional<ExportState> parse_state(std::string_view text);

class ExportFile {
 public:
  // Empty: standard output.
  explicit ExportFile(std::string path) : path_(std::move(path)) {}
  ~ExportFile();
  ExportFile(const ExportFile&) = delete;
  ExportFile& operator=(const ExportFile&) = delete;

  // Of a process that did not finish the file; nullopt: there is none.
  std::optional<ExportState> left() const;
  // What stands behind `state.bytes` is cut off.
  Result<void> open(const ExportState& state);
  Result<void> write(std::string_view text);
  // What was written is on disk, and `state` counts.
  Result<void> checkpoint(const ExportState& state);
  // The file is there under its name.
  Result<void> finish();

 private:
  bool to_disk() const { return !path_.empty(); }
  std::string partial() const { return path_ + ".partial"; }
  std::string state_path() const { return path_ + ".partial.json"; }
  Result<void> flush();

  const std::string path_;
  int file_ = -1;
  std::string buffer_;
};

}  // namespace layer::cli
