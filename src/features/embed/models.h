// The models that this gateway serves, by name. Thread safety: made at start, read-only afterwards.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "async/cpu_pool.h"
#include "async/loops.h"
#include "core/secret.h"
#include "features/embed/model.h"

namespace layer::features::embed {

class Models {
 public:
  // What an http model's key is.
  using FindSecret = std::function<Result<core::Secret>(const ModelSpec::SecretName& name)>;
  struct Parts {
    async::CpuPool& pool;
    async::Loops& loops;
    FindSecret find_secret;
  };
  Models() = default;
  explicit Models(std::vector<std::unique_ptr<Model>> models) : models_(std::move(models)) {}

  // Opens tables, blocking on the disk; connects to nothing. Errors: everything that is wrong, each
  // with the model's name.
  static std::expected<Models, std::vector<Error>> open(std::vector<ModelSpec> specs,
                                                        const Parts& parts);

  // Null: none of that name.
  Model* find(std::string_view name) const;
  const std::vector<std::unique_ptr<Model>>& all() const { return models_; }
  bool empty() const { return models_.empty(); }

 private:
  std::vector<std::unique_ptr<Model>> models_;
};

// {"models":[{"name","kind","dims","state","max_tokens","modality"}]}
std::string print_models(const Models& models);

}  // namespace layer::features::embed
