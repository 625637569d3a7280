// Where durable state lives: named objects of bytes, as an S3 bucket gives them, whatever keeps
// them. A put is atomic and durable when it answers; a get, head or list that starts after it sees
// it. Conditional puts are how processes agree: of several that race, one wins.
//
// Keys: 1 to 1024 bytes of UTF-8 without control characters, segments separated by '/', none of
// them empty, "." or "..", each at most kKeySegmentBytesMax (see check_key). Whoever builds a key
// from a name of a caller relies on that check.
//
// Errors of every operation: kInvalidArgument (key), kIo (the disk failed, or the store's answer is
// unusable), kUnavailable (unreachable, or too much work waits), kCancelled; further ones stand
// beside the operation. After any of them a put or remove may or may not have happened.
//
// Thread safety: any loop, concurrently. Arguments are taken by value: a call may outlive the
// caller's frame when the caller is cancelled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "core/error.h"

namespace layer::objects {

inline constexpr std::size_t kKeyBytesMax = 1024;
// Counted as it is written in file names: letters, digits, '.', '-' and '_' once, every other byte
// thrice.
inline constexpr std::size_t kKeySegmentBytesMax = 250;
inline constexpr std::size_t kObjectBytesMax = std::size_t{256} << 20;  // an object is held whole
inline constexpr std::size_t kListMax = 1000;

Result<void> check_key(std::string_view key);
// A prefix may end anywhere in a key, or be empty.
Result<void> check_prefix(std::string_view prefix);

// What must hold of the object for a put to happen.
struct Condition {
  enum class Kind : std::uint8_t { kNone, kAbsent, kMatch };
  Kind kind = Kind::kNone;
  std::string etag{};  // of kMatch

  static Condition none() { return {}; }
  static Condition absent() { return {.kind = Kind::kAbsent}; }
  static Condition match(std::string etag) {
    return {.kind = Kind::kMatch, .etag = std::move(etag)};
  }
};

struct Object {
  std::string bytes;
  std::string etag;  // changes when the bytes do; compare it, read nothing into it
};

struct ObjectHead {
  std::uint64_t size = 0;
  std::string etag;
  std::int64_t modified_ms = 0;  // the store's clock
};

struct ListedObject {
  std::string key;
  std::uint64_t size = 0;
  std::int64_t modified_ms = 0;
};

struct Listing {
  std::vector<ListedObject> objects;  // by the bytes of their keys
  bool more = false;                  // list again after the last key
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // The new etag. Errors: kConflict (the condition does not hold), kPayloadTooLarge.
  virtual async::Task<Result<std::string>> put(std::string key, std::string bytes,
                                               Condition condition = {}) = 0;
  // Errors: kNotFound, kPayloadTooLarge.
  virtual async::Task<Result<Object>> get(std::string key) = 0;
  // nullopt: it still has that etag. Errors: kNotFound, kPayloadTooLarge.
  virtual async::Task<Result<std::optional<Object>>> get_if_changed(std::string key,
                                                                    std::string etag) = 0;
  // At most `length` bytes from `offset`; empty at and after the end. Errors: kNotFound.
  virtual async::Task<Result<std::string>> get_range(std::string key, std::uint64_t offset,
                                                     std::uint64_t length) = 0;
  // Errors: kNotFound.
  virtual async::Task<Result<ObjectHead>> head(std::string key) = 0;
  // What is not there is removed already.
  virtual async::Task<Result<void>> remove(std::string key) = 0;
  // The first `limit` (1 to kListMax) keys that begin with `prefix` and are greater than `after`.
  // Objects put or removed meanwhile may or may not be listed.
  virtual async::Task<Result<Listing>> list(std::string prefix, std::string after,
                                            std::size_t limit) = 0;

  virtual std::string_view kind() const = 0;  // "file", "memory", "s3"
};

}  // namespace layer::objects
