// `layer source dir|jsonl|rss|rest`: documents staged into a pipeline, what changed only.
#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/source_ask.h"
#include "cli/stop_signal.h"
#include "sources/read_source.h"
#include "sources/stager.h"

namespace layer::cli {
namespace {

using sources::StageCounts;

constexpr std::uint64_t kDrawEvery = 16;  // records

std::string counts_line(const StageCounts& counts) {
  return fmt::format("{} records: {} staged ({} chunks), {} unchanged, {} failed", counts.records,
                     counts.staged, counts.chunks, counts.unchanged, counts.failed);
}

class SourceRun {
 public:
  SourceRun(Session& session, SourceAsk ask, sources::Position position)
      : session_(session), ask_(std::move(ask)), position_(std::move(position)) {}

  // Until it is done, or told to end where it repeats.
  int run() {
    for (;;) {
      const int code = run_once();
      if (ask_.interval.count() == 0 || code == kRefused || code == kNotFound || stop_wanted() ||
          !wait_unless_stopped(ask_.interval)) {
        return code;
      }
    }
  }

 private:
  int run_once() {
    sources::Stager stager(
        ask_.spec, position_,
        [this](const std::string& document, const std::string& body) {
          return put(document, body);
        },
        wait_unless_stopped, [this](const std::string& why) { say(why); });
    const auto read = sources::read_source(ask_.spec, wait_unless_stopped,
                                           [&](const Result<sources::Record>& record) {
                                             const bool more = stager.take(record);
                                             draw(stager.counts());
                                             return more && !stop_wanted();
                                           });
    clear();
    report(stager.counts());
    if (!read) {
      say(read.error().message);
      return kUsage;
    }
    if (const auto& trouble = stager.trouble(); trouble) {
      say(trouble->status == 0 ? trouble->message
                               : fmt::format("{} {}", trouble->status, trouble->message));
      return exit_code_of(trouble->status);
    }
    return stager.counts().failed == 0 ? kOk : kFailure;
  }

  Result<sources::GatewayReply> put(const std::string& document, const std::string& body) const {
    LAYER_ASSIGN(const Answer answer, session_.ask("PUT",
                                                   fmt::format("/v2/pipelines/{}/documents/{}",
                                                               http::encode_segment(ask_.pipeline),
                                                               http::encode_segment(document)),
                                                   body));
    sources::GatewayReply reply{.status = answer.status};
    if (answer.status >= 300) {
      reply.message = message_of(answer.body);
    }
    if (const auto after = answer.headers.find("retry-after"); after) {
      reply.retry_after = sources::parse_retry_after(*after);
    }
    return reply;
  }

  void report(const StageCounts& counts) const {
    if (session_.json()) {
      fmt::print("{}\n", boost::json::serialize(boost::json::object{{"pipeline_id", ask_.pipeline},
                                                                    {"records", counts.records},
                                                                    {"staged", counts.staged},
                                                                    {"chunks", counts.chunks},
                                                                    {"unchanged", counts.unchanged},
                                                                    {"failed", counts.failed}}));
    } else {
      fmt::print("{}\n", counts_line(counts));
    }
    std::fflush(stdout);
  }

  void draw(const StageCounts& counts) const {
    if (terminal_ && counts.records % kDrawEvery == 0) {
      fmt::print(stderr, "\r\x1b[K{}", counts_line(counts));
    }
  }
  void clear() const { fmt::print(stderr, "{}", terminal_ ? "\r\x1b[K" : ""); }
  void say(const std::string& text) const {
    clear();
    fmt::print(stderr, "layer: {}\n", text);
  }

  Session& session_;
  const SourceAsk ask_;
  sources::Position position_;
  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
};

int run_source(Session& session, sources::SourceKind kind) {
  auto ask = read_source_ask(session, kind);
  if (!ask) {
    fmt::print(stderr, "layer: {}\n", ask.error().message);
    return kUsage;
  }
  Result<sources::Position> position =
      ask->state.empty() ? sources::Position() : sources::Position::open(ask->state);
  if (!position) {
    fmt::print(stderr, "layer: {}\n", position.error().message);
    return kFailure;
  }
  catch_stop_signals();
  return SourceRun(session, std::move(*ask), std::move(*position)).run();
}

}  // namespace

int source_dir(Session& session, const std::vector<std::string>&) {
  return run_source(session, sources::SourceKind::kDirectory);
}
int source_jsonl(Session& session, const std::vector<std::string>&) {
  return run_source(session, sources::SourceKind::kLines);
}
int source_rss(Session& session, const std::vector<std::string>&) {
  return run_source(session, sources::SourceKind::kFeeds);
}
int source_rest(Session& session, const std::vector<std::string>&) {
  return run_source(session, sources::SourceKind::kRest);
}

}  // namespace layer::cli
