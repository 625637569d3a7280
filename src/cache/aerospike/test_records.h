// What Aerospike does with records, small enough to be seen to be right: the other side of
// commands.h and message.h, written from the protocol's facts and not from them, so that one does
// not share the other's mistakes. golden_test.cc holds it to what a real server answered.
// Thread safety: all of it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace layer::cache::aerospike::testing {

class TestRecords {
 public:
  // The answer to the body of one request about records, as frames; `owns(partition)` says whether
  // the node that was asked may scan it.
  template <class Owns>
  std::string answer(std::string_view body, Owns owns) {
    const std::scoped_lock lock(mutex_);
    reap();
    const Request request = parse(body);
    if (request.has(41)) {
      return batch(request.fields.at(41));
    }
    if (request.has(11) || request.has(12)) {
      return scan(request, owns);
    }
    return frame(apply(request, 0));
  }

  void advance(std::chrono::milliseconds time) {
    const std::scoped_lock lock(mutex_);
    now_ += time;
    reap();
  }
  void stop_writes(bool stop) {
    const std::scoped_lock lock(mutex_);
    stop_writes_ = stop;
  }
  // Evicts what expires soonest, as the server does: never what does not expire.
  bool evict_one() {
    const std::scoped_lock lock(mutex_);
    auto soonest = records_.end();
    for (auto at = records_.begin(); at != records_.end(); ++at) {
      if (at->second.expires &&
          (soonest == records_.end() || *at->second.expires < *soonest->second.expires)) {
        soonest = at;
      }
    }
    if (soonest == records_.end()) {
      return false;
    }
    records_.erase(soonest);
    ++evicted_;
    return true;
  }
  void truncate(const std::string& set) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(records_, [&](const auto& entry) { return entry.second.set == set; });
  }
  std::map<std::string, std::size_t> sets() {
    const std::scoped_lock lock(mutex_);
    reap();
    std::map<std::string, std::size_t> counts = names_;
    for (const auto& [id, record] : records_) {
      ++counts[record.set];
    }
    return counts;
  }
  std::uint64_t evicted() const {
    const std::scoped_lock lock(mutex_);
    return evicted_;
  }
  std::uint64_t expired() const {
    const std::scoped_lock lock(mutex_);
    return expired_;
  }
  // The number of records that never expire.
  std::size_t lasting() {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        records_.begin(), records_.end(), [](const auto& entry) { return !entry.second.expires; }));
  }

  static std::string frame(const std::string& body) {
    std::string out = "\x02\x03";
    put(out, body.size(), 6);
    return out + body;
  }

 private:
  struct Value {
    std::uint8_t type = 0;
    std::string bytes;
  };
  struct Stored {
    std::string set;
    std::string key;  // with its type; empty: written without
    std::map<std::string, Value> bins;
    std::uint16_t generation = 0;
    std::optional<std::chrono::milliseconds> expires;
  };
  struct Operation {
    std::uint8_t op = 0;
    std::string bin;
    Value value;
  };
  struct Request {
    std::uint8_t info1 = 0;
    std::uint8_t info2 = 0;
    std::uint8_t info3 = 0;
    std::uint32_t generation = 0;
    std::uint32_t ttl = 0;
    std::map<int, std::string> fields;
    std::vector<Operation> operations;

    bool has(int field) const { return fields.contains(field); }
    std::string field(int type) const { return has(type) ? fields.at(type) : std::string(); }
  };
  // Reads from the front; a request that ends early is a fault of the client under test.
  class Bytes {
   public:
    explicit Bytes(std::string_view text) : rest_(text) {}
    std::uint64_t number(std::size_t bytes) {
      std::uint64_t value = 0;
      for (const char c : raw(bytes)) {
        value = value << 8 | static_cast<std::uint8_t>(c);
      }
      return value;
    }
    std::string_view raw(std::size_t bytes) {
      const std::string_view taken = rest_.substr(0, bytes);
      rest_.remove_prefix(taken.size());
      return taken;
    }
    std::string_view rest() const { return rest_; }

   private:
    std::string_view rest_;
  };

  static void put(std::string& out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) {
      out.push_back(static_cast<char>(value >> (8 * i)));
    }
  }
  static std::uint16_t partition(std::string_view digest) {
    return static_cast<std::uint16_t>(
        (static_cast<std::uint8_t>(digest[0]) | static_cast<std::uint8_t>(digest[1]) << 8) & 0xFFF);
  }
  // Records are ordered by partition, then digest, as a scan walks them.
  static std::string id_of(std::string_view digest) {
    std::string id;
    put(id, partition(digest), 2);
    return id.append(digest);
  }

  static void parse_rest(Bytes& bytes, std::size_t fields, std::size_t operations,
                         Request& request) {
    for (std::size_t i = 0; i < fields; ++i) {
      const std::size_t size = bytes.number(4);
      const auto type = static_cast<int>(bytes.number(1));
      request.fields[type] = bytes.raw(size - 1);
    }
    for (std::size_t i = 0; i < operations; ++i) {
      const std::size_t size = bytes.number(4);
      Operation operation;
      operation.op = static_cast<std::uint8_t>(bytes.number(1));
      operation.value.type = static_cast<std::uint8_t>(bytes.number(1));
      bytes.number(1);
      const std::size_t name = bytes.number(1);
      operation.bin = bytes.raw(name);
      operation.value.bytes = bytes.raw(size - 4 - name);
      request.operations.push_back(std::move(operation));
    }
  }
  static Request parse(std::string_view body) {
    Bytes bytes(body);
    Request request;
    bytes.number(1);
    request.info1 = static_cast<std::uint8_t>(bytes.number(1));
    request.info2 = static_cast<std::uint8_t>(bytes.number(1));
    request.info3 = static_cast<std::uint8_t>(bytes.number(1));
    bytes.number(2);
    request.generation = static_cast<std::uint32_t>(bytes.number(4));
    request.ttl = static_cast<std::uint32_t>(bytes.number(4));
    bytes.number(4);
    const std::size_t fields = bytes.number(2);
    const std::size_t operations = bytes.number(2);
    parse_rest(bytes, fields, operations, request);
    return request;
  }

  static std::string head(std::uint8_t info3, int result, std::uint32_t generation,
                          std::uint32_t index, std::size_t fields, std::size_t operations) {
    std::string out("\x16\0\0", 3);
    put(out, info3, 1);
    put(out, 0, 1);
    put(out, static_cast<std::uint64_t>(result), 1);
    put(out, generation, 4);
    put(out, 0, 4);
    put(out, index, 4);
    put(out, fields, 2);
    put(out, operations, 2);
    return out;
  }
  static std::string print_bin(const std::string& name, const Value& value) {
    std::string out;
    put(out, 4 + name.size() + value.bytes.size(), 4);
    put(out, 1, 1);
    put(out, value.type, 1);
    put(out, 0, 1);
    put(out, name.size(), 1);
    return out + name + value.bytes;
  }
  static std::string print_field(int type, std::string_view value) {
    std::string out;
    put(out, value.size() + 1, 4);
    put(out, static_cast<std::uint64_t>(type), 1);
    return out.append(value);
  }
  static std::pair<std::string, std::size_t> asked_bins(const Request& request,
                                                        const Stored& record) {
    std::string out;
    std::size_t count = 0;
    for (const Operation& operation : request.operations) {
      const auto at = record.bins.find(operation.bin);
      if (operation.op == 1 && at != record.bins.end()) {
        out += print_bin(at->first, at->second);
        ++count;
      }
    }
    return {out, count};
  }

  // The only expression that is understood: [1, [81, 2, "n"], number].
  static bool filter_holds(const std::string& filter, const Stored& record) {
    static const std::string kPrefix("\x93\x01\x93\x51\x02\xa1n\xcf", 8);
    const auto at = record.bins.find("n");
    return filter.starts_with(kPrefix) && at != record.bins.end() &&
           at->second.bytes == filter.substr(kPrefix.size());
  }

  std::string apply(const Request& request, std::uint32_t index) {
    const auto failed = [&](int result) { return head(0, result, 0, index, 0, 0); };
    const std::string id = id_of(request.field(4));
    const auto at = records_.find(id);
    const bool found = at != records_.end();
    if ((request.info2 & 1) == 0) {
      if (!found) {
        return failed(2);
      }
      const auto [bins, count] = asked_bins(request, at->second);
      return head(0, 0, at->second.generation, index, 0, count) + bins;
    }
    if (stop_writes_ && (request.info2 & 2) == 0) {
      return failed(8);
    }
    if (!found && ((request.info2 & 2) != 0 || (request.info3 & 0x28) != 0)) {
      return failed(2);
    }
    if (found && (request.info2 & 0x20) != 0) {
      return failed(5);
    }
    if ((request.info2 & 4) != 0 && (!found || at->second.generation != request.generation)) {
      return failed(3);
    }
    if (request.has(43) && !filter_holds(request.field(43), at->second)) {
      return failed(27);
    }
    if ((request.info2 & 2) != 0) {
      records_.erase(at);
      return failed(0);
    }
    return head(0, 0, write(request, id), index, 0, 0);
  }

  std::uint16_t write(const Request& request, const std::string& id) {
    Stored& record = records_[id];
    record.set = request.field(1);
    names_.try_emplace(record.set, 0);
    if (request.has(2)) {
      record.key = request.field(2);
    }
    if ((request.info3 & 0x30) != 0) {
      record.bins.clear();
    }
    for (const Operation& operation : request.operations) {
      if (operation.op == 2) {
        record.bins[operation.bin] = operation.value;
      }
    }
    record.generation = static_cast<std::uint16_t>(std::max(1, (record.generation + 1) & 0xFFFF));
    record.expires.reset();
    if (request.ttl != 0xFFFFFFFF) {
      record.expires = now_ + std::chrono::seconds(request.ttl);
    }
    return record.generation;
  }

  std::string batch(const std::string& field) {
    Bytes bytes(field);
    const std::size_t count = bytes.number(4);
    bytes.number(1);
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
      const auto index = static_cast<std::uint32_t>(bytes.number(4));
      const std::string digest(bytes.raw(20));
      const auto has = bytes.number(1);
      Request request;
      request.info1 = static_cast<std::uint8_t>(bytes.number(1));
      request.info2 = static_cast<std::uint8_t>(bytes.number(1));
      request.info3 = static_cast<std::uint8_t>(bytes.number(1));
      request.generation = static_cast<std::uint32_t>((has & 4) != 0 ? bytes.number(2) : 0);
      request.ttl = static_cast<std::uint32_t>((has & 8) != 0 ? bytes.number(4) : 0);
      const std::size_t fields = bytes.number(2);
      const std::size_t operations = bytes.number(2);
      parse_rest(bytes, fields, operations, request);
      request.fields[4] = digest;
      out += apply(request, index);
    }
    return frame(out) + frame(head(1, 0, 0, 0, 0, 0));
  }

  template <class Owns>
  std::string scan(const Request& request, Owns owns) {
    Bytes ids(request.field(11));
    const std::string id_bytes = request.field(11);
    const std::string digests = request.field(12);
    std::map<std::uint16_t, std::string> from;  // partition -> id after which to go on
    for (std::size_t i = 0; i + 1 < id_bytes.size(); i += 2) {
      const auto low = static_cast<std::uint8_t>(id_bytes[i]);
      const auto high = static_cast<std::uint8_t>(id_bytes[i + 1]);
      from[static_cast<std::uint16_t>(low | high << 8)] = "";
    }
    for (std::size_t i = 0; i < digests.size(); i += 20) {
      const std::string_view digest = std::string_view(digests).substr(i, 20);
      from[partition(digest)] = id_of(digest);
    }
    const std::string most = request.field(13);
    std::uint64_t left = Bytes(most).number(8);
    std::string out;
    for (const auto& [number, after] : from) {
      if (!owns(number)) {
        out += head(4, 11, number, 0, 0, 0);
        continue;
      }
      std::string start = after;
      if (start.empty()) {
        put(start, number, 2);
      }
      for (auto at = records_.upper_bound(start);
           at != records_.end() && at->first.starts_with(start.substr(0, 2)) && left > 0; ++at) {
        if (at->second.set == request.field(1)) {
          --left;
          out += scanned(request, at->first.substr(2), at->second);
        }
      }
    }
    return frame(out) + frame(head(1, 0, 0, 0, 0, 0));
  }
  static std::string scanned(const Request& request, const std::string& digest,
                             const Stored& record) {
    std::string fields = print_field(0, "ns") + print_field(4, digest);
    std::size_t count = 2;
    if (!record.key.empty()) {
      fields += print_field(2, record.key);
      ++count;
    }
    const auto [bins, bin_count] = (request.info1 & 0x20) != 0
                                       ? std::pair<std::string, std::size_t>{}
                                       : asked_bins(request, record);
    return head(0, 0, record.generation, 0, count, bin_count) + fields + bins;
  }

  void reap() {
    expired_ += std::erase_if(records_, [this](const auto& entry) {
      return entry.second.expires && *entry.second.expires <= now_;
    });
  }

  mutable std::mutex mutex_;
  std::chrono::milliseconds now_{0};
  bool stop_writes_ = false;
  std::uint64_t evicted_ = 0;
  std::uint64_t expired_ = 0;
  std::map<std::string, std::size_t> names_;  // every set that ever was, with 0
  std::map<std::string, Stored> records_;     // by partition and digest
};

}  // namespace layer::cache::aerospike::testing
