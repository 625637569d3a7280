// Every option of the server commands: the one place where a flag, its environment variables, its
// default, bounds and help stand. Thread safety: constant data.
#pragma once

#include <span>

#include "core/options.h"

namespace layer::app {

// Which command an option belongs to, as bits.
enum Role : unsigned { kStore = 1, kServe = 2, kUp = 4 };

std::span<const core::OptionSpec> option_table();
std::string_view role_name(Role role);

// docs/reference/options.md, made from the table.
std::string options_reference();

}  // namespace layer::app
