#include "features/history/spool_writer.h"

#include "features/history/record.h"

namespace layer::features::history {
namespace {

constexpr core::MetricSpec kRecords{.name = "layer_history_records_total",
                                    .kind = core::MetricKind::kCounter,
                                    .help = "searches and clicks recorded",
                                    .labels = "kind"};
constexpr core::MetricSpec kDropped{.name = "layer_history_dropped_total",
                                    .kind = core::MetricKind::kCounter,
                                    .help = "records of searches and clicks lost, by reason",
                                    .labels = "reason"};
// Waiting calls of lists and uploads.
constexpr std::size_t kCallsMax = 16'384;

// A name that cannot be part of a key cannot be kept.
bool can_be_kept(std::string_view ns) {
  return !ns.contains('/') && objects::check_key(namespace_prefix(ns) + "0").has_value();
}

}  // namespace

SpoolWriter::SpoolWriter(Parts parts, std::unique_ptr<Spool> spool)
    : parts_(parts),
      spool_(std::move(spool)),
      synced_at_(parts_.clock.steady()),
      queries_(parts_.metrics.sample(kRecords, {"query"})),
      clicks_(parts_.metrics.sample(kRecords, {"click"})),
      thread_({.name = "history", .threads = 1, .queue_max = kCallsMax}) {}

void SpoolWriter::drop(std::string_view reason, std::uint64_t records) {
  if (records > 0) {
    parts_.metrics.sample(kDropped, {reason}).add(records);
  }
}

void SpoolWriter::count_losses() {
  const SpoolLosses losses = spool_->take_losses();
  drop("spool_full", losses.full);
  drop("disk", losses.failed);
  drop("damaged", losses.damaged);
}

void SpoolWriter::prepare(Intake::Record record, std::vector<NewRecord>& out) {
  const auto keep = [&](auto each, core::Sample& count) {
    const auto settings = parts_.settings.of(each.ns);
    if (settings->mode == Mode::off) {
      drop(settings->fault.empty() ? "off" : "configuration");
    } else if (!can_be_kept(each.ns)) {
      drop("namespace");
    } else {
      NewRecord made{.ns = each.ns, .timestamp_ns = each.timestamp_ns};
      made.line = print_line(std::move(each), *settings);
      out.push_back(std::move(made));
      count.add();
    }
  };
  if (auto* query = std::get_if<QueryEntry>(&record)) {
    keep(std::move(*query), queries_);
  } else {
    keep(std::get<Click>(std::move(record)), clicks_);
  }
}

void SpoolWriter::take_in() {
  std::deque<Intake::Record> records = parts_.intake.take();
  std::vector<NewRecord> made;
  made.reserve(records.size());
  for (Intake::Record& record : records) {
    prepare(std::move(record), made);
  }
  spool_->append(std::move(made));
}

Result<SpoolWriter::Turned> SpoolWriter::turn_here(bool everything) {
  take_in();
  const auto now = parts_.clock.steady();
  Result<void> result;
  if (spool_->dirty() && (everything || now - synced_at_ >= parts_.fsync_every)) {
    result = spool_->sync();
    synced_at_ = now;
  }
  const std::uint64_t before = spool_->last_counter();
  if (auto sealed = spool_->seal(everything); !sealed) {
    result = std::move(sealed);
  }
  count_losses();
  LAYER_TRY(result);
  return Turned{.sealed = spool_->last_counter() != before,
                .busy = spool_->dirty() || spool_->has_open(),
                .counter = spool_->last_counter()};
}

async::Task<Result<SpoolWriter::Turned>> SpoolWriter::turn(bool everything) {
  co_return co_await on_thread([this, everything] { return turn_here(everything); });
}

async::Task<Result<std::vector<SpoolText>>> SpoolWriter::texts(std::string ns, TimeRange range) {
  co_return co_await on_thread([&]() -> Result<std::vector<SpoolText>> {
    take_in();  // whoever asks sees what was recorded before
    count_losses();
    return spool_->texts(ns, range);
  });
}

async::Task<Result<std::string>> SpoolWriter::key_of(std::shared_ptr<SpoolSegment> segment) {
  co_return co_await on_thread([&]() -> Result<std::string> { return spool_->key_of(*segment); });
}

async::Task<Result<std::vector<SpoolWriter::Upload>>> SpoolWriter::take(std::size_t limit) {
  co_return co_await on_thread([&]() -> Result<std::vector<Upload>> {
    std::vector<Upload> uploads;
    std::vector<std::shared_ptr<SpoolSegment>> unreadable;  // must not keep the others waiting
    Result<void> result;
    while (uploads.size() < limit) {
      const auto taken = spool_->take(1);
      if (taken.empty()) {
        break;
      }
      const auto& segment = taken.front();
      if (auto text = spool_->text(segment)) {
        uploads.push_back(
            {.segment = segment, .key = spool_->key_of(*segment), .text = std::move(*text)});
      } else {
        result = std::unexpected(std::move(text).error());
        unreadable.push_back(segment);
      }
    }
    for (const auto& segment : unreadable) {
      spool_->release(segment);
    }
    if (uploads.empty()) {
      LAYER_TRY(result);
    }
    return uploads;
  });
}

async::Task<Result<void>> SpoolWriter::done(std::shared_ptr<SpoolSegment> segment) {
  co_return co_await on_thread([&]() -> Result<void> {
    spool_->done(segment);
    return {};
  });
}

async::Task<Result<void>> SpoolWriter::release(std::shared_ptr<SpoolSegment> segment) {
  co_return co_await on_thread([&]() -> Result<void> {
    spool_->release(segment);
    return {};
  });
}

async::Task<Result<std::size_t>> SpoolWriter::left(std::uint64_t counter_max) {
  co_return co_await on_thread([&]() -> Result<std::size_t> { return spool_->left(counter_max); });
}

async::Task<Result<std::uint64_t>> SpoolWriter::forget(std::string ns, std::int64_t until_ns) {
  co_return co_await on_thread([&]() -> Result<std::uint64_t> {
    take_in();
    auto forgotten = spool_->forget(ns, until_ns);
    count_losses();
    return forgotten;
  });
}

}  // namespace layer::features::history
