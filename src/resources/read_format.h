// The two readers behind read_text.h. Both give the same tree with the same rules: unique names,
// bounded depth and size. Thread safety: pure functions; exceptions of the YAML library end here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resources/node.h"

namespace layer::resources {

struct Fault {
  Position at;
  std::string message;
  std::string hint;
};

struct Parsed {
  std::vector<Node> roots;
  std::vector<Fault> faults;
};

// `lines_before` is added to every line.
Parsed read_yaml(std::string_view text, std::size_t lines_before);
Parsed read_json(std::string_view text);

}  // namespace layer::resources
