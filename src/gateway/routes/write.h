// POST /v2/namespaces/{ns}: the write path (rules W1 to W7 of the contract). The body is taken
// apart, rows get their stamp and shard, the store is called once, and a write that succeeded gets
// its freshness token. What is no write of rows goes on as it came. Where documents are cached the
// rows it names are fenced meanwhile (cache_fence.h).
// Thread safety: as RouteHandler. Cost beside the store's: one pass over the body and one copy;
// bodies of more than a mebibyte are edited on the pool, larger ones than are held as they pass.
#pragma once

#include <optional>

#include "async/cpu_pool.h"
#include "core/clock.h"
#include "core/signer.h"
#include "features/embed/write_embedder.h"
#include "features/freshness/hybrid_clock.h"
#include "features/freshness/write_watch.h"
#include "features/functions/function_writes.h"
#include "features/writes/write_plan.h"
#include "gateway/cache_fence.h"
#include "gateway/copy_branch.h"
#include "gateway/namespace_settings.h"
#include "gateway/peeked_body.h"
#include "gateway/proxy.h"
#include "gateway/route_handler.h"

namespace layer::gateway {

class WriteRoute final : public RouteHandler {
 public:
  // All of them outlive the route.
  struct Parts {
    Proxy& proxy;
    Authenticator& auth;
    NamespaceSettingsSource& settings;
    features::freshness::HybridClock& hlc;
    const core::Clock& clock;
    const core::Signer& signer;
    async::CpuPool& pool;
    const CopyBranch* copies = nullptr;  // null: sources are named as their store knows them
    CacheParts cache{};
    features::freshness::WriteWatch* watch = nullptr;          // null: nobody watches
    features::embed::WriteEmbedder* embed = nullptr;           // null: no models are served
    features::functions::FunctionWrites* functions = nullptr;  // null: there are no functions
    core::Metrics* metrics = nullptr;                          // with functions
  };
  // Bodies up to the first limit are held while they are edited; no body may be larger than the
  // second once its content coding is undone.
  WriteRoute(Parts parts, PeekedBody::Limits limits) : parts_(parts), limits_(limits) {}

  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  // One write on its way.
  struct Write {
    Exchange& exchange;
    NamespaceSettings settings;
    features::freshness::Stamp stamp{};
    features::writes::Summary summary{};
    features::freshness::WriteInFlight in_flight{};
    bool reads_answer = false;
    std::vector<features::writes::TouchedRow> rows{};  // where functions wait for them
  };

  // A held body whose texts get their vectors first.
  async::Task<Result<store::Answer>> embedded(Write& write, PeekedBody& body);
  async::Task<Result<store::Answer>> held(Write& write, PeekedBody& body);
  async::Task<Result<store::Answer>> send_held(Write& write, PeekedBody& body,
                                               const features::writes::WritePlan& plan, bool ask);
  async::Task<Result<store::Answer>> streamed(Write& write, PeekedBody& body);
  void take_stamp(Write& write);
  // A refused write leaves rows as they were; any other end may have changed them.
  static void note_end(Write& write, int status);
  void add_token(const Write& write);
  void watch_functions(Write& write) const;
  // Rows wait for the functions that are triggered by writes. What fails is counted: the next sweep
  // finds them.
  async::Task<> tell_functions(Write& write);
  cache::CachedNamespace cached(const Write& write) const;
  // Settles the fence of a write whose body was held.
  async::Task<> settle(Write& write, CacheFence& fence, const features::writes::WritePlan& plan,
                       bool asked, Result<store::Answer>& answer);

  Parts parts_;
  const PeekedBody::Limits limits_;
};

}  // namespace layer::gateway
