// When two answers are the same: one from the store, one from a gateway in front of it. The list of
// what may differ is here and nowhere else; everything else is compared byte for byte.
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/probe.h"

namespace layer::cli {

// An answer without what two calls of the same server never share: names of the two sides'
// namespaces, times, tokens. One text: status line, headers sorted by name, empty line, body.
struct ComparedAnswer {
  int status = 0;
  std::string headers;
  std::string body;

  bool operator==(const ComparedAnswer&) const = default;
};

// `stem` is what this side's namespace names begin with. A gzip body is compared by its text.
ComparedAnswer comparable(const ProbeAnswer& answer, std::string_view stem);

// The same without what stamps change: sizes, places in messages about a stamped body, and the
// column of stamps in an export, which shows rows as they are stored.
ComparedAnswer without_stamps(ComparedAnswer answer);

struct AnswerDifference {
  std::string what;  // "status", "headers" or "body"
  std::string store;
  std::string gateway;
};

// Where the two part, with a little of both around that place.
std::optional<AnswerDifference> difference(const ComparedAnswer& store,
                                           const ComparedAnswer& gateway);

}  // namespace layer::cli
