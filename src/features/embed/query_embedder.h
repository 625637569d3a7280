// The Embedder of a gateway with models (rule EM9 of the contract). Thread safety: as Embedder.
#pragma once

#include "features/embed/compute.h"
#include "features/embed/embedder.h"
#include "features/embed/models.h"
#include "features/embed/profile_store.h"

namespace layer::features::embed {

class QueryEmbedder final : public Embedder {
 public:
  // All of it outlives the embedder.
  QueryEmbedder(const Models& models, ProfileStore& profiles, Compute& compute)
      : models_(models), profiles_(profiles), compute_(compute) {}

  async::Task<> prepare(std::string ns) override;
  bool serves(std::string_view ns, std::string_view field, std::string_view model) override;
  async::Task<Result<QueryVector>> embed(QueryText text, async::TimePoint deadline) override;

 private:
  const Models& models_;
  ProfileStore& profiles_;
  Compute& compute_;
};

}  // namespace layer::features::embed
