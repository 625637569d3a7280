// What `layer doctor` looks at. Each check asks public routes only and changes nothing: the one
// write it sends is of a shape that every store refuses, once the key may write at all.
// Thread safety: one thread. Cost: some 30 small requests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/probe.h"

namespace layer::cli {

enum class Health : std::uint8_t { kOk, kWarn, kFail };

struct Check {
  std::string name;
  Health health = Health::kOk;
  std::string found;  // what is the case
  std::string fix{};  // what to do about it; empty when nothing needs doing
};

struct Patient {
  Prober& server;
  Prober* admin = nullptr;  // the admin listener, when its address was given
  bool has_key = false;
};

// All checks, in order; ends early when the server cannot be reached.
std::vector<Check> examine(const Patient& patient);

// The `dur` of an entry of a server-timing header, in ms.
std::optional<double> timing_of(std::string_view server_timing, std::string_view entry);

std::string print_as_text(const std::vector<Check>& checks);
std::string print_as_json(const std::vector<Check>& checks);
bool healthy(const std::vector<Check>& checks);  // no check failed

}  // namespace layer::cli
