#include "features/history/uploads.h"

#include <optional>

#include "async/fan_out.h"
#include "features/history/segment_text.h"

namespace layer::features::history {
namespace {

constexpr core::MetricSpec kFlushes{.name = "layer_history_flush_total",
                                    .kind = core::MetricKind::kCounter,
                                    .help = "uploads of search history segments",
                                    .labels = "status"};

}  // namespace

Uploads::Uploads(SpoolWriter& spool, objects::ObjectStore& objects, async::CpuPool& pool,
                 core::Metrics& metrics)
    : spool_(spool),
      objects_(objects),
      pool_(pool),
      ok_(metrics.sample(kFlushes, {"ok"})),
      failed_(metrics.sample(kFlushes, {"error"})) {}

async::Task<Result<void>> Uploads::one(SpoolWriter::Upload& upload) {
  LAYER_CO_ASSIGN(std::string packed,
                  co_await pool_.run([&] { return pack(upload.text.lines()); }));
  auto put = co_await objects_.put(upload.key, std::move(packed), objects::Condition::absent());
  // The name is this segment's alone: who has it already is an earlier try of the same upload.
  if (!put && put.error().code != ErrorCode::kConflict) {
    co_return std::unexpected(std::move(put).error());
  }
  co_return co_await spool_.done(upload.segment);
}

async::Task<Result<std::size_t>> Uploads::some() {
  LAYER_CO_ASSIGN(auto uploads, co_await spool_.take(kParallelPuts));
  std::optional<Error> error;
  std::size_t arrived = 0;
  const auto each = [&](std::size_t i) -> async::Task<> {
    auto done = co_await one(uploads[i]);
    if (done) {
      ok_.add();
      ++arrived;
      co_return;
    }
    failed_.add();
    error = std::move(done).error();
    static_cast<void>(co_await spool_.release(uploads[i].segment));
  };
  co_await async::fan_out(uploads.size(), kParallelPuts, each);
  if (error) {
    co_return std::unexpected(std::move(*error));
  }
  co_return arrived;
}

}  // namespace layer::features::history
