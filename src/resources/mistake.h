// One thing wrong with a text of resources, with its place. Thread safety: plain values.
#pragma once

#include <string>
#include <vector>

#include "resources/position.h"

namespace layer::resources {

struct Mistake {
  Origin origin;
  std::string object;  // "Index/films"; empty when the file itself is at fault
  std::string path;    // "spec.backend.storeRef"; empty for the object as a whole
  std::string message;
  std::string hint;                      // what to do about it; may be empty
  std::string reason = "SchemaInvalid";  // of the condition Accepted that it makes False
  bool operator==(const Mistake&) const = default;
};

using Mistakes = std::vector<Mistake>;

// "index.yaml:3:7: Index/films: spec.scan.threads: found 0, expected ...; hint".
std::string to_string(const Mistake& mistake);

}  // namespace layer::resources
