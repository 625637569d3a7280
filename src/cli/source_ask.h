// What `layer source` is asked: HEVLAYER_SOURCE_REF with flags over it. Thread safety: reads the
// environment.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "cli/session.h"
#include "sources/source_spec.h"

namespace layer::cli {

inline constexpr std::chrono::milliseconds kWatchEvery{300'000};  // --watch without --interval

struct SourceAsk {
  std::string pipeline;
  sources::SourceSpec spec;
  std::filesystem::path state;            // empty: none is kept
  std::chrono::milliseconds interval{0};  // 0: once
};

// Errors: kInvalidArgument, saying which flag or member.
Result<SourceAsk> read_source_ask(const Session& session, sources::SourceKind kind);

// Where the position is kept unless --state names a file: one for each server, pipeline and source,
// below $XDG_STATE_HOME or ~/.local/state. Empty: there is no home.
std::filesystem::path usual_state(const Session& session, const std::string& pipeline,
                                  const std::string& source);

}  // namespace layer::cli
