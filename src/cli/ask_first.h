// Asking before something is changed for good. Thread safety: one thread.
#pragma once

#include <string_view>

#include "cli/session.h"

namespace layer::cli {

// True with --yes, and when whoever sits at the terminal says so. Without a terminal and without
// --yes nobody can: false, with a word about it on standard error.
bool agreed(const Session& session, std::string_view question);

}  // namespace layer::cli
