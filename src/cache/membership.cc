#include "cache/membership.h"

#include <algorithm>
#include <utility>

#include "cache/cache_keys.h"
#include "cache/cache_metrics.h"
#include "core/random.h"

namespace layer::cache {
namespace {

constexpr int kEpochTries = 16;
constexpr std::chrono::milliseconds kWaitLook{50};
constexpr std::chrono::seconds kLeftTtl{60};
constexpr BinSet kHeadOnly = BinSet{}.with(Bin::kHead);

Bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

std::string_view head_of(const Record& record) {
  const Bytes& head = record.bins[static_cast<std::size_t>(Bin::kHead)];
  return head ? std::string_view(*head) : std::string_view();
}

Error unavailable(std::string message) {
  return {.code = ErrorCode::kUnavailable, .message = std::move(message)};
}

}  // namespace

Membership::Membership(GuardedStore& store, const core::Clock& clock, core::Metrics& metrics,
                       Options options)
    : store_(store),
      clock_(clock),
      metrics_(metrics),
      options_(std::move(options)),
      key_(std::string(kMemberPrefix) + options_.gateway),
      run_(core::random_u64()) {}

Membership::View Membership::view() const {
  const std::lock_guard lock(mutex_);
  const bool usable = phase_ == Phase::kJoined && clock_.steady() < valid_until_ &&
                      store_.connection_generation() == connection_;
  return {.usable = usable, .epoch = epoch_};
}

bool Membership::fencing() const {
  const std::lock_guard lock(mutex_);
  return (phase_ == Phase::kJoined || phase_ == Phase::kLeft) &&
         store_.connection_generation() == connection_;
}

void Membership::lose() {
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::kLeft) {
    phase_ = Phase::kAway;
  }
  void_ = true;
}

void Membership::set_alone(bool alone) {
  const std::lock_guard lock(mutex_);
  if (alone_ && !alone && !shared()) {
    phase_ = phase_ == Phase::kLeft ? Phase::kLeft : Phase::kAway;
    void_ = true;
  }
  alone_ = alone;
}

bool Membership::may_join() const {
  return alone_ || shared();
}

std::string_view Membership::state() const {
  const std::lock_guard lock(mutex_);
  if (!may_join()) {
    return "shared";
  }
  switch (phase_) {
    case Phase::kJoining:
      return "joining";
    case Phase::kJoined:
      return clock_.steady() < valid_until_ ? "on" : "joining";
    default:
      return "away";
  }
}

std::uint64_t Membership::epoch() const {
  const std::lock_guard lock(mutex_);
  return epoch_;
}

async::Task<bool> Membership::await_chance() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      const bool known = phase_ == Phase::kJoined || phase_ == Phase::kLeft;
      if (known && !store_.open() && store_.connection_generation() == connection_) {
        co_return true;
      }
      const bool waits = shared() && options_.waits && last_renewal_;
      const bool lapsed = !waits || clock_.steady() >= *last_renewal_ + options_.lapse_wait;
      if (lapsed && phase_ != Phase::kJoining && !renewing_) {
        phase_ = phase_ == Phase::kLeft ? Phase::kLeft : Phase::kAway;
        void_ = true;
        co_return false;
      }
    }
    co_await options_.sleep(kWaitLook);
  }
}

async::Task<> Membership::tick() {
  bool joined = false;
  {
    const std::lock_guard lock(mutex_);
    if (phase_ == Phase::kLeft || !may_join()) {
      co_return;
    }
    if (phase_ == Phase::kJoined && store_.connection_generation() != connection_) {
      phase_ = Phase::kAway;  // it may have forgotten, or be another one with older records
      void_ = true;
    }
    joined = phase_ == Phase::kJoined;
  }
  if (!joined) {
    co_await join();
  } else if (shared()) {
    co_await renew();
  }
}

async::Task<> Membership::join() {
  bool must_raise = false;
  const std::uint64_t connection = store_.connection_generation();
  {
    const std::lock_guard lock(mutex_);
    phase_ = Phase::kJoining;
    must_raise = std::exchange(void_, false);
    if (connection != connection_) {
      // A cache that came back may have older records: another beat is no renewal then.
      last_look_.reset();
      for (auto& [key, other] : others_) {
        other.renewed_after.reset();
      }
    }
  }
  const auto done = co_await try_join(must_raise);
  const std::lock_guard lock(mutex_);
  connection_ = connection;
  const bool kept = phase_ == Phase::kJoining && !void_ && may_join();
  if (phase_ != Phase::kLeft) {
    phase_ = done && kept ? Phase::kJoined : Phase::kAway;
  }
  void_ = void_ || (!done && must_raise);
}

// The epoch first, then the own record: whoever sees this gateway renew again reads the new epoch.
async::Task<Result<void>> Membership::try_join(bool must_raise) {
  LAYER_CO_ASSIGN(const auto found,
                  co_await store_.get(std::string(kMembersSet), {key_}, kHeadOnly));
  Condition condition = Condition::absent();
  bool clean = shared() && beat_ == 0;  // nobody knows of this gateway, and it knows of nothing
  std::optional<Member> own;
  if (found[0]) {
    condition = Condition::matches(found[0]->version);
    own = decode_member(head_of(*found[0]));
    clean = own && own->left && beat_ == 0;
  }
  if (beat_put_ > 0 && !(own && own->run == run_ && own->beat >= beat_put_)) {
    lost_at_ = clock_.steady();
  }
  std::uint64_t epoch = 0;
  if (must_raise || !clean) {
    LAYER_CO_ASSIGN(epoch, co_await raise_epoch(must_raise ? "unfenced"
                                                : found[0] ? "unclean"
                                                           : "start"));
  } else {
    LAYER_CO_ASSIGN(epoch, co_await read_epoch());
  }
  LAYER_CO_ASSIGN(const auto put, co_await put_own(condition));
  if (put.kind != PutOutcome::Kind::kDone) {
    co_return std::unexpected(unavailable("the own member record could not be written"));
  }
  if (!shared()) {
    adopt(epoch, async::TimePoint::max());
    co_return Result<void>{};
  }
  co_return co_await look();
}

// What the own record says next. While this runs, nobody takes the membership for lapsed.
async::Task<Result<PutOutcome>> Membership::put_own(Condition condition) {
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::kJoined && phase_ != Phase::kJoining) {
      // A fence failed since: others must see this gateway lapse.
      co_return std::unexpected(unavailable("the gateway is away from the cache"));
    }
    renewing_ = true;
  }
  const auto put = co_await store_.put(std::string(kMembersSet),
                                       {member_put({.run = run_, .beat = ++beat_}, condition)});
  const std::lock_guard lock(mutex_);
  renewing_ = false;
  renewal_failed_ = !put;
  if (put || put.error().code != ErrorCode::kStoreUnavailable) {  // else it was never sent
    last_renewal_ = clock_.steady();
  }
  if (!put) {
    co_return std::unexpected(put.error());
  }
  if ((*put)[0].kind == PutOutcome::Kind::kDone) {
    version_ = (*put)[0].version;
    beat_put_ = beat_;
  }
  co_return (*put)[0];
}

async::Task<> Membership::renew() {
  if (renewal_failed_) {
    // Asked first, so that an attempt while the cache is away does not count as a renewal.
    const auto own = co_await owns_record();
    if (own && !*own) {
      lose();
    }
    if (!own || !*own) {
      co_return;
    }
  }
  const auto put = co_await put_own(Condition::matches(version_));
  if (!put) {
    co_return;
  }
  if (put->kind != PutOutcome::Kind::kDone) {
    lose();  // others gave this gateway up: what it did meanwhile is theirs to distrust
    co_return;
  }
  (void)co_await look();
}

// Whether the own record is still this process's; its version is known then.
async::Task<Result<bool>> Membership::owns_record() {
  LAYER_CO_ASSIGN(const auto found,
                  co_await store_.get(std::string(kMembersSet), {key_}, kHeadOnly));
  if (!found[0]) {
    co_return false;
  }
  const auto member = decode_member(head_of(*found[0]));
  if (!member || member->run != run_ || member->left) {
    co_return false;
  }
  version_ = found[0]->version;
  co_return true;
}

async::Task<Result<void>> Membership::look() {
  const auto sent = clock_.steady();
  std::string cursor;
  do {
    LAYER_CO_ASSIGN(auto page,
                    co_await store_.scan(std::string(kMembersSet), cursor, kBatchMax, kHeadOnly));
    for (const ScannedRecord& scanned : page.records) {
      if (scanned.key.starts_with(kMemberPrefix) && scanned.key != key_) {
        see(scanned.key, scanned.record, sent);
      }
    }
    cursor = std::move(page.cursor);
  } while (!cursor.empty());
  // A member that joins after this look is not waited out before this.
  const auto margin = options_.lapse_wait - (options_.lapse_wait - options_.ttl) * 3 / 5;
  auto valid_until = sent + margin;
  for (auto at = others_.begin(); at != others_.end();) {
    const Other& other = at->second;
    const auto lapse = other.renewed_after.value_or(other.seen) + options_.ttl;
    if (sent >= lapse + options_.stray) {
      LAYER_CO_TRY(co_await bury(at->first, other));
      at = others_.erase(at);
      continue;
    }
    valid_until = std::min(
        valid_until, other.renewed_after ? *other.renewed_after + margin : async::TimePoint::min());
    ++at;
  }
  if (lost_at_ && sent >= *lost_at_ + options_.stray) {
    LAYER_CO_TRY(co_await raise_epoch("lapsed_member"));
    lost_at_.reset();
  }
  last_look_ = sent;
  LAYER_CO_ASSIGN(const auto epoch, co_await read_epoch());
  if (lost_at_) {
    valid_until = async::TimePoint::min();
  }
  adopt(epoch, options_.distrusts ? valid_until : async::TimePoint::max());
  co_return Result<void>{};
}

void Membership::see(const std::string& key, const Record& record, async::TimePoint sent) {
  const auto member = decode_member(head_of(record));
  if (member && member->left) {
    others_.erase(key);
    return;
  }
  const Member now = member.value_or(Member{});  // damaged: it never renews
  const auto [at, is_new] = others_.try_emplace(key);
  Other& other = at->second;
  if (is_new || !(other.member == now)) {
    // It was not so at the last look. At the first look nothing is known.
    other.renewed_after = last_look_;
    other.seen = sent;
    other.member = now;
  }
  other.version = record.version;
}

// Nobody has heard of it for long. Whatever it did is void before its record goes; the record of a
// member that a restarted cache has forgotten is gone already.
async::Task<Result<void>> Membership::bury(const std::string& key, const Other& other) {
  LAYER_CO_TRY(co_await raise_epoch("lapsed_member"));
  Put put = member_put({.run = other.member.run, .beat = other.member.beat, .left = true},
                       Condition::matches(other.version));
  put.key = key;
  put.ttl = kLeftTtl;
  LAYER_CO_TRY(co_await store_.put(std::string(kMembersSet), {std::move(put)}));
  co_return Result<void>{};  // on a conflict it lives after all, and is seen again
}

async::Task<> Membership::leave() {
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::kJoined || store_.connection_generation() != connection_) {
      co_return;  // an unclean end: the next process raises the epoch
    }
    phase_ = Phase::kLeft;
  }
  Put put = member_put({.run = run_, .beat = ++beat_, .left = true}, Condition::matches(version_));
  if (shared()) {
    put.ttl = kLeftTtl;
  }
  (void)co_await store_.put(std::string(kMembersSet), {std::move(put)});
}

async::Task<Result<std::uint64_t>> Membership::read_epoch() {
  const auto found =
      co_await store_.get(std::string(kMembersSet), {std::string(kEpochKey)}, kHeadOnly);
  if (!found) {
    co_return std::unexpected(found.error());
  }
  if ((*found)[0]) {
    const auto epoch = decode_epoch(head_of(*(*found)[0]));
    if (epoch && *epoch >= this->epoch()) {
      co_return *epoch;
    }
  }
  co_return co_await raise_epoch("lost");
}

async::Task<Result<std::uint64_t>> Membership::raise_epoch(std::string_view reason) {
  std::optional<std::uint64_t> first;  // what the cache said when this began
  for (int i = 0; i < kEpochTries; ++i) {
    const auto found =
        co_await store_.get(std::string(kMembersSet), {std::string(kEpochKey)}, kHeadOnly);
    if (!found) {
      co_return std::unexpected(found.error());
    }
    const auto& record = (*found)[0];
    const auto stored = record ? decode_epoch(head_of(*record)) : std::nullopt;
    if (!stored || *stored < epoch()) {
      lost_at_ = clock_.steady();
    }
    if (stored && first && *stored > *first && *stored > epoch()) {
      co_return *stored;  // somebody else raised it meanwhile
    }
    if (stored && !first) {
      first = stored;
    }
    const std::uint64_t known = std::max(stored.value_or(0), epoch());
    const std::uint64_t next =
        stored ? known + 1 : std::max(known + 1, fresh_number(clock_.wall_ms()));
    Put put{.key = std::string(kEpochKey),
            .condition = record ? Condition::matches(record->version) : Condition::absent()};
    put.bins[static_cast<std::size_t>(Bin::kHead)] = bytes(encode_epoch(next));
    const auto done = co_await store_.put(std::string(kMembersSet), {std::move(put)});
    if (!done) {
      co_return std::unexpected(done.error());
    }
    if ((*done)[0].kind == PutOutcome::Kind::kDone) {
      count(metrics_, kCacheEpochBumps, {reason});
      co_return next;
    }
  }
  co_return std::unexpected(unavailable("the cache's epoch could not be raised"));
}

void Membership::adopt(std::uint64_t epoch, async::TimePoint valid_until) {
  const std::lock_guard lock(mutex_);
  epoch_ = std::max(epoch_, epoch);
  valid_until_ = valid_until;
}

Put Membership::member_put(const Member& member, Condition condition) const {
  Put put{.key = key_, .condition = condition};
  put.bins[static_cast<std::size_t>(Bin::kHead)] = bytes(encode(member));
  return put;
}

}  // namespace layer::cache
