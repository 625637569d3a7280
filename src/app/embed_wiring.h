// The embedding models of a gateway, wired: what --models names, the vectors kept, the profiles of
// namespaces. Thread safety: the parts as their headers say; open() from the owner's thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/machine.h"
#include "app/serving.h"
#include "features/embed/query_embedder.h"
#include "features/embed/write_embedder.h"
#include "objects/object_store.h"

namespace layer::app {

// What the options --models and --embed-cache-* say. Adds what is wrong with the file to `faults`.
EmbedConfig read_embed_config(const core::OptionValues& values, std::vector<Error>& faults);

class EmbedWiring {
 public:
  // Opens the tables of static models. The arguments outlive the wiring.
  static Started<std::unique_ptr<EmbedWiring>> open(const Config& config, Machine& machine,
                                                    objects::ObjectStore& objects);
  EmbedWiring(const EmbedWiring&) = delete;
  EmbedWiring& operator=(const EmbedWiring&) = delete;

  const features::embed::Models& models() const { return models_; }
  // For queries; without models it says so.
  features::embed::Embedder& queries();
  // For writes. Null: no models are served.
  features::embed::WriteEmbedder* writes() { return models_.empty() ? nullptr : &writes_; }
  // The namespace was deleted, or another gateway changed what is known of it.
  void forget(std::string_view ns) { profiles_.forget(ns); }

 private:
  EmbedWiring(const Config& config, Machine& machine, objects::ObjectStore& objects,
              features::embed::Models models);

  const features::embed::Models models_;
  features::embed::VectorCache cache_;
  features::embed::Compute compute_;
  features::embed::ProfileStore profiles_;
  features::embed::QueryEmbedder queries_;
  features::embed::NoEmbedder none_;
  features::embed::WriteEmbedder writes_;
};

}  // namespace layer::app
