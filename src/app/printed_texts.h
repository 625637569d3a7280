// Texts that are made from the tables in this binary: verbs that print them, and the files that
// hold them. Thread safety: constant data.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace layer::app {

struct PrintedText {
  std::string_view group;  // "api": the verb is "<group> <leaf>"
  std::string_view group_help;
  std::string_view leaf;
  std::string_view help;
  std::string (*print)();
  std::string (*markdown)() = nullptr;  // what --markdown prints, where there is such a page
};

std::span<const PrintedText> printed_texts();

}  // namespace layer::app
