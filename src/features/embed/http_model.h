// A model behind an OpenAI-compatible endpoint: POST {url}/v1/embeddings. Texts go in batches, so
// many calls at once as the models file says, over all loops. Answers 429 and 503 are asked again
// twice, after as long as they say, while the deadline allows.
// Thread safety: as Model, on the loops it was made with. Calls end before it goes; loops outlive
// it.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "async/loops.h"
#include "core/secret.h"
#include "features/embed/model.h"
#include "features/embed/slots.h"
#include "http/client.h"

namespace layer::features::embed {

inline constexpr int kModelRetriesMax = 2;
inline constexpr async::Duration kModelRetryDelay = std::chrono::milliseconds(100);
inline constexpr int kModelRetryFactor = 4;

class HttpModel final : public Model {
 public:
  // Opens no connection. An empty key: no Authorization is sent. Errors: kInvalidArgument (url).
  static Result<std::unique_ptr<HttpModel>> make(ModelSpec spec, core::Secret api_key,
                                                 async::Loops& loops);
  ~HttpModel() override;

  const ModelSpec& spec() const override { return spec_; }
  async::Task<Result<Vectors>> embed(ModelInput input, async::TimePoint deadline) override;
  std::string_view state() const override { return failing_ ? "failing" : "ready"; }

 private:
  struct Lane {
    async::Loop* loop;
    std::unique_ptr<http::Client> client;
  };
  struct Answer {
    int status = 0;
    http::Headers headers;
    std::string body;
  };
  HttpModel(ModelSpec spec, http::BaseUrl base, core::Secret api_key);
  http::Client* client_on(const async::Executor& executor) const;
  // One batch, asked again where that may help.
  async::Task<Result<Vectors>> ask(std::string body, std::size_t count, std::uint32_t dims,
                                   async::TimePoint deadline);
  async::Task<Result<Answer>> once(const std::string& body, std::size_t answer_bytes_max,
                                   async::TimePoint deadline);
  Error refused(const Answer& answer) const;

  const ModelSpec spec_;
  const http::BaseUrl base_;
  const core::Secret authorization_;
  Slots slots_;
  std::vector<Lane> lanes_;
  std::atomic<bool> failing_{false};
};

}  // namespace layer::features::embed
