// Test cases as data: anyone adds one by writing text. A file holds cases of this form:
//
//     # a comment
//     -- what the case promises
//     the input, over any number of lines
//     => what comes of it, over any number of lines
//
// Blank lines around input and outcome do not count. Thread safety: free functions.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>
#include "testing/source_dir.h"

namespace layer::testing {

struct Case {
  std::string where;  // file:line, for messages
  std::string name;
  std::string input;
  std::string outcome;
};

inline std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) {
    return {};
  }
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

inline std::vector<Case> read_case_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Case> cases;
  std::string* part = nullptr;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with('#')) {
      continue;
    }
    if (line.starts_with("-- ")) {
      cases.push_back({.where = path.filename().string() + ":" + std::to_string(number),
                       .name = line.substr(3),
                       .input = {},
                       .outcome = {}});
      part = &cases.back().input;
      continue;
    }
    if (part != nullptr && line.starts_with("=> ")) {
      part = &cases.back().outcome;
      line.erase(0, 3);
    }
    if (part != nullptr) {
      *part += line;
      *part += '\n';
    }
  }
  for (Case& each : cases) {
    each.input = trimmed(each.input);
    each.outcome = trimmed(each.outcome);
  }
  return cases;
}

// Every case of tests/cases/<folder>/*.txt, files in the order of their names.
inline std::vector<Case> load_cases(std::string_view folder) {
  const auto root = source_dir() / "tests" / "cases" / folder;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Case> cases;
  for (const auto& file : files) {
    for (Case& each : read_case_file(file)) {
      cases.push_back(std::move(each));
    }
  }
  return cases;
}

}  // namespace layer::testing
