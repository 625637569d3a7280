// POST /v2/namespaces/{ns}/documents: many rows by their ids. Thread safety: as RouteHandler.
#pragma once

#include "async/cpu_pool.h"
#include "core/limits.h"
#include "gateway/route_handler.h"
#include "gateway/routes/document_source.h"

namespace layer::gateway {

// 10,000 ids of 64 bytes, each byte written as an escape, take less than half of it.
inline constexpr std::size_t kFetchBodyBytesMax = 8 * core::limits::kMiB;

class DocumentBatch final : public RouteHandler {
 public:
  // Both outlive the route. Large bodies and answers are read and printed on the pool.
  DocumentBatch(DocumentSource& source, async::CpuPool& pool) : source_(source), pool_(pool) {}
  async::Task<Result<http::Response>> handle(Exchange& exchange) override;

 private:
  DocumentSource& source_;
  async::CpuPool& pool_;
};

}  // namespace layer::gateway
