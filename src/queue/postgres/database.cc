#include "queue/postgres/database.h"

#include "async/run.h"
#include "queue/postgres/migrations.h"

namespace layer::queue::postgres {
namespace {

const core::MetricSpec kConnections{
    .name = "layer_pg_pool_connections",
    .kind = core::MetricKind::kGauge,
    .help = "connections to the queue database, and operations that wait for one",
    .labels = "state"};

}  // namespace

Database::Database(async::Loop& loop, DatabaseOptions options, core::Metrics* metrics)
    : loop_(loop),
      options_(std::move(options)),
      data_(loop, options_.connection, options_.data_max),
      control_(loop, options_.connection, options_.control_max),
      idle_(loop.get_executor(), async::TimePoint::max()) {
  if (metrics != nullptr) {
    declare(*metrics);
  }
}

void Database::declare(core::Metrics& metrics) {
  const auto read = [this](std::atomic<std::size_t> Gauges::* which) {
    return [gauges = gauges_, which] {
      return static_cast<double>((*gauges.*which).load(std::memory_order_relaxed));
    };
  };
  metrics.gauge(kConnections, {"idle"}, read(&Gauges::idle));
  metrics.gauge(kConnections, {"used"}, read(&Gauges::used));
  metrics.gauge(kConnections, {"waiting"}, read(&Gauges::waiting));
}

void Database::measure() {
  const Pool::Counts data = data_.counts();
  const Pool::Counts control = control_.counts();
  gauges_->idle.store(data.idle + control.idle, std::memory_order_relaxed);
  gauges_->used.store(data.used + control.used, std::memory_order_relaxed);
  gauges_->waiting.store(data.waiting + control.waiting, std::memory_order_relaxed);
}

Result<void> Database::open() {
  return async::run_blocking(loop_, [this]() -> async::Task<Result<void>> {
    const Use use(*this);
    const auto deadline = async::SteadyClock::now() + options_.operation_max;
    LAYER_CO_ASSIGN(const Pool::Lease lease, co_await data_.acquire(deadline));
    co_return co_await bounded(deadline, make_ready(*lease));
  });
}

async::Task<Result<void>> Database::make_ready(Connection& connection) {
  LAYER_CO_ASSIGN(std::string instance, co_await migrate(connection, options_.connection.schema));
  if (options_.admit) {
    LAYER_CO_TRY(co_await options_.admit(instance));
  }
  const std::lock_guard lock(mutex_);
  instance_ = std::move(instance);
  migrated_ = true;
  co_return Result<void>{};
}

async::Task<Result<void>> Database::prepare(Connection& connection) {
  if (migrated_) {
    co_return Result<void>{};
  }
  if (auto ready = co_await make_ready(connection); !ready) {
    co_return fail(ErrorCode::kUnavailable, std::move(ready).error().message);
  }
  co_return Result<void>{};
}

std::string Database::instance() const {
  const std::lock_guard lock(mutex_);
  return instance_;
}

void Database::stop() {
  async::run_blocking(loop_, [this]() -> async::Task<> {
    data_.stop();
    control_.stop();
    while (uses_ > 0) {
      idle_.expires_at(async::TimePoint::max());
      co_await idle_.async_wait(async::kToken);
    }
  });
}

}  // namespace layer::queue::postgres
