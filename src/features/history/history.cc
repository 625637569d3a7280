#include "features/history/history.h"

#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

#include "async/run.h"
#include "core/loop_mark.h"
#include "core/random.h"
#include "features/history/housekeeper.h"
#include "features/history/intake.h"
#include "features/history/purge_segments.h"
#include "features/history/query_index.h"
#include "features/history/segment_reader.h"
#include "features/history/uploads.h"
#include "features/history/utc.h"

namespace layer::features::history {
namespace {

using std::chrono::milliseconds;

constexpr core::MetricSpec kSpoolBytes{.name = "layer_history_spool_bytes",
                                       .kind = core::MetricKind::kGauge,
                                       .help = "search history on disk that may not be uploaded"};

// Records that arrive together are written together; a process that is killed loses no more.
constexpr milliseconds kGather{5};
constexpr milliseconds kRetryMin{1'000};
constexpr milliseconds kRetryMax{30'000};
// How often flush() looks whether another task's upload has arrived.
constexpr milliseconds kLookAgain{20};

milliseconds jittered(milliseconds every) {
  const auto tenth = static_cast<std::uint64_t>(every.count()) / 10 + 1;
  return every + milliseconds(core::random_u64() % tenth);
}

}  // namespace

struct History::State {
  State(Parts p, HistoryOptions o, std::unique_ptr<Spool> opened)
      : parts(std::move(p)),
        options(std::move(o)),
        intake([this] { wake_writer(); }),
        spool({.intake = intake,
               .settings = parts.settings,
               .clock = parts.clock,
               .metrics = parts.metrics,
               .fsync_every = options.fsync_every},
              std::move(opened)),
        uploads(spool, parts.objects, parts.pool, parts.metrics),
        index(parts.clock),
        reader(parts.objects, spool, parts.pool, parts.clock, parts.log),
        compaction(parts.objects, parts.pool, parts.clock, parts.log, parts.gateway),
        housekeeper(compaction, parts.settings, parts.clock, parts.log),
        tasks(parts.loop),
        chores(parts.loop),
        writer_wake(parts.loop.get_executor(), async::TimePoint::max()),
        upload_wake(parts.loop.get_executor(), async::TimePoint::max()),
        chore_wake(parts.loop.get_executor(), async::TimePoint::max()) {}

  void wake_writer() {
    async::asio::post(parts.loop, [this] { writer_wake.cancel(); });
  }

  // Writes what arrives, syncs and seals in time.
  async::Task<> write() {
    bool busy = true;
    while (!stopping) {
      if (intake.empty()) {
        busy ? writer_wake.expires_after(std::max(options.fsync_every, milliseconds(1)))
             : writer_wake.expires_at(async::TimePoint::max());
        co_await writer_wake.async_wait(async::kToken);
      }
      if (stopping) {
        co_return;
      }
      if (!intake.empty()) {
        writer_wake.expires_after(kGather);
        co_await writer_wake.async_wait(async::kToken);
      }
      const auto turned = co_await spool.turn(false);
      tell_disk(turned);
      busy = !turned || turned->busy;
      if (!turned || turned->sealed) {
        ++sealed;
        upload_wake.cancel();
      }
    }
  }

  void tell_disk(const Result<SpoolWriter::Turned>& turned) {
    if (!turned && turned.error().code != ErrorCode::kCancelled &&
        !std::exchange(disk_failing, true)) {
      parts.log.error("search history cannot be written to disk",
                      {{"error", turned.error().message}});
    } else if (turned && std::exchange(disk_failing, false)) {
      parts.log.info("search history is written to disk again");
    }
  }

  // Uploads what is sealed. With `draining` it ends when nothing is left or nothing goes.
  async::Task<> upload() {
    milliseconds pause = kRetryMin;
    while (true) {
      const std::uint64_t seen = sealed;
      const auto arrived = co_await uploads.some();
      tell_uploads(arrived);
      if (arrived && *arrived > 0) {
        pause = kRetryMin;
        continue;
      }
      if (draining || (!arrived && arrived.error().code == ErrorCode::kCancelled)) {
        co_return;
      }
      if (arrived && seen != sealed) {
        continue;
      }
      arrived ? upload_wake.expires_at(async::TimePoint::max())
              : upload_wake.expires_after(std::exchange(pause, std::min(pause * 2, kRetryMax)));
      co_await upload_wake.async_wait(async::kToken);
    }
  }

  void tell_uploads(const Result<std::size_t>& arrived) {
    if (!arrived && arrived.error().code != ErrorCode::kCancelled &&
        !std::exchange(uploads_failing, true)) {
      parts.log.warn("search history cannot be uploaded; it stays in the spool",
                     {{"error", arrived.error().message}});
    } else if (arrived && *arrived > 0 && std::exchange(uploads_failing, false)) {
      parts.log.info("search history is uploaded again");
    }
  }

  async::Task<> keep_house() {
    // Soon after the start for the first time, so that gateways that live short lives do it too.
    milliseconds pause = jittered(options.housekeep_every / 10);
    while (!stopping) {
      chore_wake.expires_after(pause);
      co_await chore_wake.async_wait(async::kToken);
      if (stopping) {
        co_return;
      }
      const auto done = co_await housekeeper.turn();
      if (done) {
        kept_house.done();
      } else if (done.error().code != ErrorCode::kCancelled) {
        parts.log.warn("retention and compaction of search history are tried again later",
                       {{"error", done.error().message}});
      }
      pause = jittered(options.housekeep_every);
    }
  }

  async::Task<> stop() {
    stopping = true;
    writer_wake.cancel();
    chore_wake.cancel();
    chores.cancel();
    co_await chores.join();
    tell_disk(co_await spool.turn(true));
    draining = true;
    ++sealed;
    upload_wake.cancel();
    async::Timer patience(parts.loop.get_executor(), History::kStopUploadsMax);
    patience.async_wait([this](const boost::system::error_code& error) {
      if (!error) {
        tasks.cancel();
      }
    });
    co_await tasks.join();
    patience.cancel();
  }

  template <class Record>
  void push(Record record) noexcept {
    try {
      if (!intake.push(std::move(record))) {
        spool.drop("queue_full");
      }
    } catch (...) {
      lost.fetch_add(1, std::memory_order_relaxed);  // no memory, not even to count it by its name
    }
  }

  async::Task<Result<void>> flush() {
    LAYER_CO_ASSIGN(const SpoolWriter::Turned turned, co_await spool.turn(true));
    while (true) {
      LAYER_CO_ASSIGN(const std::size_t left, co_await spool.left(turned.counter));
      if (left == 0) {
        co_return Result<void>{};
      }
      LAYER_CO_ASSIGN(const std::size_t arrived, co_await uploads.some());
      if (arrived == 0) {  // somebody else is at it
        async::Timer timer(co_await async::asio::this_coro::executor, kLookAgain);
        co_await timer.async_wait(async::kToken);
      }
    }
  }

  const Parts parts;
  const HistoryOptions options;
  Intake intake;
  SpoolWriter spool;
  Uploads uploads;
  QueryIndex index;
  SegmentReader reader;
  Compaction compaction;
  Housekeeper housekeeper;
  core::LoopMark kept_house{parts.metrics, "history_housekeeping"};
  std::atomic<std::uint64_t> lost{0};

  // Of the loop.
  async::TaskGroup tasks;   // write() and upload(), which end by themselves
  async::TaskGroup chores;  // keep_house(), which may be cancelled
  async::Timer writer_wake;
  async::Timer upload_wake;
  async::Timer chore_wake;
  std::uint64_t sealed = 0;  // counts turns that may have sealed something
  bool stopping = false;
  bool draining = false;
  bool disk_failing = false;
  bool uploads_failing = false;

  bool stopped = false;  // of the owner
};

History::History(std::unique_ptr<State> state) : state_(std::move(state)) {}
History::~History() = default;

Result<std::unique_ptr<History>> History::open(Parts parts, HistoryOptions options) {
  LAYER_ASSIGN(auto spool, Spool::open(parts.files, parts.clock,
                                       {.dir = options.dir,
                                        .gateway = parts.gateway,
                                        .flush_every = options.flush_every,
                                        .bytes_max = options.spool_bytes_max}));
  core::Metrics& metrics = parts.metrics;
  auto state = std::make_unique<State>(std::move(parts), std::move(options), std::move(spool));
  metrics.gauge(kSpoolBytes, [bytes = state->spool.bytes()] {
    return static_cast<double>(bytes->load(std::memory_order_relaxed));
  });
  return std::unique_ptr<History>(new History(std::move(state)));
}

void History::start() {
  async::asio::post(state_->parts.loop, [this] {
    if (!state_->stopping) {
      state_->tasks.spawn(state_->write());
      state_->tasks.spawn(state_->upload());
      state_->chores.spawn(state_->keep_house());
    }
  });
}

void History::stop() {
  if (std::exchange(state_->stopped, true)) {
    return;
  }
  state_->intake.close();
  async::run_blocking(state_->parts.loop, [this] { return state_->stop(); });
  state_->spool.stop();
}

void History::record(QueryEntry entry) noexcept {
  try {
    state_->index.add(entry);
  } catch (...) {
    state_->lost.fetch_add(1, std::memory_order_relaxed);
  }
  state_->push(std::move(entry));
}

void History::record(Click click) noexcept {
  state_->push(std::move(click));
}

async::Task<Result<Page>> History::newest(std::string ns, RecordKind kind, Selection selection,
                                          std::optional<Position> before, std::size_t limit) {
  co_return co_await state_->reader.newest(std::move(ns), kind, std::move(selection),
                                           std::move(before), limit);
}

async::Task<Result<ScanEnd>> History::scan(std::string ns, TimeRange range, ScanLimits limits,
                                           std::function<bool(const Stored&)> told) {
  co_return co_await state_->reader.scan(std::move(ns), range, limits, std::move(told));
}

std::optional<Reader::Recorded> History::find(std::string_view query_id) const {
  return state_->index.find(query_id);
}

async::Task<Result<PurgeCount>> History::purge(std::string ns, PurgeAsk ask) {
  LAYER_CO_TRY(co_await state_->flush());
  co_return co_await purge_segments(state_->parts.objects, state_->parts.pool, std::move(ns),
                                    std::move(ask));
}

async::Task<Result<void>> History::flush() {
  co_return co_await state_->flush();
}

async::Task<Result<void>> History::housekeep() {
  co_return co_await state_->housekeeper.turn();
}

async::Task<Result<std::uint64_t>> History::forget(std::string ns, std::int64_t until_ms) {
  state_->index.forget(ns);
  co_return co_await state_->spool.forget(std::move(ns), until_ms * kMsNs + kMsNs - 1);
}

}  // namespace layer::features::history
