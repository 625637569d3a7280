// Members of a specification, read with errors that name them by their path.
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "json/document.h"

namespace layer::features::functions {

struct TextRule {
  std::size_t bytes_min = 1;
  std::size_t bytes_max = 128;
};
struct NumberRule {
  std::uint64_t min = 1;
  std::uint64_t max = 1;
};

// Errors of all: kValidation, "<path>: <what is expected>".
Result<std::string> read_text(const std::string& path, const json::Value& value, TextRule rule);
Result<std::uint64_t> read_number(const std::string& path, const json::Value& value,
                                  NumberRule rule);
// Without repetitions, at most `count_max`.
Result<std::vector<std::string>> read_names(const std::string& path, const json::Value& value,
                                            std::size_t count_max, TextRule rule);
// Repetitions are kept.
Result<std::vector<std::string>> read_words(const std::string& path, const json::Value& value,
                                            std::size_t count_max, TextRule rule);
Result<std::map<std::string, std::string>> read_labels(const std::string& path,
                                                       const json::Value& value,
                                                       std::size_t count_max, TextRule rule);
Result<json::Object> read_object(const std::string& path, const json::Value& value);

}  // namespace layer::features::functions
