#include "cli/ask_first.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

#include <fmt/format.h>

namespace layer::cli {

bool agreed(const Session& session, std::string_view question) {
  if (!session.flag("yes").empty()) {
    return true;
  }
  if (::isatty(STDIN_FILENO) != 1) {
    fmt::print(stderr, "layer: {} Say --yes where nobody can be asked.\n", question);
    return false;
  }
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "Y" || answer == "yes");
}

}  // namespace layer::cli
