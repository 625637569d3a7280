// Vectors of texts: from the cache, from somebody who computes the same at this moment, or from the
// model, whose calls it counts. Thread safety: any loop, concurrently.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "async/flights.h"
#include "core/metrics.h"
#include "features/embed/model.h"
#include "features/embed/vector_cache.h"

namespace layer::features::embed {

struct ComputeAsk {
  Model* model = nullptr;
  std::uint32_t dims = 0;
  std::string revision{};     // tells apart vectors of one name
  std::string instruction{};  // stands before each text, the model's prefix included
  std::vector<std::string> texts{};
  std::string_view ns{};  // for the metrics; outlives the call
  std::string_view store_kind{};
};

struct Computed {
  std::vector<VectorPtr> vectors;  // of the texts, none null
  std::uint64_t tokens = 0;        // that a model read for it
  std::chrono::microseconds took{};
};

class Compute {
 public:
  // All of it outlives this.
  Compute(VectorCache& cache, core::Metrics& metrics, const core::Clock& clock)
      : cache_(cache), metrics_(metrics), clock_(clock) {}

  // Errors: those of Model::embed.
  async::Task<Result<Computed>> run(ComputeAsk ask, async::TimePoint deadline);

 private:
  using Outcome = Result<VectorPtr>;
  struct Need;
  async::Task<Result<void>> lead(const ComputeAsk& ask, std::vector<Need>& needs,
                                 async::Flights<Outcome>::Party& party, std::uint64_t& tokens,
                                 async::TimePoint deadline);
  void count(const ComputeAsk& ask, const Result<Vectors>& outcome,
             std::chrono::steady_clock::duration took);

  VectorCache& cache_;
  core::Metrics& metrics_;
  const core::Clock& clock_;
  async::Flights<Outcome> flights_;
};

}  // namespace layer::features::embed
