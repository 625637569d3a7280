#include "features/history/spool.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "features/history/utc.h"

namespace layer::features::history {
namespace {

namespace fs = std::filesystem;
using engine::storage::Blob;

constexpr std::string_view kLogEnding = ".log";
// A log this large is left for a new one when its groups are sealed, so that it can go soon.
constexpr std::uint64_t kEnoughBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kLogBytesMin = std::uint64_t{4} << 10;

std::string_view text_of(const Blob& blob) {
  const auto bytes = blob.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Makes the folder, and sees to it that it is still there when the machine dies: its names stand in
// the two folders above it, {data-dir}/spool and {data-dir}.
Result<void> make_directories(engine::storage::FileSystem& files, const fs::path& dir) {
  LAYER_TRY(files.create_directories(dir));
  fs::path above = dir.parent_path();
  for (int levels = 0; levels < 2 && !above.empty(); ++levels) {
    LAYER_TRY(files.sync_directory(above));
    above = above.parent_path();
  }
  return {};
}

std::optional<std::uint32_t> log_number(std::string_view name) {
  if (!name.ends_with(kLogEnding)) {
    return std::nullopt;
  }
  name.remove_suffix(kLogEnding.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool whole = error == std::errc() && end == name.data() + name.size() && number > 0;
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string SpoolText::lines() const {
  std::string out;
  for (const auto& [log, offset] : places) {
    if (const std::string_view line = record_at(text_of(*log), offset); !line.empty()) {
      out += line;
      out += '\n';
    }
  }
  return out;
}

Spool::Spool(engine::storage::FileSystem& files, const core::Clock& clock, SpoolOptions options)
    : files_(files), clock_(clock), options_(std::move(options)) {}

Result<std::unique_ptr<Spool>> Spool::open(engine::storage::FileSystem& files,
                                           const core::Clock& clock, SpoolOptions options) {
  std::unique_ptr<Spool> spool(new Spool(files, clock, std::move(options)));
  LAYER_TRY(make_directories(files, spool->options_.dir));
  LAYER_ASSIGN(const auto names, files.list(spool->options_.dir));
  std::map<std::uint32_t, std::string> logs;
  for (const std::string& name : names) {
    if (const auto number = log_number(name)) {
      logs.emplace(*number, name);
    }
  }
  for (const auto& [number, name] : logs) {
    LAYER_TRY(spool->replay(name));
  }
  spool->tidy();
  return spool;
}

fs::path Spool::path_of(std::uint32_t number) const {
  return options_.dir / fmt::format("{:010}{}", number, kLogEnding);
}

Result<void> Spool::replay(const std::string& name) {
  const std::uint32_t number = *log_number(name);
  const fs::path path = options_.dir / name;
  next_log_ = number + 1;
  LAYER_ASSIGN(const auto bytes, files_.read(path));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  FrameReader reader(text);
  logs_[number] = {.path = path};
  while (reader.next()) {
    replay(reader.frame(), {.log = number, .offset = static_cast<std::uint32_t>(reader.begin())});
  }
  if (reader.at() < text.size()) {
    ++losses_.damaged;
    LAYER_TRY(files_.truncate(path, reader.at()));
  }
  logs_[number].bytes = reader.at();
  *bytes_ += reader.at();
  return {};
}

void Spool::replay(const Frame& frame, SpoolSegment::Place place) {
  switch (frame.kind) {
    case FrameKind::header:
      next_counter_ = std::max(next_counter_, frame.counter);
      return;
    case FrameKind::record:
      add(frame.ns, frame.timestamp_ns, frame.line.size(), place);
      return;
    case FrameKind::seal: {
      next_counter_ = std::max(next_counter_, frame.counter + 1);
      const auto group = open_.find({std::string(frame.ns), frame.hour});
      if (group != open_.end()) {
        SpoolSegment& segment = *group->second;
        segment.counter = frame.counter;
        segment.oldest_ns = frame.oldest_ns;
        segment.newest_ns = frame.newest_ns;
        sealed_.emplace(frame.counter, std::move(group->second));
        open_.erase(group);
      }
      return;
    }
    case FrameKind::done:
      next_counter_ = std::max(next_counter_, frame.counter + 1);
      if (const auto segment = sealed_.find(frame.counter); segment != sealed_.end()) {
        for (const auto& each : segment->second->places) {
          --logs_[each.log].live;
        }
        sealed_.erase(segment);
      }
      return;
  }
}

void Spool::add(std::string_view ns, std::int64_t timestamp_ns, std::size_t line_bytes,
                SpoolSegment::Place place) {
  const std::int64_t hour = hour_of(timestamp_ns);
  auto& segment = open_[{std::string(ns), hour}];
  if (segment == nullptr) {
    segment = std::make_shared<SpoolSegment>(SpoolSegment{.ns = std::string(ns),
                                                          .hour = hour,
                                                          .oldest_ns = timestamp_ns,
                                                          .newest_ns = timestamp_ns,
                                                          .begun = clock_.steady()});
  }
  segment->places.push_back(place);
  segment->oldest_ns = std::min(segment->oldest_ns, timestamp_ns);
  segment->newest_ns = std::max(segment->newest_ns, timestamp_ns);
  segment->bytes += line_bytes + 1;
  ++logs_[place.log].live;
}

std::uint64_t Spool::log_bytes_max() const {
  return std::clamp(options_.bytes_max / 4, kLogBytesMin, kLogBytes);
}

Result<void> Spool::start_log() {
  if (active_ != nullptr) {
    // What it holds must not come after what the next one holds.
    static_cast<void>(sync());
    active_.reset();
  }
  const std::uint32_t number = next_log_++;
  const fs::path path = path_of(number);
  std::string header;
  append_frame(header, {.kind = FrameKind::header, .counter = next_counter_});
  LAYER_ASSIGN(auto file, files_.create(path));
  logs_[number] = {.path = path};
  LAYER_TRY(file->append(std::as_bytes(std::span(header))));
  LAYER_TRY(file->sync());
  LAYER_TRY(files_.sync_directory(options_.dir));
  active_ = std::move(file);
  logs_[number].bytes = header.size();
  *bytes_ += header.size();
  tidy();
  return {};
}

void Spool::abandon_log() {
  active_.reset();
  dirty_ = false;
}

Result<void> Spool::write(std::string_view bytes) {
  if (active_ == nullptr) {
    LAYER_TRY(start_log());
  }
  if (auto written = active_->append(std::as_bytes(std::span(bytes))); !written) {
    abandon_log();
    return written;
  }
  logs_.rbegin()->second.bytes += bytes.size();
  *bytes_ += bytes.size();
  dirty_ = true;
  return {};
}

void Spool::append(std::vector<NewRecord> records) {
  std::string frames;
  std::vector<std::pair<const NewRecord*, std::size_t>> waiting;  // with their offsets in `frames`
  const auto put = [&] {
    if (waiting.empty()) {
      return;
    }
    make_room(frames.size());
    const bool room = active_ != nullptr || start_log().has_value();
    const std::uint64_t base = room ? logs_.rbegin()->second.bytes : 0;
    if (room && write(frames)) {
      for (const auto& [record, offset] : waiting) {
        add(record->ns, record->timestamp_ns, record->line.size(),
            {.log = logs_.rbegin()->first, .offset = static_cast<std::uint32_t>(base + offset)});
      }
    } else {
      losses_.failed += waiting.size();
    }
    waiting.clear();
    frames.clear();
  };
  for (const NewRecord& record : records) {
    const std::uint64_t used = active_ == nullptr ? 0 : logs_.rbegin()->second.bytes;
    if (active_ != nullptr && used + frames.size() >= log_bytes_max()) {
      put();
      // A log that cannot be begun is tried again with the next records.
      static_cast<void>(start_log());
    }
    waiting.emplace_back(&record, frames.size());
    append_frame(frames, {.kind = FrameKind::record,
                          .timestamp_ns = record.timestamp_ns,
                          .ns = record.ns,
                          .line = record.line});
  }
  put();
}

Result<void> Spool::sync() {
  if (active_ == nullptr || !dirty_) {
    return {};
  }
  auto synced = active_->sync();
  if (!synced) {
    abandon_log();
  }
  dirty_ = false;
  return synced;
}

Result<void> Spool::seal_group(std::map<Group, std::shared_ptr<SpoolSegment>>::iterator group) {
  SpoolSegment& segment = *group->second;
  const std::uint64_t counter = std::max(
      next_counter_, static_cast<std::uint64_t>(std::max<std::int64_t>(0, clock_.wall_ms())));
  std::string frame;
  append_frame(frame, {.kind = FrameKind::seal,
                       .counter = counter,
                       .hour = segment.hour,
                       .oldest_ns = segment.oldest_ns,
                       .newest_ns = segment.newest_ns,
                       .ns = segment.ns});
  next_counter_ = counter + 1;
  LAYER_TRY(write(frame));
  segment.counter = counter;
  sealed_.emplace(counter, std::move(group->second));
  open_.erase(group);
  return {};
}

Result<void> Spool::seal(bool all) {
  const auto now = clock_.steady();
  const bool every = all || open_.size() > kGroupsMax;
  bool sealed = false;
  for (auto group = open_.begin(); group != open_.end();) {
    const auto next = std::next(group);
    const SpoolSegment& segment = *group->second;
    if (every || segment.bytes >= kSegmentBytes || now - segment.begun >= options_.flush_every) {
      LAYER_TRY(seal_group(group));
      sealed = true;
    }
    group = next;
  }
  if (!sealed) {
    return {};
  }
  // What a segment is called must be known to whoever replays the log before it is uploaded.
  LAYER_TRY(sync());
  if (active_ != nullptr && logs_.rbegin()->second.bytes >= kEnoughBytes) {
    return start_log();
  }
  return {};
}

std::vector<std::shared_ptr<SpoolSegment>> Spool::take(std::size_t limit) {
  std::vector<std::shared_ptr<SpoolSegment>> taken;
  for (const auto& [counter, segment] : sealed_) {
    if (taken.size() == limit) {
      break;
    }
    if (!segment->uploading) {
      segment->uploading = true;
      taken.push_back(segment);
    }
  }
  return taken;
}

void Spool::done(const std::shared_ptr<SpoolSegment>& segment) {
  const auto found = sealed_.find(segment->counter);
  if (found == sealed_.end() || found->second != segment) {
    return;  // dropped meanwhile
  }
  for (const auto& place : segment->places) {
    --logs_[place.log].live;
  }
  sealed_.erase(found);
  std::string frame;
  append_frame(frame, {.kind = FrameKind::done, .counter = segment->counter});
  // Should it be lost, the segment is uploaded again under the same name.
  static_cast<void>(write(frame));
  if (records() == 0 && active_ != nullptr) {
    static_cast<void>(start_log());
  }
  tidy();
}

std::string Spool::key_of(const SpoolSegment& segment) const {
  return segment.counter == 0 ? std::string()
                              : segment_key({.prefix = hour_prefix(segment.ns, segment.hour),
                                             .gateway = options_.gateway,
                                             .counter = segment.counter,
                                             .oldest_ns = segment.oldest_ns,
                                             .newest_ns = segment.newest_ns});
}

std::size_t Spool::left(std::uint64_t counter_max) const {
  return static_cast<std::size_t>(std::distance(sealed_.begin(), sealed_.upper_bound(counter_max)));
}

std::size_t Spool::records() const {
  std::size_t count = 0;
  for (const auto& [number, log] : logs_) {
    count += log.live;
  }
  return count;
}

Result<SpoolText> Spool::text(const std::shared_ptr<SpoolSegment>& segment) {
  SpoolText out{.segment = segment,
                .hour = segment->hour,
                .oldest_ns = segment->oldest_ns,
                .newest_ns = segment->newest_ns};
  std::map<std::uint32_t, std::shared_ptr<const Blob>> maps;
  out.places.reserve(segment->places.size());
  for (const auto& place : segment->places) {
    auto& blob = maps[place.log];
    if (blob == nullptr) {
      LAYER_ASSIGN(blob, files_.map(logs_[place.log].path));
    }
    out.places.emplace_back(blob, place.offset);
  }
  return out;
}

Result<std::vector<SpoolText>> Spool::texts(std::string_view ns, const TimeRange& range) {
  std::vector<SpoolText> out;
  const auto look = [&](const std::shared_ptr<SpoolSegment>& segment) -> Result<void> {
    if (segment->ns == ns && segment->newest_ns >= range.from_ns &&
        segment->oldest_ns < range.to_ns) {
      LAYER_ASSIGN(SpoolText found, text(segment));
      out.push_back(std::move(found));
    }
    return {};
  };
  for (const auto& [group, segment] : open_) {
    LAYER_TRY(look(segment));
  }
  for (const auto& [counter, segment] : sealed_) {
    LAYER_TRY(look(segment));
  }
  return out;
}

Result<std::uint64_t> Spool::forget(std::string_view ns, std::int64_t until_ns) {
  for (auto group = open_.begin(); group != open_.end();) {
    const auto next = std::next(group);
    if (group->second->ns == ns && group->second->oldest_ns <= until_ns) {
      LAYER_TRY(seal_group(group));
    }
    group = next;
  }
  std::vector<std::shared_ptr<SpoolSegment>> old;
  for (const auto& [counter, segment] : sealed_) {
    if (segment->ns == ns && segment->oldest_ns <= until_ns) {
      old.push_back(segment);
    }
  }
  std::uint64_t dropped = 0;
  std::vector<NewRecord> spared;
  for (const auto& segment : old) {
    LAYER_ASSIGN(const SpoolText found, text(segment));
    for (const auto& [log, offset] : found.places) {
      FrameReader reader(text_of(*log).substr(offset));
      if (!reader.next() || reader.frame().timestamp_ns <= until_ns) {
        ++dropped;
      } else {
        spared.push_back({.ns = segment->ns,
                          .timestamp_ns = reader.frame().timestamp_ns,
                          .line = std::string(reader.frame().line)});
      }
    }
  }
  append(std::move(spared));
  for (const auto& segment : old) {
    done(segment);
  }
  LAYER_TRY(sync());
  return dropped;
}

void Spool::drop_places(SpoolSegment& segment, std::uint32_t log) {
  losses_.full +=
      std::erase_if(segment.places, [&](const auto& place) { return place.log == log; });
}

void Spool::drop_oldest_log() {
  const auto oldest = logs_.begin();
  for (auto& [group, segment] : open_) {
    drop_places(*segment, oldest->first);
  }
  for (auto& [counter, segment] : sealed_) {
    drop_places(*segment, oldest->first);
  }
  std::erase_if(open_, [](const auto& each) { return each.second->places.empty(); });
  std::erase_if(sealed_, [](const auto& each) { return each.second->places.empty(); });
  oldest->second.live = 0;
}

void Spool::make_room(std::uint64_t bytes) {
  while (this->bytes() + bytes > options_.bytes_max && !logs_.empty()) {
    const std::size_t before = logs_.size();
    if (before == 1 && active_ != nullptr && !start_log()) {
      return;
    }
    if (logs_.size() < 2) {
      return;
    }
    drop_oldest_log();
    const std::uint64_t full = this->bytes();
    tidy();
    if (this->bytes() == full) {
      return;  // the file could not be removed; what is written is bounded by the disk
    }
  }
}

void Spool::tidy() {
  while (logs_.size() > 1 && logs_.begin()->second.live == 0) {
    const auto oldest = logs_.begin();
    // One after the other: a later log may say that what an earlier one holds is uploaded.
    if (!files_.remove(oldest->second.path) || !files_.sync_directory(options_.dir)) {
      return;
    }
    *bytes_ -= oldest->second.bytes;
    logs_.erase(oldest);
  }
}

}  // namespace layer::features::history
