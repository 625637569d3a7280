// The exchanges that `layer parity` replays: the golden cases of the store's wire (tests/wire),
// which travel in the binary, so that the tests and a user's store are asked the very same things.
// Thread safety: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace layer::cli {

struct ParityExchange {
  std::size_t line = 0;
  std::string method;
  std::string target;  // with $ns, $ns2, $ns3 in place of names
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};  // with the same placeholders
};

struct ParityCase {
  std::string file;
  std::string name;
  std::vector<ParityExchange> exchanges{};
};

// The cases of one file; what the golden case expects is left out, because the store says what is
// right. The format is described in tests/wire/case_file.py.
std::vector<ParityCase> read_parity_cases(std::string_view file, std::string_view text);

// File name and text of each embedded case file, in the order of their names.
std::span<const std::pair<std::string_view, std::string_view>> embedded_case_files();
std::vector<ParityCase> embedded_parity_cases();

// `text` with $ns3, $ns2 and $ns replaced by "<stem>-ns3", "<stem>-ns2" and "<stem>-ns".
std::string with_names(std::string_view text, std::string_view stem);

}  // namespace layer::cli
