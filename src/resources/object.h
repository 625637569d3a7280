// A resource as the catalog holds it: who it is, whether it was accepted, and its typed spec.
// Thread safety: values; what they share is immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "resources/kinds.h"
#include "resources/position.h"

namespace layer::resources {

struct Metadata {
  std::string name;
  Labels labels;
  Labels annotations;
  std::uint64_t generation = 0;      // +1 whenever the spec changes
  std::uint64_t creation_order = 0;  // an object created later has a larger one
};

// The condition Accepted as the source decided it.
struct Verdict {
  bool accepted = true;
  std::string reason = "SchemaValid";
  std::string message;
  bool operator==(const Verdict&) const = default;
};

// What every kind has.
struct Resource {
  Kind kind = Kind::kVectorStore;
  Metadata metadata;
  Origin origin;
  Verdict verdict;
  // The generation the spec below belongs to: it lags behind metadata.generation while a newer text
  // is refused.
  std::uint64_t observed_generation = 0;
  // Acts on the program. A refused object with an earlier accepted spec stays in force with that
  // one (a typing error must not send a namespace to another store); a duplicate never is.
  bool in_force = false;
  // The last accepted spec as JSON with its defaults; null when there never was one.
  std::shared_ptr<const std::string> spec_json;
  // Where its conditions are kept (status.h).
  std::string status_key;
};

template <class Spec>
struct Object : Resource {
  // The last accepted spec; null when there never was one. Never null while in force.
  std::shared_ptr<const Spec> spec;
};

}  // namespace layer::resources
