// Results of a job: lines of NDJSON in parts of about 8 MiB, each an object
// jobs/{id}/part-{000000}.ndjson.zst, and jobs/{id}/manifest.json that names those that count (rule
// J4 of the contract). A part is visible once the manifest names it, together with the cursor from
// which the job goes on: a job that was killed and resumed shows no line twice and loses none.
// Format: docs/formats/job-results.md. Thread safety: a writer is used by one task; readers are
// values, from any loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "objects/object_store.h"

namespace layer::features::spool {

inline constexpr std::size_t kPartBytes = 8U << 20;  // of lines, before compression

struct Part {
  std::string key;
  std::uint64_t first = 0;  // number of its first line
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;  // before compression

  bool operator==(const Part&) const = default;
};

struct Manifest {
  std::vector<Part> parts{};
  std::string cursor{};   // of the job, after the last part
  bool complete = false;  // no line will follow
  std::uint64_t lines() const;

  bool operator==(const Manifest&) const = default;
};

class ResultWriter {
 public:
  // Goes on after the parts that an earlier run left visible: begin the work at cursor().
  // Errors of all calls: those of the object store (kIo when it is full), kCorrupt.
  static async::Task<Result<ResultWriter>> open(objects::ObjectStore& objects, async::CpuPool& pool,
                                                std::string job_id, std::uint64_t lease_epoch);

  const std::string& cursor() const;
  std::uint64_t lines() const;  // visible and buffered

  // `text`: whole lines, each ended by '\n'. `cursor`: where the work goes on after them. Puts a
  // part when enough is buffered.
  async::Task<Result<void>> append(std::string text, std::uint64_t lines, std::string cursor);
  // Makes what is buffered visible: after a while without a full part, and before the job ends.
  async::Task<Result<void>> flush();
  async::Task<Result<void>> finish();  // flush(), and no line will follow

 private:
  ResultWriter(objects::ObjectStore& objects, async::CpuPool& pool, std::string job_id);
  objects::ObjectStore* objects_;
  async::CpuPool* pool_;
  std::string job_id_;
  Manifest manifest_{};
  std::string etag_{};
  std::string buffer_{};
  std::uint64_t buffered_lines_ = 0;
  std::string buffered_cursor_{};
};

// nullopt: the job has no results (yet).
async::Task<Result<std::optional<Manifest>>> read_manifest(objects::ObjectStore& objects,
                                                           std::string job_id);
// Lines from number `first` on, at most `limit` of them and about kPartBytes. What memory it takes
// is bounded by a part.
struct Lines {
  std::string text{};  // whole lines
  std::uint64_t count = 0;
};
async::Task<Result<Lines>> read_lines(objects::ObjectStore& objects, async::CpuPool& pool,
                                      const Manifest& manifest, std::uint64_t first,
                                      std::uint64_t limit);
// Parts first, the manifest last.
async::Task<Result<void>> remove_results(objects::ObjectStore& objects, std::string job_id);

}  // namespace layer::features::spool
