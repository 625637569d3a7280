#include "features/history/segment_walk.h"

#include <algorithm>

#include "features/history/utc.h"

namespace layer::features::history {
namespace {

constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

bool comes_later(const Source& a, const Source& b) {
  return a.newest_ns < b.newest_ns;
}

// The key that follows everything of a day.
std::string behind(std::string prefix) {
  ++prefix.back();  // '/' becomes the next character
  return prefix;
}

}  // namespace

SegmentWalk::SegmentWalk(objects::ObjectStore& objects, LocalSegments& spool, std::string ns,
                         TimeRange range, std::int64_t now_ms)
    : objects_(objects),
      spool_(spool),
      ns_(std::move(ns)),
      prefix_(namespace_prefix(ns_)),
      range_(range),
      today_(day_of(now_ms * kMsNs)) {}

void SegmentWalk::push(Source source) {
  if (source.newest_ns >= range_.from_ns && source.oldest_ns < range_.to_ns) {
    locals_ += source.local != nullptr ? 1 : 0;
    heap_.push_back(std::move(source));
    std::ranges::push_heap(heap_, comes_later);
  }
}

void SegmentWalk::saw(std::string_view day, std::string_view name) {
  if (locals_ > 0) {
    seen_.insert(std::string(day) + std::string(name));
  }
}

std::optional<std::int64_t> SegmentWalk::day_in(std::string_view key) const {
  return parse_day(key.substr(prefix_.size(), 10));
}

async::Task<Result<void>> SegmentWalk::begin() {
  LAYER_CO_ASSIGN(std::vector<SpoolText> texts, co_await spool_.texts(ns_, range_));
  for (SpoolText& text : texts) {
    const std::int64_t oldest = text.oldest_ns;
    const std::int64_t newest = text.newest_ns;
    push({.local = std::make_shared<const SpoolText>(std::move(text)),
          .oldest_ns = oldest,
          .newest_ns = newest});
  }
  co_return co_await find_days();
}

async::Task<Result<void>> SegmentWalk::find_days() {
  LAYER_CO_ASSIGN(const objects::Listing first, co_await objects_.list(prefix_, {}, 1));
  const auto oldest = first.objects.empty() ? std::nullopt : day_in(first.objects[0].key);
  if (!oldest) {
    next_day_ = std::numeric_limits<std::int64_t>::min();
    co_return Result<void>{};
  }
  oldest_day_ = std::max(*oldest, day_of(range_.from_ns));
  const std::int64_t last = range_.to_ns == kEver ? kEver : day_of(range_.to_ns - 1);
  next_day_ = std::min(today_, last);
  for (std::int64_t day = std::max(today_, oldest_day_ - 1);
       day < last && future_days_.size() < kFutureDaysMax; day = future_days_.back()) {
    LAYER_CO_ASSIGN(const objects::Listing later,
                    co_await objects_.list(prefix_, behind(day_prefix(ns_, day)), 1));
    const auto next = later.objects.empty() ? std::nullopt : day_in(later.objects[0].key);
    if (!next || *next > last || *next <= day) {
      break;
    }
    future_days_.push_back(*next);
  }
  co_return Result<void>{};
}

async::Task<Result<std::optional<std::int64_t>>> SegmentWalk::next_day() {
  if (!future_days_.empty()) {
    const std::int64_t day = future_days_.back();
    future_days_.pop_back();
    co_return day;
  }
  while (next_day_ >= oldest_day_) {
    const std::int64_t day = next_day_--;
    const std::string month = print_day(day).substr(0, 7);
    if (month != month_) {  // a month without records costs one call, not thirty
      LAYER_CO_ASSIGN(const objects::Listing any, co_await objects_.list(prefix_ + month, {}, 1));
      if (any.objects.empty()) {
        const auto begin = parse_day(month + "-01");
        next_day_ = begin.value_or(day) - 1;
        continue;
      }
      month_ = month;
    }
    co_return day;
  }
  co_return std::nullopt;
}

async::Task<Result<void>> SegmentWalk::take(std::vector<objects::ListedObject> listed) {
  const std::string day = day_prefix(ns_, day_);
  const std::string compacted = compacted_prefix(ns_, day_);
  if (!index_) {
    const bool any = std::ranges::any_of(
        listed, [&](const auto& object) { return object.key.starts_with(compacted); });
    if (any) {
      LAYER_CO_ASSIGN(index_, co_await read_day_index(objects_, ns_, day_));
      for (const std::string& name : index_->replaced) {
        saw(day, name);
      }
    }
  }
  for (const objects::ListedObject& object : listed) {
    auto segment = parse_segment(object.key, day, day_);
    if (!segment) {
      continue;
    }
    if (!segment->compacted) {
      saw(day, short_name(object.key, day));
    }
    if (index_ ? index_->counts(*segment, day) : !segment->compacted) {
      push({.key = std::move(segment->key),
            .oldest_ns = segment->oldest_ns,
            .newest_ns = segment->newest_ns});
    }
  }
  co_return Result<void>{};
}

async::Task<Result<void>> SegmentWalk::list_day(std::int64_t day) {
  day_ = day;
  index_.reset();
  LAYER_CO_ASSIGN(objects::Listing listing,
                  co_await objects_.list(day_prefix(ns_, day), {}, objects::kListMax));
  if (!listing.more) {
    LAYER_CO_TRY(co_await take(std::move(listing.objects)));
    frontier_ns_ = day * kDayNs;
    co_return Result<void>{};
  }
  LAYER_CO_ASSIGN(auto compacted, co_await list_all(objects_, compacted_prefix(ns_, day)));
  LAYER_CO_TRY(co_await take(std::move(compacted)));
  for (std::int64_t hour = day * 24; hour < (day + 1) * 24; ++hour) {
    if (hour * kHourNs < range_.to_ns && (hour + 1) * kHourNs > range_.from_ns) {
      hours_.push_back(hour);
    }
  }
  co_return Result<void>{};
}

async::Task<Result<void>> SegmentWalk::list_more() {
  if (!hours_.empty()) {
    const std::int64_t hour = hours_.back();
    hours_.pop_back();
    LAYER_CO_ASSIGN(auto listed, co_await list_all(objects_, hour_prefix(ns_, hour)));
    LAYER_CO_TRY(co_await take(std::move(listed)));
    frontier_ns_ = hour * kHourNs;
    co_return Result<void>{};
  }
  LAYER_CO_ASSIGN(const std::optional<std::int64_t> day, co_await next_day());
  if (!day) {
    listed_all_ = true;
    frontier_ns_ = std::numeric_limits<std::int64_t>::min();
    co_return Result<void>{};
  }
  co_return co_await list_day(*day);
}

async::Task<Result<bool>> SegmentWalk::is_listed(const Source& source) {
  LAYER_CO_ASSIGN(const std::string key, co_await spool_.key_of(source.local->segment));
  if (key.empty()) {
    co_return false;
  }
  const std::string day = day_prefix(ns_, day_of(source.local->hour * kHourNs));
  co_return seen_.contains(day + std::string(short_name(key, day)));
}

async::Task<Result<std::vector<Source>>> SegmentWalk::next(std::size_t limit,
                                                           std::int64_t floor_ns) {
  std::vector<Source> out;
  while (out.size() < limit) {
    const std::int64_t newest =
        heap_.empty() ? std::numeric_limits<std::int64_t>::min() : heap_.front().newest_ns;
    if (!listed_all_ && (heap_.empty() || newest < frontier_ns_)) {
      // What is not listed yet comes first, unless it is too old or there is enough to read.
      if (frontier_ns_ <= floor_ns || !out.empty()) {
        break;
      }
      LAYER_CO_TRY(co_await list_more());
      continue;
    }
    if (heap_.empty() || newest < floor_ns) {
      break;
    }
    std::ranges::pop_heap(heap_, comes_later);
    Source source = std::move(heap_.back());
    heap_.pop_back();
    if (source.local != nullptr) {
      --locals_;
      LAYER_CO_ASSIGN(const bool listed, co_await is_listed(source));
      if (listed) {
        continue;
      }
    }
    out.push_back(std::move(source));
  }
  co_return out;
}

}  // namespace layer::features::history
