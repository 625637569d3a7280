// Text to vectors, where the gateway serves a model (rule 3.19 of the contract). Thread safety: any
// loop, concurrently.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "async/task.h"
#include "core/error.h"

namespace layer::features::embed {

// What ["Embed", text, {model?, field?}] asks for.
struct QueryText {
  std::string ns;     // logical name
  std::string field;  // the attribute that the expression ranks by, or names
  std::string text;
  std::string model{};  // empty: the one of the field's profile
};

struct QueryVector {
  std::vector<float> values;
  std::string attribute;  // the column to search: the target of the profile, or the field itself
  std::string model;
  std::uint64_t tokens = 0;
  bool stale_profile = false;  // the profile is not confirmed yet: a warning
};

class Embedder {
 public:
  virtual ~Embedder() = default;
  // Makes sure that serves() knows the namespace; await it before. Never fails.
  virtual async::Task<> prepare(std::string ns) {
    (void)ns;
    co_return;
  }
  // Whether the gateway serves this field; otherwise the expression goes to the store as it is.
  // Answers from memory.
  virtual bool serves(std::string_view ns, std::string_view field, std::string_view model) = 0;
  // Errors: kValidation, kFeatureUnavailable (reason "model"), kServiceUnavailable, kRateLimited.
  virtual async::Task<Result<QueryVector>> embed(QueryText text, async::TimePoint deadline) = 0;
};

// A deployment without models.
class NoEmbedder final : public Embedder {
 public:
  bool serves(std::string_view, std::string_view, std::string_view) override { return false; }
  async::Task<Result<QueryVector>> embed(QueryText, async::TimePoint) override {
    co_return std::unexpected(Error{
        .code = ErrorCode::kFeatureUnavailable,
        .message = "this deployment serves no embedding models; start it with --models",
        .fields = {{.name = "feature", .value = "embed"}, {.name = "reason", .value = "model"}}});
  }
};

}  // namespace layer::features::embed
