// The tree of commands as data, for help, parsing and shell completion. Thread safety: values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace layer::app {

struct CommandInfo {
  std::string path;  // "store", "ns list"
  std::string help;
  std::vector<std::string> flags{};  // without "--"
};

std::vector<CommandInfo> all_commands();

// A completion script for `shell` (bash, zsh, fish); empty for another shell.
std::string completion_script(std::string_view shell);

}  // namespace layer::app
