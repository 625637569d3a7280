// The certificate of a parity run. Thread safety: pure functions.
#pragma once

#include <string>

#include "cli/parity_run.h"

namespace layer::cli {

struct ParityCertificate {
  std::string store;  // addresses
  std::string gateway;
  std::string gateway_version;  // "" when the gateway does not say
  std::string layer_version;    // of this program, whose cases were used
  std::string date;             // UTC, RFC 3339
  bool strict = false;          // what stamps change must be equal too
  ParityResult result{};

  bool equal() const {
    return result.differences.empty() && !result.stopped && (!strict || result.stamp_only == 0);
  }
};

std::string print_as_text(const ParityCertificate& certificate);
std::string print_as_json(const ParityCertificate& certificate);

}  // namespace layer::cli
