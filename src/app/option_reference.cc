// The option table as a page for people.
#include <string>

#include <fmt/format.h>

#include "app/option_table.h"

namespace layer::app {
namespace {

std::string roles_text(unsigned roles) {
  std::string text;
  for (const Role role : {kStore, kServe, kUp}) {
    if ((roles & role) != 0) {
      text += text.empty() ? "" : ", ";
      text += role_name(role);
    }
  }
  return text;
}

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case kStore:
      return "store";
    case kServe:
      return "serve";
    case kUp:
      return "up";
  }
  return {};
}

std::string options_reference() {
  std::string out =
      "# Options\n\n"
      "Made by `layer config reference` from `src/app/option_table.cc`; do not edit.\n\n"
      "Precedence: flag, environment variable, file (`--config FILE`, YAML whose keys are the "
      "flag\n"
      "names), default. All faults are printed together and the exit code is 2.\n"
      "`layer config print --explain` shows each value and where it came from.\n\n"
      "| Flag | Commands | Environment | Default | Bounds | Meaning |\n"
      "|---|---|---|---|---|---|\n";
  for (const core::OptionSpec& spec : option_table()) {
    std::string variables;
    for (const auto word : core::split_words(spec.env)) {
      variables += fmt::format("{}`{}`", variables.empty() ? "" : ", ", word);
    }
    const std::string bounds =
        spec.choices.empty() ? core::describe_bounds(spec) : std::string(spec.choices);
    fmt::format_to(std::back_inserter(out), "| `--{}` | {} | {} | {} | {} | {} |\n", spec.name,
                   roles_text(spec.roles), variables,
                   spec.default_value.empty() ? "" : fmt::format("`{}`", spec.default_value),
                   bounds, spec.help);
  }
  return out;
}

}  // namespace layer::app
