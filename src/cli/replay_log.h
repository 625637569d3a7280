// The searches that `layer replay` runs again: those of the log that differ, newest first, with how
// often each was made and what was clicked. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/replay_metrics.h"
#include "cli/session.h"

namespace layer::cli {

struct LoggedSearch {
  std::string words{};     // for people
  std::string baseline{};  // body of the query as it was
  std::string candidate{};
  std::uint64_t times = 0;
  Gains clicks{};
};
struct SearchLog {
  std::vector<LoggedSearch> searches{};
  std::uint64_t entries = 0;  // that were read
  std::uint64_t skipped = 0;  // of them, failed ones and those the log does not say enough of
};

struct LogAsk {
  std::string ns{};
  std::size_t k = 10;
  std::size_t limit = 100;     // different searches
  std::string more_filters{};  // of the candidate
};
// Parameters from, to and tag are the session's flags. False: the session has said why.
bool read_log(Session& session, const LogAsk& ask, SearchLog& log);

}  // namespace layer::cli
