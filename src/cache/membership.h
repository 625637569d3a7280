// Which gateways share the cache, and whether this one may trust it (rule H8). Each gateway renews
// `members/{gateway}` every second. A gateway that cannot fence a write stops renewing, waits until
// every other one has certainly noticed, and only then acknowledges writes without fences; before
// it uses the cache again it raises the epoch, so that nothing cached until then is served.
//
// Noticing needs no clocks in step: a gateway serves cached rows only while, by its own steady
// clock, each other member was seen to renew so recently that it cannot have waited out its
// membership. README.md has the argument.
//
// A member that lapsed may be cut off from the cache alone and still answer its callers. So long as
// it was not seen again, was not marked as left and `stray` has not passed, nobody serves cached
// rows.
//
// Of a store that is not shared there is one member: no renewal, no waiting; its record tells
// whether the last process ended cleanly.
//
// Thread safety: all of it, but one tick() or leave() at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cache/fence_records.h"
#include "cache/guarded_store.h"
#include "core/clock.h"
#include "core/metrics.h"

namespace layer::cache {

class Membership {
 public:
  using Sleep = std::function<async::Task<>(std::chrono::milliseconds)>;

  struct Options {
    std::string gateway;
    bool waits = true;      // off with --cache-strict=off: reads may be stale for `lapse_wait`
    bool distrusts = true;  // off only in tests: lapsed members do not keep this one from reading
    std::chrono::milliseconds renew_every{1000};
    std::chrono::milliseconds ttl{3000};         // of others, as seen from here
    std::chrono::milliseconds lapse_wait{3500};  // of the own one
    std::chrono::milliseconds stray{30000};      // how long a lapsed one may still be alive
    Sleep sleep;
  };

  // What reads need, taken at once.
  struct View {
    bool usable = false;
    std::uint64_t epoch = 0;
  };

  Membership(GuardedStore& store, const core::Clock& clock, core::Metrics& metrics,
             Options options);

  View view() const;
  // Joins, or renews and looks at the others. Called every `renew_every`.
  async::Task<> tick();
  // The end of a process that acknowledges no writes any more: what is cached stays valid.
  async::Task<> leave();

  // Whether fences can be tried: false while the gateway is away from the cache.
  bool fencing() const;
  // A fence failed: the gateway is away until it has raised the epoch.
  void lose();
  // Waits until a fence can be tried (true), or a write may be acknowledged without one (false):
  // then the own membership has lapsed for everybody, and the epoch rises before it is renewed.
  async::Task<bool> await_chance();

  void set_alone(bool alone);
  std::string_view state() const;
  std::uint64_t epoch() const;

 private:
  enum class Phase : std::uint8_t { kAway, kJoining, kJoined, kLeft };
  struct Other {
    Member member;
    std::uint64_t version = 0;
    // No renewal of what was seen last can have begun before this; nullopt: not seen to renew yet.
    std::optional<async::TimePoint> renewed_after{};
    async::TimePoint seen{};  // first, or when it last changed
  };

  bool shared() const { return store_.shared(); }
  bool may_join() const;
  async::Task<> join();
  async::Task<Result<void>> try_join(bool must_raise);
  async::Task<> renew();
  async::Task<Result<bool>> owns_record();
  async::Task<Result<void>> look();
  void see(const std::string& key, const Record& record, async::TimePoint sent);
  async::Task<Result<void>> bury(const std::string& key, const Other& other);
  // At least one more than what the cache and this gateway know.
  async::Task<Result<std::uint64_t>> raise_epoch(std::string_view reason);
  async::Task<Result<std::uint64_t>> read_epoch();
  void adopt(std::uint64_t epoch, async::TimePoint valid_until);
  Put member_put(const Member& member, Condition condition) const;
  async::Task<Result<PutOutcome>> put_own(Condition condition);

  GuardedStore& store_;
  const core::Clock& clock_;
  core::Metrics& metrics_;
  const Options options_;
  const std::string key_;
  const std::uint64_t run_;

  mutable std::mutex mutex_;  // the following; never held across an await
  Phase phase_ = Phase::kAway;
  bool alone_ = true;
  bool void_ = false;  // what is cached may be wrong: the epoch must rise before it is used
  std::uint64_t epoch_ = 0;
  async::TimePoint valid_until_{};
  bool renewing_ = false;                           // the own record is being put
  std::optional<async::TimePoint> last_renewal_{};  // when the last attempt ended
  std::uint64_t connection_ = 0;                    // the store's generation when it was joined

  // Of tick() alone.
  std::uint64_t beat_ = 0;
  std::uint64_t beat_put_ = 0;   // the last one that certainly was put
  std::uint64_t version_ = 0;    // of the own record
  bool renewal_failed_ = false;  // and may have been applied all the same
  std::optional<async::TimePoint> last_look_{};
  std::map<std::string, Other> others_;
  // The cache was found to have lost records: members may live whose records are gone. They are
  // waited for as long as for those that lapsed.
  std::optional<async::TimePoint> lost_at_{};
};

}  // namespace layer::cache
