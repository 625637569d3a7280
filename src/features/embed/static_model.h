// A model without a server: the mean of its tokens' vectors, looked up in a table. Fewer dimensions
// than the table has are its first ones. Thread safety: as Model. Cost: some microseconds a text on
// the pool, a batch of texts a job.
#pragma once

#include <memory>

#include "async/cpu_pool.h"
#include "features/embed/model.h"
#include "features/embed/safetensors.h"
#include "features/embed/tokenizer.h"

namespace layer::features::embed {

class StaticModel final : public Model {
 public:
  // Reads `spec.path`: model.safetensors beside tokenizer.json or words.txt. Errors:
  // kInvalidArgument, kNotFound, kIo, with the file's name. Blocks on the disk. The pool outlives
  // the model.
  static Result<std::unique_ptr<StaticModel>> open(ModelSpec spec, async::CpuPool& pool);

  const ModelSpec& spec() const override { return spec_; }
  async::Task<Result<Vectors>> embed(ModelInput input, async::TimePoint deadline) override;
  std::size_t count_tokens(std::string_view text) const override;
  std::string_view state() const override { return "ready"; }

 private:
  StaticModel(ModelSpec spec, TensorTable table, Tokenizer tokenizer, async::CpuPool& pool)
      : spec_(std::move(spec)),
        table_(std::move(table)),
        tokenizer_(std::move(tokenizer)),
        pool_(pool) {}
  std::vector<float> vector_of(std::string_view text, std::uint32_t dims,
                               std::uint64_t& tokens) const;

  const ModelSpec spec_;
  const TensorTable table_;
  const Tokenizer tokenizer_;
  async::CpuPool& pool_;
};

}  // namespace layer::features::embed
