#include "features/presence/presence.h"

#include <algorithm>

#include <fmt/format.h>

#include "async/run.h"

namespace layer::features::presence {
namespace {

constexpr std::string_view kPrefix = "system/gateways/";

}  // namespace

Presence::Presence(Parts parts)
    : parts_(std::move(parts)),
      key_(fmt::format("{}{}.json", kPrefix, parts_.gateway)),
      turns_(parts_.loop, parts_.log, parts_.metrics,
             {.name = "heartbeat",
              .fails = "it is not known whether other gateways live",
              .works = "it is known again whether other gateways live",
              .every = kBeatEvery,
              .first = kBeatEvery},
             [this] { return round(); }) {}

void Presence::start() {
  static_cast<void>(async::run_blocking(parts_.loop, [this] { return round(); }));
  turns_.start();
}

void Presence::stop() {
  if (std::exchange(stopped_, true)) {
    return;
  }
  turns_.stop();
  async::run_blocking(parts_.loop, [this] { return say_goodbye(); });
}

async::Task<Result<void>> Presence::round() {
  LAYER_CO_ASSIGN(const bool alone, co_await beat());
  if (std::exchange(alone_, alone) != alone) {
    parts_.log.info(alone ? "no other gateway shares the object store"
                          : "another gateway shares the object store");
    parts_.tell_alone(alone);
  }
  co_return Result<void>{};
}

async::Task<Result<bool>> Presence::beat() {
  std::string body =
      fmt::format(R"({{"v":1,"gateway":"{}","at_ms":{}}})", parts_.gateway, parts_.clock.wall_ms());
  LAYER_CO_TRY(co_await parts_.objects.put(key_, std::move(body)));
  LAYER_CO_ASSIGN(const objects::Listing listing,
                  co_await parts_.objects.list(std::string(kPrefix), {}, kLookedAtMax));
  const auto own = std::ranges::find(listing.objects, key_, &objects::ListedObject::key);
  if (own == listing.objects.end()) {
    co_return !listing.more;
  }
  bool alone = true;
  for (const objects::ListedObject& other : listing.objects) {
    const std::chrono::milliseconds age(own->modified_ms - other.modified_ms);
    if (other.key == key_) {
      continue;
    }
    alone = alone && age > kLiveFor;
    if (age > kForgottenAfter) {
      LAYER_CO_TRY(co_await parts_.objects.remove(other.key));
    }
  }
  co_return alone;
}

async::Task<> Presence::say_goodbye() {
  if (const auto removed = co_await parts_.objects.remove(key_); !removed) {
    parts_.log.warn("other gateways learn late that this one is gone",
                    {{"what", removed.error().message}});
  }
}

}  // namespace layer::features::presence
