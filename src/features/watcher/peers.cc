#include "features/watcher/peers.h"

#include <algorithm>
#include <utility>

namespace layer::features::watcher {
namespace {

constexpr std::string_view kStableName = "stable";
constexpr std::string_view kUpdatingName = "updating";
constexpr std::string_view kUnknownName = "unknown";

IndexState parse_state(std::string_view name) {
  if (name == kStableName) {
    return IndexState::kStable;
  }
  return name == kUpdatingName ? IndexState::kUpdating : IndexState::kUnknown;
}

std::string_view name(IndexState state) {
  switch (state) {
    case IndexState::kStable:
      return kStableName;
    case IndexState::kUpdating:
      return kUpdatingName;
    case IndexState::kUnknown:
      break;
  }
  return kUnknownName;
}

queue::Heartbeat heartbeat(const Peers::Self& self, WatchTable::Marks marks) {
  queue::Heartbeat beat{.gateway = self.gateway,
                        .address = self.address,
                        .version = self.version,
                        .hlc = marks.others_ms};
  // So many writes at once cannot be told apart: the oldest of them speaks for all namespaces.
  if (marks.writing.size() > queue::kMarksMax) {
    for (const auto& [ns, mark] : marks.writing) {
      beat.hlc = std::min(beat.hlc, mark);
    }
    return beat;
  }
  for (auto& [ns, mark] : marks.writing) {
    beat.marks.push_back({.ns = std::move(ns), .stamp = mark});
  }
  return beat;
}

}  // namespace

async::Task<bool> Peers::exchange() {
  const auto outcome = co_await round();
  note(outcome);
  if (outcome) {
    parts_.turned.done();
  }
  co_return outcome.value_or(false);
}

async::Task<Result<bool>> Peers::round() {
  LAYER_CO_TRY(co_await parts_.shared.beat(heartbeat(parts_.self, parts_.table.marks())));
  const std::vector<std::string> names = parts_.table.watched();
  bool early = false;
  for (std::size_t at = 0; at < names.size(); at += queue::kMarksMax) {
    const std::size_t end = std::min(names.size(), at + queue::kMarksMax);
    LAYER_CO_ASSIGN(const auto found, co_await parts_.shared.watermarks(
                                          {names.begin() + static_cast<std::ptrdiff_t>(at),
                                           names.begin() + static_cast<std::ptrdiff_t>(end)}));
    const std::int64_t now = parts_.clock.wall_ms();
    for (const queue::SharedWatermark& each : found) {
      early |= parts_.table.adopt(
          each.ns,
          {.state = parse_state(each.state),
           .watermark_ms = each.watermark,
           .age = std::chrono::milliseconds(std::max<std::int64_t>(0, now - each.polled_at_ms))});
    }
  }
  co_return early;
}

async::Task<std::optional<Peers::Turn>> Peers::take_turn(std::string ns) {
  const auto epoch = co_await parts_.shared.lead("watch:" + ns, parts_.self.gateway, kPollLease);
  if (!epoch) {
    co_return std::nullopt;
  }
  if (!*epoch) {
    co_return Turn{};
  }
  // Read before the poll begins: what is acknowledged by then, the poll sees.
  const auto low_water = co_await parts_.shared.low_water(ns);
  // None is live: this gateway has not been heard of itself.
  if (!low_water || !*low_water) {
    co_return std::nullopt;
  }
  co_return Turn{.mine = true, .low_water_ms = **low_water};
}

async::Task<> Peers::publish(std::string ns) {
  const auto [state, watermark] = parts_.table.found(ns);
  const auto told = co_await parts_.shared.publish(
      {.ns = std::move(ns), .state = std::string(name(state)), .watermark = watermark});
  note(told ? Result<bool>(true) : std::unexpected(told.error()));
}

async::Task<> Peers::forget(std::string ns) {
  co_await parts_.shared.forget_watermark(std::move(ns));
}

async::Task<> Peers::leave() {
  co_await parts_.shared.leave(parts_.self.gateway);
}

void Peers::note(const Result<bool>& outcome) {
  if (outcome.has_value() != failing_) {
    return;
  }
  failing_ = !outcome.has_value();
  if (failing_) {
    parts_.log.warn("watermarks stand still until the queue database is back",
                    {{"error", outcome.error().message}});
  } else {
    parts_.log.info("watermarks are shared with other gateways again");
  }
}

}  // namespace layer::features::watcher
