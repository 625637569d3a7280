#include "cache/aerospike/scan.h"

#include <algorithm>

#include <fmt/format.h>

#include "cache/aerospike/record.h"
#include "core/random.h"

namespace layer::cache::aerospike {
namespace {

constexpr std::uint8_t kCursorVersion = 1;

// The partitions of a window that one node is asked for.
struct Part {
  std::shared_ptr<Node> node;
  std::vector<std::uint16_t> all;
  std::vector<std::uint16_t> from_start;
  std::vector<Digest> after;
};

Result<std::vector<Part>> parts_of(const View& view, const ScanCursor& cursor) {
  std::map<const Node*, Part> by_node;
  for (std::size_t i = cursor.first(); i < cursor.first() + cursor.size(); ++i) {
    const auto partition = static_cast<std::uint16_t>(i);
    if (cursor.done(partition)) {
      continue;
    }
    const auto node = view.master(partition);
    if (!node) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("no Aerospike node is known to have partition {}", partition));
    }
    Part& part = by_node[node.get()];
    part.node = node;
    part.all.push_back(partition);
    if (const Digest* after = cursor.after(partition)) {
      part.after.push_back(*after);
    } else {
      part.from_start.push_back(partition);
    }
  }
  std::vector<Part> parts;
  parts.reserve(by_node.size());
  for (auto& [node, part] : by_node) {
    parts.push_back(std::move(part));
  }
  return parts;
}

// Takes the messages of one part of a page.
class PartReader {
 public:
  PartReader(const Part& part, std::size_t limit, bool with_bins, ScanCursor& cursor,
             std::vector<FoundRecord>& found)
      : limit_(limit), with_bins_(with_bins), cursor_(cursor), found_(found) {
    for (const std::uint16_t partition : part.all) {
      asked_.set(partition);
    }
  }

  Result<void> take(const Message& message) {
    if (message.partition_done()) {
      if (message.result != ResultCode::kOk) {
        return fail(ErrorCode::kUnavailable,
                    fmt::format("partition {} is on its way to another Aerospike node",
                                message.generation));
      }
      return {};
    }
    if (message.result != ResultCode::kOk) {
      return fail(ErrorCode::kIo,
                  fmt::format("a scan met result {}", static_cast<int>(message.result)));
    }
    if (message.digest.size() != kDigestBytes || !asked_[partition_of(message.digest)] ||
        ++count_ > limit_) {
      return fail(ErrorCode::kCorrupt, "the Aerospike server scans what nobody asked for");
    }
    FoundRecord one;
    std::ranges::copy(message.digest, one.digest.begin());
    one.key = message.key;
    if (with_bins_) {
      auto record = record_of(message);
      if (record) {
        one.record = std::move(*record);
      } else {
        one.key.clear();  // something else's
      }
    }
    cursor_.passed(one.digest);
    found_.push_back(std::move(one));
    return {};
  }

  // Fewer than the limit: the server went through all of it.
  bool complete() const { return count_ < limit_; }

 private:
  const std::size_t limit_;
  const bool with_bins_;
  ScanCursor& cursor_;
  std::vector<FoundRecord>& found_;
  std::size_t count_ = 0;
  std::bitset<kPartitions> asked_;
};

}  // namespace

void ScanCursor::open(std::size_t first, std::size_t size) {
  first_ = first;
  size_ = std::min(size, kPartitions - first);
  done_.reset();
  after_.clear();
}

const Digest* ScanCursor::after(std::uint16_t partition) const {
  const auto at = after_.find(partition);
  return at == after_.end() ? nullptr : &at->second;
}

void ScanCursor::finish(std::uint16_t partition) {
  done_.set(partition);
  after_.erase(partition);
}

bool ScanCursor::window_done() const {
  return done_.count() == size_;
}

void ScanCursor::advance(bool sparse) {
  if (window_done()) {
    open(first_ + size_, sparse ? size_ * kGrowth : kFirstWindow);
  }
}

// version, first, size, done bits of the window, count, digests
std::string ScanCursor::print() const {
  if (at_end()) {
    return {};
  }
  Writer writer;
  writer.number(kCursorVersion);
  writer.number(static_cast<std::uint16_t>(first_));
  writer.number(static_cast<std::uint16_t>(size_));
  std::uint8_t bits = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    bits = static_cast<std::uint8_t>(bits << 1U | (done_[first_ + i] ? 1U : 0U));
    if (i % 8 == 7 || i + 1 == size_) {
      writer.number(bits);
      bits = 0;
    }
  }
  writer.number(static_cast<std::uint16_t>(after_.size()));
  for (const auto& [partition, digest] : after_) {
    writer.raw(view(digest));
  }
  return writer.take();
}

Result<ScanCursor> ScanCursor::parse(std::string_view text) {
  ScanCursor cursor;
  if (text.empty()) {
    return cursor;
  }
  Reader reader(text);
  const auto version = reader.number<std::uint8_t>();
  const std::size_t first = reader.number<std::uint16_t>();
  const std::size_t size = reader.number<std::uint16_t>();
  const bool sound = reader.ok() && version == kCursorVersion && size > 0 && first < kPartitions &&
                     size <= kPartitions - first;
  if (sound) {
    cursor.open(first, size);
    for (std::size_t i = 0; i < size;) {
      const auto bits = reader.number<std::uint8_t>();
      const std::size_t here = std::min<std::size_t>(8, size - i);
      for (std::size_t bit = 0; bit < here; ++bit, ++i) {
        cursor.done_[first + i] = (bits >> (here - 1 - bit) & 1U) != 0;
      }
    }
    const auto count = reader.number<std::uint16_t>();
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
      const std::string_view bytes = reader.raw(kDigestBytes);
      if (reader.ok()) {
        Digest digest{};
        std::ranges::copy(bytes, digest.begin());
        const std::uint16_t partition = partition_of(bytes);
        if (partition < first || partition >= first + size || cursor.done_[partition]) {
          reader.fail();
        }
        cursor.passed(digest);
      }
    }
  }
  if (!sound || !reader.ok() || reader.left() > 0) {
    return fail(ErrorCode::kInvalidArgument, "this is not the cursor of a scan of the cache");
  }
  return cursor;
}

async::Task<Result<std::vector<FoundRecord>>> scan_page(Client& client, std::string set,
                                                        ScanCursor& cursor, std::size_t limit,
                                                        std::optional<BinSet> bins) {
  std::vector<FoundRecord> found;
  const AerospikeOptions& options = client.cluster().options();
  const Place place{.ns = options.ns, .set = set, .time_max = options.scan_time_max};
  while (!cursor.at_end() && found.size() < limit) {
    const auto view = client.cluster().view();
    LAYER_CO_ASSIGN(const std::vector<Part> parts, parts_of(*view, cursor));
    const std::size_t before = found.size();
    for (const Part& part : parts) {
      const std::size_t room = limit - found.size();
      if (room == 0) {
        break;
      }
      const ScanCommand command{.partitions = part.from_start,
                                .after = part.after,
                                .records_max = room,
                                .task_id = core::random_u64()};
      PartReader reader(part, room, bins.has_value(), cursor, found);
      LAYER_CO_TRY(
          co_await client.scan(part.node, print_scan(place, command, bins),
                               [&](const Message& message) { return reader.take(message); }));
      if (reader.complete()) {
        for (const std::uint16_t partition : part.all) {
          cursor.finish(partition);
        }
      }
    }
    cursor.advance(found.size() - before < limit / 4);
  }
  co_return found;
}

}  // namespace layer::cache::aerospike
