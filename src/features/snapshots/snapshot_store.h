// Snapshots as they lie in the object store: bodies, the pointer to the latest, and looking them up
// by sha, by a part of it, by time. Thread safety: any loop, concurrently. Errors of all: those of
// ObjectStore, kCorrupt.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "features/snapshots/body_cache.h"
#include "features/snapshots/latest.h"
#include "objects/object_store.h"

namespace layer::features::snapshots {

// A part of a sha that names a body.
inline constexpr std::size_t kShaPrefixMin = 7;

// Which snapshot somebody means.
struct Which {
  enum class Kind : std::uint8_t { kLatest, kSha, kTime };
  Kind kind = Kind::kLatest;
  std::string sha{};         // of kSha, at least kShaPrefixMin digits
  std::int64_t time_ms = 0;  // of kTime: the newest body at or before it
};
// "latest", a sha or at least seven digits of one, epoch ms, RFC 3339, or an age as "7d". Digits
// alone are a time. Errors: kValidation.
Result<Which> parse_which(std::string_view text, std::int64_t now_ms);

class SnapshotStore {
 public:
  // What is referred to outlives the store.
  SnapshotStore(objects::ObjectStore& objects, async::CpuPool& pool, const core::Clock& clock)
      : objects_(objects), pool_(pool), clock_(clock) {}

  // nullopt: the namespace has none; one of a deleted namespace of that name is none.
  async::Task<Result<std::optional<Latest>>> latest(std::string ns, std::uint64_t incarnation);
  // Further errors: kNotFound.
  async::Task<Result<BodyPtr>> body(std::string key);

  struct Found {
    BodyPtr body;
    std::int64_t watermark_ms = 0;  // the newest at which it held, as far as known
  };
  // Further errors: kNotFound, kConflict (the part of a sha fits several).
  async::Task<Result<Found>> find(std::string ns, std::uint64_t incarnation, Which which);

  // Bodies of the namespace, newest first, those older than `before_ms`.
  async::Task<Result<std::vector<KeyParts>>> history(std::string ns,
                                                     std::optional<std::int64_t> before_ms,
                                                     std::size_t limit);
  // Calls `each` with every body of the namespace, oldest first.
  async::Task<Result<void>> for_each(std::string ns, std::function<void(KeyParts)> each);
  // Namespaces that have snapshots, after `after`, at most `limit`.
  async::Task<Result<std::vector<std::string>>> namespaces(std::string after, std::size_t limit);

  // Writes the body, unless the latest says the same, and moves the pointer. `asked`: fields that
  // were asked for by name. A pointer at a newer watermark stays where it is; what it is then is
  // returned. The body outlives the await.
  async::Task<Result<Latest>> publish(const Body& body, std::uint64_t incarnation,
                                      std::vector<std::string> asked);
  async::Task<Result<void>> remove_body(std::string key);
  // What was just published belongs to a namespace that has been deleted meanwhile.
  async::Task<Result<void>> withdraw(Latest latest);

  objects::ObjectStore& objects() { return objects_; }

 private:
  struct Pointer {
    Latest latest;
    std::string etag;
  };
  async::Task<Result<std::optional<Pointer>>> read_pointer(std::string ns);

  objects::ObjectStore& objects_;
  async::CpuPool& pool_;
  const core::Clock& clock_;
  BodyCache bodies_;
};

}  // namespace layer::features::snapshots
