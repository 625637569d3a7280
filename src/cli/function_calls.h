// What verbs that run functions have in common: one function of a file, the calls about it, and how
// each that fails is told. Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "cli/function_file.h"
#include "cli/session.h"

namespace layer::cli {

class FunctionCalls {
 public:
  FunctionCalls(Session& session, FunctionFile file, std::chrono::milliseconds look_every);

  const FunctionFile& file() const { return file_; }
  Session& session() { return session_; }
  // The exit code of what failed last; kUsage before anything did.
  int code() const { return code_; }
  int fail_with(int code, std::string_view message);

  // On true the answer is a 2xx. A GET has no body.
  bool call(std::string_view method, std::string_view rest, const boost::json::object& body,
            Answer& answer);
  // Shown on standard error. With `from_file` of the file's specification, else of the registered
  // one. False: it cannot run.
  bool show_plan(bool from_file);
  // That the plan selects, skippable ones too.
  std::uint64_t rows_selected() const { return rows_selected_; }

  bool put(const boost::json::object& spec, bool paused);
  // Nothing: it failed.
  std::optional<std::uint64_t> discover(boost::json::object body);
  std::optional<boost::json::object> status();
  // Until nothing waits and nothing is worked on; the status then. Nothing: it was told to end, or
  // the function is paused, or a call failed.
  std::optional<boost::json::object> watch(std::uint64_t enqueued);

 private:
  Session& session_;
  const FunctionFile file_;
  const std::string target_;
  const std::chrono::milliseconds look_every_;
  std::uint64_t rows_selected_ = 0;
  int code_ = kUsage;
};

// The calls about the function of the flag --file, looking at it every --poll-interval. Nothing:
// what is wrong was told.
std::optional<FunctionCalls> function_calls(Session& session, std::string_view poll_default);

}  // namespace layer::cli
