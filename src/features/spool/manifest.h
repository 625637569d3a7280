// Which parts of a job's results count, and where the job goes on after them. Format:
// docs/formats/job-results.md. Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace layer::features::spool {

struct Part {
  std::string key{};
  std::uint64_t first = 0;  // number of its first line
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;  // before compression

  bool operator==(const Part&) const = default;
};

struct Manifest {
  std::vector<Part> parts{};
  std::string cursor{};     // of the job, after the last part
  bool complete = false;    // no line will follow
  std::uint64_t epoch = 0;  // lease under which it was written
  std::string writer{};     // told apart from others of the same lease
  std::uint64_t lines() const {
    return parts.empty() ? 0 : parts.back().first + parts.back().lines;
  }
  std::uint64_t bytes() const;

  bool operator==(const Manifest&) const = default;
};

// Everything of a job lies below it; ends with '/'.
std::string results_prefix(std::string_view job_id);
std::string manifest_key(std::string_view job_id);
std::string part_key(std::string_view job_id, std::size_t number, std::string_view writer);

std::string print_manifest(const Manifest& manifest);
// Errors: kCorrupt: not of this format, parts that do not follow each other or lie elsewhere.
Result<Manifest> parse_manifest(std::string text, std::string_view job_id);

}  // namespace layer::features::spool
