// Collects the mistakes of one object while it is looked at. Thread safety: one thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "resources/mistake.h"
#include "resources/node.h"

namespace layer::resources {

class Report {
 public:
  // `object` is "Index/films". Mistakes beyond limits::mistakes_per_file_max of `out` are dropped.
  Report(std::string file, std::string object, Mistakes& out)
      : file_(std::move(file)), object_(std::move(object)), out_(out) {}

  void add(Position at, std::string path, std::string message, std::string hint = {},
           std::string reason = "SchemaInvalid");
  // At the place of `path` below `spec`, or of what holds it when it was not written.
  void add_at(const Node& spec, std::string_view path, std::string message, std::string hint = {},
              std::string reason = "SchemaInvalid");

 private:
  std::string file_;
  std::string object_;
  Mistakes& out_;
};

// The known word nearest to `word`, or empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string_view>& known);
// "did you mean 'x'?" for the nearest, else "known are a, b, c" when there are few, else empty.
std::string suggest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace layer::resources
