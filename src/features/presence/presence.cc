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
      tasks_(parts_.loop),
      timer_(parts_.loop.get_executor()) {}

void Presence::start() {
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    co_await round();
    tasks_.spawn(run());
  });
}

void Presence::stop() {
  if (std::exchange(stopped_, true)) {
    return;
  }
  async::run_blocking(parts_.loop, [this]() -> async::Task<> {
    stopping_ = true;
    timer_.cancel();
    tasks_.cancel();
    co_await tasks_.join();
    co_await say_goodbye();
  });
}

async::Task<> Presence::run() {
  while (!stopping_) {
    timer_.expires_after(kBeatEvery);
    co_await timer_.async_wait(async::kToken);
    if (!stopping_) {
      co_await round();
    }
  }
}

async::Task<> Presence::round() {
  const auto alone = co_await beat();
  if (stopping_) {
    co_return;
  }
  if (!alone) {
    if (!std::exchange(failing_, true)) {
      parts_.log.warn("it is not known whether other gateways live",
                      {{"what", alone.error().message}});
    }
    co_return;
  }
  failing_ = false;
  if (std::exchange(alone_, *alone) != *alone) {
    parts_.log.info(*alone ? "no other gateway shares the object store"
                           : "another gateway shares the object store");
    parts_.tell_alone(*alone);
  }
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
