// Certificates, and what is read of whole namespaces (rules H10, H11, H13).
#include <algorithm>
#include <utility>

#include "cache/cache_keys.h"
#include "cache/fenced_cache.h"

namespace layer::cache {
namespace {

Put certificate_put(const CachedNamespace& ns, const CertificateRecord& record,
                    std::optional<std::uint64_t> version) {
  Put put{.key = certificate_key(ns.store),
          .condition = version ? Condition::matches(*version) : Condition::absent()};
  put.bins[static_cast<std::size_t>(Bin::kHead)] =
      std::make_shared<const std::string>(encode(record));
  return put;
}

bool done(const Result<std::vector<PutOutcome>>& outcomes) {
  return outcomes && (*outcomes)[0].kind == PutOutcome::Kind::kDone;
}

}  // namespace

async::Task<std::optional<WarmTicket>> FencedCache::begin_warm(CachedNamespace ns) {
  const Membership::View view = core_.members.view();
  if (!view.usable) {
    co_return std::nullopt;
  }
  const auto losses = co_await core_.store.losses(core_.documents(ns));
  const auto state = co_await core_.fences.read(ns);
  if (!losses || !state) {
    co_return std::nullopt;
  }
  // Rows put from now on are kept for the certificate to come.
  const CertificateRecord record{.certificate = {.epoch = view.epoch,
                                                 .generation = state->fence.generation,
                                                 .gateway = core_.options.gateway_number},
                                 .warming = true};
  const auto put = co_await core_.store.put(
      fences_set(ns.ns), {certificate_put(ns, record, state->certificate_version)});
  if (!done(put)) {
    co_return std::nullopt;
  }
  co_return WarmTicket{.epoch = view.epoch,
                       .generation = state->fence.generation,
                       .fill_epoch = state->fence.fill_epoch,
                       .losses = *losses};
}

async::Task<bool> FencedCache::certify(CachedNamespace ns, WarmTicket ticket, std::uint64_t rows,
                                       std::int64_t watermark_ms) {
  const Membership::View view = core_.members.view();
  const auto losses = co_await core_.store.losses(core_.documents(ns));
  const auto state = co_await core_.fences.read(ns);
  if (!view.usable || !losses || !state || view.epoch != ticket.epoch ||
      state->fence.generation != ticket.generation || *losses != ticket.losses ||
      !state->keeps(view.epoch)) {
    co_return false;
  }
  const CertificateRecord record{.certificate = {.epoch = ticket.epoch,
                                                 .generation = ticket.generation,
                                                 .watermark_ms = watermark_ms,
                                                 .warmed_at_ms = core_.clock.wall_ms(),
                                                 .rows = rows,
                                                 .losses = *losses,
                                                 .gateway = core_.options.gateway_number,
                                                 .certified = ns.writers_gateway_only}};
  co_return done(co_await core_.store.put(
      fences_set(ns.ns), {certificate_put(ns, record, state->certificate_version)}));
}

async::Task<bool> FencedCache::renew(CachedNamespace ns, std::int64_t watermark_ms) {
  const Membership::View view = core_.members.view();
  const auto state = co_await core_.fences.read(ns);
  if (!view.usable || !state || !co_await certified(ns, *state, view.epoch)) {
    co_return false;
  }
  CertificateRecord record = *state->certificate;
  record.certificate.watermark_ms = std::max(record.certificate.watermark_ms, watermark_ms);
  co_return done(co_await core_.store.put(
      fences_set(ns.ns), {certificate_put(ns, record, state->certificate_version)}));
}

async::Task<std::optional<Certificate>> FencedCache::certificate(CachedNamespace ns) {
  const Membership::View view = core_.members.view();
  const auto state = co_await core_.fences.read(ns);
  if (!view.usable || !state || !co_await certified(ns, *state, view.epoch)) {
    co_return std::nullopt;
  }
  co_return state->certificate->certificate;
}

// The losses of a shared store are counted by each process for itself, so only the gateway that
// issued a certificate can tell that nothing was lost since.
async::Task<bool> FencedCache::certified(const CachedNamespace& ns, const NamespaceState& state,
                                         std::uint64_t epoch) {
  if (!state.keeps(epoch) || state.certificate->warming) {
    co_return false;
  }
  const Certificate& certificate = state.certificate->certificate;
  const auto losses = co_await core_.store.losses(core_.documents(ns));
  if (!losses || certificate.gateway != core_.options.gateway_number) {
    co_return false;
  }
  if (*losses != certificate.losses) {
    co_await revoke(ns);
    co_return false;
  }
  co_return true;
}

async::Task<> FencedCache::revoke(CachedNamespace ns) {
  // Not reached: it stands until the cache is, and this gateway reads nothing of it till then.
  (void)co_await core_.store.remove(fences_set(ns.ns), {certificate_key(ns.store)});
}

async::Task<Result<CachedPage>> FencedCache::scan(CachedNamespace ns, std::string cursor,
                                                  std::size_t limit) {
  const Membership::View view = core_.members.view();
  if (!view.usable) {
    co_return fail(ErrorCode::kUnavailable, "the cache is not usable now");
  }
  LAYER_CO_ASSIGN(const auto state, co_await core_.fences.read(ns));
  LAYER_CO_ASSIGN(auto page, co_await core_.store.scan(core_.documents(ns), std::move(cursor),
                                                       limit, kRowBins));
  const std::int64_t now = core_.clock.wall_ms();
  const bool kept = state.keeps(view.epoch) && !state.certificate->warming;
  CachedPage out{.rows = {}, .cursor = std::move(page.cursor)};
  out.rows.reserve(page.records.size());
  for (const ScannedRecord& scanned : page.records) {
    const auto id = id_of_key(ns.store, scanned.key);
    if (!id) {
      continue;
    }
    RowRecord row = read_row(scanned.record, true);
    if (row.damaged) {
      core_.note_damage("documents", scanned.key);
    }
    const bool good = row.servable(view.epoch, state.fence.generation, now, kept);
    if (good && row.head.state == RowState::kAbsent) {
      continue;
    }
    out.rows.push_back({.id = *id, .row = good ? std::move(row.body) : nullptr});
  }
  co_return out;
}

async::Task<Result<std::uint64_t>> FencedCache::count(CachedNamespace ns) {
  const Membership::View view = core_.members.view();
  LAYER_CO_ASSIGN(const auto state, co_await core_.fences.read(ns));
  const bool kept = state.keeps(view.epoch) && !state.certificate->warming;
  std::uint64_t rows = 0;
  std::string cursor;
  do {
    LAYER_CO_ASSIGN(auto page,
                    co_await core_.store.scan(core_.documents(ns), cursor, kBatchMax, kHeadBin));
    const std::int64_t now = core_.clock.wall_ms();
    for (const ScannedRecord& scanned : page.records) {
      const RowRecord row = read_row(scanned.record, false);
      if (id_of_key(ns.store, scanned.key) && row.head.state == RowState::kPresent &&
          row.servable(view.epoch, state.fence.generation, now, kept)) {
        ++rows;
      }
    }
    cursor = std::move(page.cursor);
  } while (!cursor.empty());
  co_return rows;
}

}  // namespace layer::cache
