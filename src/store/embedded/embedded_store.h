// The engine in this process as a store: requests run on a pool named "engine", never on a loop.
// Bodies are read, unpacked and packed here, so an answer is byte for byte what `layer store`
// sends. Thread safety: as VectorStore. What Parts refers to outlives the store.
#pragma once

#include <cstddef>
#include <cstdint>
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
  // expected). A caller that is cancelled while its call waits gets 503 and the call is not run;
  // a call that has begun runs to its end.
  async::Task<Result<Answer>> send(Call call) override;

  std::string_view name() const override { return parts_.name; }
  std::string_view kind() const override { return "embedded"; }
  const Capabilities& capabilities() const override { return capabilities_; }
  StoreStatus status() const override;

 private:
  async::Task<Result<std::string>> read_body(Call& call);
  async::Task<wire::Response> run(wire::Request request);
  async::Task<> pack(const http::Headers& asked, Answer& answer);

  Parts parts_;
  Capabilities capabilities_;
};

// The answer of the wire to a failure nobody expected.
wire::Response unknown_error();
// The answer when the queue is full: 429, retry-after-ms.
wire::Response busy();

}  // namespace layer::store
