// Scans of a set, page by page. A page's cursor says which partitions are done, and in those that
// are begun the record after which to go on: a partition keeps the order of its records, so each
// comes once. Partitions are taken in windows that grow while few records are found, so that the
// cursor stays small and a small set takes few requests.
// Thread safety: any loop, concurrently.
#pragma once

#include <bitset>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/aerospike/client.h"

namespace layer::cache::aerospike {

class ScanCursor {
 public:
  // At the beginning.
  ScanCursor() { open(0, kFirstWindow); }
  // Errors: kInvalidArgument.
  static Result<ScanCursor> parse(std::string_view text);
  std::string print() const;

  bool at_end() const { return size_ == 0; }
  std::size_t first() const { return first_; }
  std::size_t size() const { return size_; }
  bool done(std::uint16_t partition) const { return done_[partition]; }
  const Digest* after(std::uint16_t partition) const;

  void passed(const Digest& digest) { after_[partition_of(view(digest))] = digest; }
  void finish(std::uint16_t partition);
  // When the whole window is done: the next one, larger when `sparse`.
  void advance(bool sparse);

 private:
  static constexpr std::size_t kFirstWindow = 128;
  static constexpr std::size_t kGrowth = 8;

  void open(std::size_t first, std::size_t size);
  bool window_done() const;

  std::size_t first_ = 0;
  std::size_t size_ = 0;
  std::bitset<kPartitions> done_;
  std::map<std::uint16_t, Digest> after_;
};

struct FoundRecord {
  Digest digest{};
  std::string key;  // empty: it was written without
  Record record;    // of a scan without bins: nothing in it
};

// The next page from `cursor`, which moves on. At most `limit` records. `bins` nullopt: digests
// only. Errors: kUnavailable, kIo; the cursor is then of no more use.
async::Task<Result<std::vector<FoundRecord>>> scan_page(Client& client, std::string set,
                                                        ScanCursor& cursor, std::size_t limit,
                                                        std::optional<BinSet> bins);

}  // namespace layer::cache::aerospike
