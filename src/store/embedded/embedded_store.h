// The engine in this process as a store: requests run on a pool named "engine", never on a loop.
// Bodies are read, unpacked and packed here, so an answer is byte for byte what `layer store`
// sends. Thread safety: as VectorStore. What Parts refers to outlives the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "async/cpu_pool.h"
#include "core/log.h"
#include "engine/engine.h"
#include "store/vector_store.h"
#include "wire/exchange.h"

namespace layer::store {

class EmbeddedStore final : public VectorStore {
 public:
  struct Parts {
    engine::Engine& engine;
    async::CpuPool& engine_pool;
    async::CpuPool& codec_pool;  // packs and unpacks large bodies
    core::Logger& log;
    std::uint64_t body_bytes_max;  // before and after decompression
    std::string name = "default";
  };
  explicit EmbeddedStore(Parts parts);

  // Never fails but for the request's body: kPayloadTooLarge, kUnsupportedMediaType,
  // kInvalidArgument (not gzip) and what the stream itself failed with. What goes wrong in the
  // engine is an answer of the wire (429 with retry-after-ms when it is busy, 500 for what nobody
  // expected), except for callers who stop waiting: kGatewayTimeout at the call's deadline,
  // kCancelled when they leave. A call that has not begun by then is not run; one that has runs to
  // its end, unseen.
  async::Task<Result<Answer>> send(Call call) override;

  std::string_view name() const override { return parts_.name; }
  std::string_view kind() const override { return "embedded"; }
  const Capabilities& capabilities() const override { return capabilities_; }
  StoreStatus status() const override;

 private:
  async::Task<Result<std::string>> read_body(Call& call);
  struct Run;
  static async::Task<> carry_out(std::shared_ptr<Run> run);
  async::Task<Result<wire::Response>> run(wire::Request request, const Call& call);
  async::Task<> pack(const http::Headers& asked, Answer& answer);

  Parts parts_;
  Capabilities capabilities_;
};

// The answer of the wire to a failure nobody expected.
wire::Response unknown_error();
// The answer when the queue is full: 429, retry-after-ms.
wire::Response busy();

}  // namespace layer::store
