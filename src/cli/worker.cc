// `layer worker COMMAND`: claims work in batches and runs a command for each.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/environment.h"
#include "cli/stop_signal.h"
#include "cli/work.h"

namespace layer::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseMax{60'000};
constexpr milliseconds kDrainTime{30'000};  // of a batch that runs when the worker is told to end

// A number by flag or variable, whichever is given.
Result<void> read_number(const Session& session, const char* flag, const char* name,
                         std::uint64_t least, std::uint64_t most, std::uint64_t& into) {
  const std::string text = flag_or_variable(session, flag, name);
  if (!text.empty()) {
    LAYER_ASSIGN(into, parse_count(flag, text, least, most));
  }
  return {};
}

Result<WorkAsk> read_ask(const Session& session) {
  WorkAsk ask;
  // A flag of one kind outweighs the environment of the other.
  if (session.flag("pipeline").empty()) {
    ask.function = flag_or_variable(session, "function", "HEVLAYER_UDF_ID");
  }
  if (session.flag("function").empty() && ask.function.empty()) {
    ask.pipeline = flag_or_variable(session, "pipeline", "HEVLAYER_PIPELINE_ID");
  }
  if (ask.function.empty() == ask.pipeline.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "give one of --function (HEVLAYER_UDF_ID) and --pipeline (HEVLAYER_PIPELINE_ID)");
  }
  std::string host(256, '\0');
  ::gethostname(host.data(), host.size() - 1);
  ask.worker_id = flag_or_variable(session, "worker-id", "HEVLAYER_WORKER_ID",
                                   fmt::format("{}-{}", host.c_str(), ::getpid()));
  const bool function = !ask.function.empty();
  ask.lease_seconds = function ? 120 : 900;
  LAYER_TRY(read_number(session, "batch-size",
                        function ? "HEVLAYER_UDF_BATCH_SIZE" : "HEVLAYER_BATCH_SIZE", 1, 1000,
                        ask.batch_size));
  LAYER_TRY(
      read_number(session, "lease-seconds", "HEVLAYER_LEASE_SECONDS", 5, 7200, ask.lease_seconds));
  LAYER_TRY(read_number(session, "timeout-seconds", "HEVLAYER_TIMEOUT_SECONDS", 1, 86'400,
                        ask.timeout_seconds));
  if (!session.flag("stage").empty()) {
    ask.stage = session.flag("stage");
  }
  if (!session.flag("claim-stage").empty()) {
    ask.claim_stage = session.flag("claim-stage");
  }
  return ask;
}

class Worker {
 public:
  Worker(const Session& session, const WorkAsk& ask, std::unique_ptr<Work> work,
         std::string command)
      : session_(session),
        until_empty_(!session.flag("until-empty").empty()),
        limits_{.time_max = std::chrono::seconds(ask.timeout_seconds),
                .tick_every = std::chrono::milliseconds(ask.lease_seconds * 1000 / 3)},
        work_(std::move(work)),
        command_(std::move(command)) {}

  int run() {
    int code = kOk;
    while (!stop_wanted() && !work_->over()) {
      const auto lines = work_->claim();
      if (!lines) {
        fmt::print(stderr, "layer: {}\n", lines.error().message);
        if (work_->over()) {
          code = kFailure;
          break;
        }
        wait_unless_stopped(work_->pause());
        continue;
      }
      if (!lines->empty()) {
        work(*lines);
      } else if (until_empty_) {
        break;
      } else {
        wait_unless_stopped(work_->pause());
      }
    }
    report();
    return until_empty_ && work_->counts().failed > 0 ? int{kFailure} : code;
  }

 private:
  void work(const std::string& lines) {
    if (stop_wanted()) {
      work_->release();
      return;
    }
    told_at_.reset();
    const auto beats = std::max(limits_.tick_every, milliseconds(1));
    auto beaten = std::chrono::steady_clock::now();
    const BatchLimits looks{.time_max = limits_.time_max, .tick_every = milliseconds(200)};
    const auto failed_before = work_->counts().failed;
    const auto run = run_batch(command_, lines, looks, [&] {
      const auto now = std::chrono::steady_clock::now();
      if (now - beaten >= beats) {
        beaten = now;
        work_->heartbeat();
      }
      return !drained(now);
    });
    if (!run) {
      fmt::print(stderr, "layer: {}\n", run.error().message);
      work_->release();
    } else if ((told_at_ || stop_wanted()) && !run->ok()) {
      // The command was told as well, and may have ended before it was looked at again.
      work_->release();
    } else {
      work_->settle(*run);
    }
    // A command that fails over and over must not spin.
    const bool well = run && run->ok() && work_->counts().failed == failed_before;
    rest_ = well ? milliseconds(0) : std::clamp(rest_ * 2, milliseconds(250), kPauseMax);
    wait_unless_stopped(rest_);
  }

  // The time for a batch to end after the worker was told to is over.
  bool drained(std::chrono::steady_clock::time_point now) {
    if (stop_wanted() && !told_at_) {
      told_at_ = now;
    }
    return told_at_ && now - *told_at_ >= kDrainTime;
  }

  void report() const {
    const WorkCounts& counts = work_->counts();
    if (session_.json()) {
      fmt::print(
          "{}\n",
          boost::json::serialize(boost::json::object{
              {"done", counts.done}, {"failed", counts.failed}, {"rejected", counts.rejected}}));
    } else {
      fmt::print("{} done, {} failed, {} rejected\n", counts.done, counts.failed, counts.rejected);
    }
  }

  const Session& session_;
  const bool until_empty_;
  const BatchLimits limits_;
  std::unique_ptr<Work> work_;
  const std::string command_;
  std::optional<std::chrono::steady_clock::time_point> told_at_{};
  milliseconds rest_{0};
};

}  // namespace

int worker(Session& session, const std::vector<std::string>& positionals) {
  const auto ask = read_ask(session);
  if (!ask) {
    fmt::print(stderr, "layer: {}\n", ask.error().message);
    return kUsage;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a command may end without having read its lines
  catch_stop_signals();
  auto work = ask->function.empty() ? pipeline_work(session, *ask) : function_work(session, *ask);
  return Worker(session, *ask, std::move(work), positionals[0]).run();
}

}  // namespace layer::cli
