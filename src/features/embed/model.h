// A model that turns texts into vectors, whatever computes it. Thread safety: any loop,
// concurrently.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "core/error.h"
#include "features/embed/model_spec.h"

namespace layer::features::embed {

struct Vectors {
  // In the order of the texts. An empty one: the model knows nothing of that text.
  std::vector<std::vector<float>> rows{};
  std::uint64_t tokens = 0;
};

// What a model is asked.
struct ModelInput {
  std::vector<std::string> texts{};  // as the model shall read them, prefixes included
  std::uint32_t dims = 0;            // 1 to the model's own
};

class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelSpec& spec() const = 0;
  // Errors: kServiceUnavailable (it is down), kRateLimited (both with "retry_after_ms" where it is
  // known), kUpstream (an answer nobody can use), kGatewayTimeout, kCancelled.
  virtual async::Task<Result<Vectors>> embed(ModelInput input, async::TimePoint deadline) = 0;
  // How many tokens it would make of a text, roughly. A model that cannot say counts one for each
  // started four bytes. Cost: linear in the text.
  virtual std::size_t count_tokens(std::string_view text) const { return (text.size() + 3) / 4; }
  // "ready", or "failing" when the last call failed.
  virtual std::string_view state() const = 0;
};

}  // namespace layer::features::embed
