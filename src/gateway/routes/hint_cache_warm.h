// GET /v1/namespaces/{ns}/hint_cache_warm: without parameters of the gateway's own the store's hint
// and nothing else; with any of them every layer of caching is asked, and each tells what came of
// it. Thread safety: as RouteHandler.
#pragma once

#include <optional>
#include <string>

#include "features/blobs/blobs.h"
#include "features/snapshots/snapshot_store.h"
#include "features/warm/warm_service.h"
#include "gateway/auth/passthrough_verifier.h"
#include "gateway/proxy.h"
#include "json/writer.h"

namespace layer::gateway {

class HintCacheWarm final : public RouteHandler {
 public:
  // All of it outlives the handler.
  struct Parts {
    features::warm::WarmService& service;
    const features::warm::PlaceFinder& places;
    features::blobs::Blobs& blobs;
    async::CpuPool& pool;
    Proxy& proxy;
    PassthroughVerifier& verifier;
    const core::Clock& clock;
    features::snapshots::SnapshotStore* snapshots = nullptr;  // null: there are none
  };
  explicit HintCacheWarm(Parts parts) : parts_(parts) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  struct Ask {
    bool store = true;
    bool documents = true;
    bool snapshots = true;
    bool blobs = false;
    std::uint64_t blob_budget_bytes = 0;
    features::warm::WarmParams params{};
  };
  static Result<Ask> read_ask(std::string_view query);
  async::Task<Result<http::Response>> run(Exchange& exchange, const Ask& ask);
  // Reads the latest snapshot into memory.
  async::Task<Result<void>> warm_snapshot(std::string ns, json::Writer& out);
  async::Task<Result<void>> warm_blobs(const Exchange& exchange, const Ask& ask, json::Writer& out);

  Parts parts_;
};

}  // namespace layer::gateway
