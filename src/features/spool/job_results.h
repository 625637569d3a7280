// Results of a job: lines of NDJSON in parts of about 8 MiB, each an object
// jobs/{id}/part-{number}-{writer}.ndjson.zst, and jobs/{id}/manifest.json that names those that
// count (rule J4 of the contract). A part is visible once the manifest names it, together with the
// cursor from which the job goes on: a job that was killed and resumed shows no line twice and
// loses none. The manifest is changed by compare-and-set and a new writer begins with such a
// change, so one whose lease went to another can make nothing visible any more.
// Format: docs/formats/job-results.md. Thread safety: a writer is used by one task; readers are
// values, from any loop. What is given by reference outlives the call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "features/spool/manifest.h"
#include "objects/object_store.h"

namespace layer::features::spool {

inline constexpr std::size_t kPartBytes = 8U << 20;  // of lines, before compression

class ResultWriter {
 public:
  // Goes on after the parts that an earlier run left visible: begin the work at cursor(), which is
  // what counts, not the cursor of the job's last checkpoint. Errors of all calls: those of the
  // object store (kIo when it is full), kCorrupt, kCancelled (another writer has the results: the
  // lease is lost). After an error the writer is over: what it had buffered comes again from the
  // cursor of the next one.
  static async::Task<Result<ResultWriter>> open(objects::ObjectStore& objects, async::CpuPool& pool,
                                                std::string job_id, std::uint64_t lease_epoch);

  const std::string& cursor() const { return cursor_; }
  // An earlier run had finished: nothing is left to do.
  bool complete() const { return manifest_.complete; }
  std::uint64_t lines() const;  // visible and buffered
  std::uint64_t bytes() const;  // of them, before compression

  // `text`: whole lines, each ended by '\n'. `cursor`: where the work goes on after them. Puts a
  // part when enough is buffered.
  async::Task<Result<void>> append(std::string text, std::uint64_t lines, std::string cursor);
  // Makes what is buffered visible: after a while without a full part, and before the job ends.
  async::Task<Result<void>> flush();
  async::Task<Result<void>> finish();  // flush(), and no line will follow

 private:
  ResultWriter(objects::ObjectStore& objects, async::CpuPool& pool, std::string job_id)
      : objects_(&objects), pool_(&pool), job_id_(std::move(job_id)) {}
  async::Task<Result<void>> take_over(std::uint64_t lease_epoch);
  async::Task<Result<void>> put_parts(Manifest& next);
  async::Task<Result<void>> publish(Manifest next);

  objects::ObjectStore* objects_;
  async::CpuPool* pool_;
  std::string job_id_;
  Manifest manifest_{};
  std::string etag_{};
  std::string buffer_{};
  std::uint64_t buffered_lines_ = 0;
  std::string cursor_{};  // after what is buffered
};

// nullopt: the job has no results (yet). Errors: those of the object store, kCorrupt.
async::Task<Result<std::optional<Manifest>>> read_manifest(objects::ObjectStore& objects,
                                                           std::string job_id);

struct Lines {
  std::string text{};  // whole lines
  std::uint64_t count = 0;
};
// Lines from number `first` on, at most `limit` of them and about kPartBytes; none at the end. What
// memory it takes is bounded by two parts. Further errors: kGone (removed meanwhile).
async::Task<Result<Lines>> read_lines(objects::ObjectStore& objects, async::CpuPool& pool,
                                      Manifest manifest, std::uint64_t first, std::uint64_t limit);

// The manifest first, so that no writer adds to what is being removed. May run again.
async::Task<Result<void>> remove_results(objects::ObjectStore& objects, std::string job_id);

}  // namespace layer::features::spool
