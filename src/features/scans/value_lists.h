// Lists of values that are too long for memory: each lies, in one order, beside the results of its
// job, and several are read as one. They go with the job's results. Thread safety: one loop; what
// is given by reference outlives the object. Errors of all: those of the object store, kCorrupt.
#pragma once

#include <string>
#include <vector>

#include "async/cpu_pool.h"
#include "features/scans/scan_lines.h"
#include "features/spool/job_results.h"

namespace layer::features::scans {

struct ListPlace {
  objects::ObjectStore& objects;
  async::CpuPool& pool;
  std::string job_id;
  std::uint64_t epoch = 0;  // of the job's lease
};

enum class ListOrder : std::uint8_t {
  kByValue,  // equal values of several lists are added up
  kByRank,   // ranks_before()
};

// Sorts and keeps; the list's name.
async::Task<Result<std::string>> keep_list(const ListPlace& place, std::vector<ValueCount> values,
                                           ListOrder order);
async::Task<Result<void>> remove_lists(const ListPlace& place, std::vector<std::string> names);

// Lists of one order, read as one. Holds about one part of each list.
class MergedLists {
 public:
  MergedLists(const ListPlace& place, std::vector<std::string> names, ListOrder order);

  // The next values, at most `limit`; none at the end.
  async::Task<Result<std::vector<ValueCount>>> next(std::size_t limit);

 private:
  struct Source {
    std::string path;
    spool::Manifest manifest{};
    std::uint64_t read = 0;  // lines
    std::vector<ValueCount> values{};
    std::size_t at = 0;
    bool dry() const { return at == values.size(); }
    bool over() const { return dry() && read == manifest.lines(); }
  };
  async::Task<Result<void>> open();
  async::Task<Result<void>> refill(Source& source);
  // False: a list has to be read on first.
  bool pop(std::vector<ValueCount>& out, std::size_t limit);

  const ListPlace& place_;
  const ListOrder order_;
  std::vector<Source> sources_{};
  bool opened_ = false;
};

// Many lists by value as one; the old ones are removed.
async::Task<Result<std::string>> join_lists(const ListPlace& place, std::vector<std::string> names);

}  // namespace layer::features::scans
