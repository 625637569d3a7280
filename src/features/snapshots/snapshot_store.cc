#include "features/snapshots/snapshot_store.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace layer::features::snapshots {
namespace {

// Several gateways may move the pointer at once; each loss means that another one got through.
constexpr int kSwapTriesMax = 16;

std::unexpected<Error> no_such(std::string_view what) {
  return fail(ErrorCode::kNotFound, fmt::format("the namespace has no snapshot {}", what));
}

// A pool that has no room is a reason to come back later.
template <class T>
Result<T> flat(Result<Result<T>> done) {
  if (!done) {
    if (done.error().code == ErrorCode::kTooManyRequests) {
      return fail(ErrorCode::kServiceUnavailable, "too many large snapshots wait to be read");
    }
    return std::unexpected(std::move(done).error());
  }
  return std::move(*done);
}

}  // namespace

async::Task<Result<std::optional<SnapshotStore::Pointer>>> SnapshotStore::read_pointer(
    std::string ns) {
  auto object = co_await objects_.get(latest_key(ns));
  if (!object && object.error().code == ErrorCode::kNotFound) {
    co_return std::nullopt;
  }
  if (!object) {
    co_return std::unexpected(std::move(object).error());
  }
  LAYER_CO_ASSIGN(auto latest, parse_latest(std::move(object->bytes)));
  co_return Pointer{.latest = std::move(latest), .etag = std::move(object->etag)};
}

async::Task<Result<std::optional<Latest>>> SnapshotStore::latest(std::string ns,
                                                                 std::uint64_t incarnation) {
  LAYER_CO_ASSIGN(auto pointer, co_await read_pointer(std::move(ns)));
  if (!pointer || pointer->latest.incarnation < incarnation) {
    co_return std::nullopt;
  }
  co_return std::move(pointer->latest);
}

async::Task<Result<BodyPtr>> SnapshotStore::body(std::string key) {
  if (BodyPtr cached = bodies_.find(key)) {
    co_return cached;
  }
  LAYER_CO_ASSIGN(auto object, co_await objects_.get(key));
  const std::size_t bytes = object.bytes.size();
  LAYER_CO_ASSIGN(auto parsed,
                  flat(co_await pool_.run([&] { return parse_body(std::move(object.bytes)); })));
  auto body = std::make_shared<const Body>(std::move(parsed));
  bodies_.put(key, body, bytes);
  co_return body;
}

async::Task<Result<SnapshotStore::Found>> SnapshotStore::find(std::string ns,
                                                              std::uint64_t incarnation,
                                                              Which which) {
  LAYER_CO_ASSIGN(const auto newest, co_await latest(ns, incarnation));
  if (!newest) {
    co_return no_such("yet");
  }
  std::string key;
  if (which.kind == Which::Kind::kLatest ||
      (which.kind == Which::Kind::kTime && which.time_ms >= newest->watermark_ms)) {
    key = newest->key;
  } else {
    std::set<std::string> shas;
    const auto look = [&](const KeyParts& parts) {
      if (which.kind == Which::Kind::kTime ? parts.watermark_ms <= which.time_ms
                                           : parts.sha.starts_with(which.sha)) {
        key = body_key(parts.ns, parts.watermark_ms, parts.sha);
        shas.insert(parts.sha);
      }
    };
    LAYER_CO_TRY(co_await for_each(ns, look));
    if (which.kind == Which::Kind::kSha && shas.size() > 1) {
      co_return fail(
          ErrorCode::kConflict,
          fmt::format("{} snapshots begin with {}; give more of the sha", shas.size(), which.sha));
    }
    if (key.empty()) {
      co_return which.kind == Which::Kind::kTime ? no_such("of that time or before")
                                                 : no_such("with that sha");
    }
  }
  LAYER_CO_ASSIGN(BodyPtr found, co_await body(key));
  const std::int64_t watermark =
      key == newest->key ? newest->unchanged_through_ms : found->watermark_ms;
  co_return Found{.body = std::move(found), .watermark_ms = watermark};
}

async::Task<Result<void>> SnapshotStore::for_each(std::string ns,
                                                  std::function<void(KeyParts)> each) {
  std::string after;
  while (true) {
    LAYER_CO_ASSIGN(const auto listing,
                    co_await objects_.list(snapshots_prefix(ns), after, objects::kListMax));
    for (const auto& object : listing.objects) {
      if (auto parts = parse_body_key(object.key)) {
        each(std::move(*parts));
      }
    }
    if (!listing.more || listing.objects.empty()) {
      co_return Result<void>{};
    }
    after = listing.objects.back().key;
  }
}

async::Task<Result<std::vector<KeyParts>>> SnapshotStore::history(
    std::string ns, std::optional<std::int64_t> before_ms, std::size_t limit) {
  std::deque<KeyParts> newest;
  const auto keep = [&](KeyParts parts) {
    if (!before_ms || parts.watermark_ms < *before_ms) {
      newest.push_back(std::move(parts));
      if (newest.size() > limit) {
        newest.pop_front();
      }
    }
  };
  LAYER_CO_TRY(co_await for_each(std::move(ns), keep));
  co_return std::vector<KeyParts>(newest.rbegin(), newest.rend());
}

async::Task<Result<std::vector<std::string>>> SnapshotStore::namespaces(std::string after,
                                                                        std::size_t limit) {
  constexpr std::string_view kRoot = "snapshots/";
  std::vector<std::string> out;
  // '0' follows '/': whatever lies in the folder of `after` is passed over.
  std::string key = after.empty() ? "" : fmt::format("{}{}0", kRoot, after);
  while (out.size() < limit) {
    LAYER_CO_ASSIGN(const auto listing, co_await objects_.list(std::string(kRoot), key, 1));
    if (listing.objects.empty()) {
      break;
    }
    const std::string_view rest =
        std::string_view(listing.objects.front().key).substr(kRoot.size());
    const std::string_view ns = rest.substr(0, rest.find('/'));
    out.emplace_back(ns);
    key = fmt::format("{}{}0", kRoot, ns);
  }
  co_return out;
}

async::Task<Result<Latest>> SnapshotStore::publish(const Body& body, std::uint64_t incarnation,
                                                   std::vector<std::string> asked) {
  const std::int64_t now = clock_.wall_ms();
  for (int turn = 0; turn < kSwapTriesMax; ++turn) {
    LAYER_CO_ASSIGN(const auto pointer, co_await read_pointer(body.ns));
    const bool follows = pointer && pointer->latest.incarnation == incarnation;
    if (pointer && (pointer->latest.incarnation > incarnation ||
                    (follows && pointer->latest.unchanged_through_ms > body.watermark_ms))) {
      co_return pointer->latest;
    }
    Latest next{.key = body_key(body.ns, body.watermark_ms, body.sha),
                .sha = body.sha,
                .watermark_ms = body.watermark_ms};
    if (follows && pointer->latest.sha == body.sha) {
      next.key = pointer->latest.key;
      next.watermark_ms = pointer->latest.watermark_ms;
    } else {
      LAYER_CO_ASSIGN(std::string text, co_await pool_.run([&] { return print_body(body); }));
      const auto put =
          co_await objects_.put(next.key, std::move(text), objects::Condition::absent());
      if (!put && put.error().code != ErrorCode::kConflict) {
        co_return std::unexpected(put.error());
      }
    }
    next.unchanged_through_ms = body.watermark_ms;
    next.written_at_ms = now;
    next.incarnation = incarnation;
    for (const FieldCounts& field : body.fields) {
      next.fields.push_back(field.name);
    }
    if (follows) {
      next.asked_ms = pointer->latest.asked_ms;
    }
    for (const std::string& field : asked) {
      next.asked_ms.insert_or_assign(field, now);
    }
    std::erase_if(next.asked_ms, [&](const auto& item) {
      return body.find(item.first) == nullptr && body.find_skipped(item.first) == nullptr;
    });
    const auto condition =
        pointer ? objects::Condition::match(pointer->etag) : objects::Condition::absent();
    const auto moved = co_await objects_.put(latest_key(body.ns), print_latest(next), condition);
    if (moved) {
      co_return next;
    }
    if (moved.error().code != ErrorCode::kConflict) {
      co_return std::unexpected(moved.error());
    }
  }
  co_return fail(ErrorCode::kUnavailable, "the pointer to the latest snapshot keeps moving");
}

async::Task<Result<void>> SnapshotStore::remove_body(std::string key) {
  bodies_.forget(key);
  co_return co_await objects_.remove(std::move(key));
}

async::Task<Result<void>> SnapshotStore::withdraw(Latest latest) {
  const auto parts = parse_body_key(latest.key);
  if (parts) {
    LAYER_CO_ASSIGN(const auto pointer, co_await read_pointer(parts->ns));
    if (pointer && pointer->latest == latest) {
      LAYER_CO_TRY(co_await objects_.remove(latest_key(parts->ns)));
    }
  }
  co_return co_await remove_body(latest.key);
}

}  // namespace layer::features::snapshots
