#include "objects/s3/session.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "async/deadline.h"
#include "core/random.h"
#include "objects/s3/time_text.h"
#include "objects/s3/web.h"

namespace layer::objects::s3 {
namespace {

// Servers refuse a difference of 15 minutes; a HEAD's refusal does not say why.
constexpr std::int64_t kSkewSuspectMs = 10 * 60 * 1000;
constexpr std::chrono::seconds kRetryAfterMax{5};

// The bytes of somebody who waits, sent again on every try.
class ViewBody final : public http::Body {
 public:
  explicit ViewBody(std::string_view bytes) : bytes_(bytes) {}
  async::Task<Result<std::string_view>> next() override {
    const std::string_view piece = bytes_.substr(at_, kPieceBytesMax);
    at_ += piece.size();
    co_return piece;
  }
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  bool rewind() override {
    at_ = 0;
    return true;
  }

 private:
  static constexpr std::size_t kPieceBytesMax = std::size_t{256} << 10;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

Error unreachable(const Error& error) {
  switch (error.code) {
    case ErrorCode::kCancelled:
    case ErrorCode::kPayloadTooLarge:
      return error;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kIo:
      return {.code = ErrorCode::kIo,
              .message = fmt::format("the object store (s3): {}", error.message)};
    default:
      return {.code = ErrorCode::kUnavailable,
              .message = fmt::format("the object store (s3) cannot be used: {}", error.message)};
  }
}

}  // namespace

struct Session::Progress {
  CredentialsPtr credentials{};
  int tries = 0;
  bool sent = false;          // the last try reached the server
  bool perhaps_done = false;  // an earlier one did, and its answer was lost
  bool clock_corrected = false;
  bool credentials_renewed = false;
};

async::Task<Result<Answer>> Session::once(const Operation& operation,
                                          const Credentials& credentials, bool& sent) {
  auto request = parts_.bucket.request(operation, credentials, parts_.clock.wall_ms() + skew_ms_);
  ViewBody body(operation.body);
  if (!operation.body.empty()) {
    request.stream = &body;
  }
  // What may run twice is known here better than by the method: see Answer::repeated.
  request.resend = http::Resend::kUnsent;
  request.deadline = async::SteadyClock::now() + limits_.try_time_max +
                     std::chrono::seconds(operation.body.size() / kSlowestBytesPerSecond);
  http::SendReport report;
  auto answer = co_await exchange(parts_.client, parts_.bucket.origin(), request,
                                  {.time_max = limits_.try_time_max,
                                   .slowest = kSlowestBytesPerSecond,
                                   .ok_bytes_max = operation.answer_bytes_max},
                                  &report);
  sent = report.sent || answer.has_value();
  co_return answer;
}

bool Session::correct_clock(const Operation& operation, const Answer& answer,
                            std::string_view code) {
  const auto server = parse_http_date(answer.headers.find("date").value_or(""));
  if (!server) {
    return false;
  }
  const std::int64_t now = parts_.clock.wall_ms();
  const bool suspect = operation.method == "HEAD" && answer.status == 403 &&
                       std::abs(*server - now - skew_ms_) > kSkewSuspectMs;
  if (code != "RequestTimeTooSkewed" && !suspect) {
    return false;
  }
  skew_ms_ = *server - now;
  return true;
}

Session::Next Session::judge(const Operation& operation, const Result<Answer>& answer,
                             Progress& progress) {
  if (!answer) {
    const auto failure = http::failure_of(answer.error());
    if (!failure || *failure == http::ClientFailure::kCancelled ||
        *failure == http::ClientFailure::kProtocol || *failure == http::ClientFailure::kTls) {
      return Next::kDone;
    }
    progress.perhaps_done = progress.perhaps_done || progress.sent;
    return ++progress.tries < limits_.tries_max ? Next::kAfterPause : Next::kDone;
  }
  if (answer->status < 400) {
    return Next::kDone;
  }
  const std::string code = fault_of(*answer).code;
  if (!progress.clock_corrected && correct_clock(operation, *answer, code)) {
    progress.clock_corrected = true;
    return Next::kAtOnce;
  }
  const bool silent = operation.method == "HEAD" && answer->status == 403 &&
                      progress.credentials->expires_ms.has_value();
  if (!progress.credentials_renewed && (silent || is_refused_credential(answer->status, code))) {
    progress.credentials_renewed = true;
    parts_.credentials.forget(progress.credentials);
    return Next::kAtOnce;
  }
  if (!is_transient(answer->status, code)) {
    return Next::kDone;
  }
  progress.perhaps_done = progress.perhaps_done || answer->status >= 500;
  return ++progress.tries < limits_.tries_max ? Next::kAfterPause : Next::kDone;
}

async::Duration Session::pause(int tries, const Result<Answer>& answer) const {
  async::Duration delay = limits_.retry_delay;
  for (int i = 1; i < tries; ++i) {
    delay *= 4;
  }
  delay = delay / 2 + delay * static_cast<std::int64_t>(core::random_u64() % 1024) / 1024;
  if (answer) {
    const std::string_view text = answer->headers.find("retry-after").value_or("");
    unsigned seconds = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (parsed.ec == std::errc{} && seconds <= kRetryAfterMax.count()) {
      delay = std::max<async::Duration>(delay, std::chrono::seconds(seconds));
    }
  }
  return delay;
}

async::Task<Result<Answer>> Session::run(Operation operation) {
  Progress progress;
  while (true) {
    auto credentials = co_await parts_.credentials.get();
    if (!credentials) {
      co_return std::unexpected(unreachable(credentials.error()));
    }
    progress.credentials = std::move(*credentials);
    const bool repeated = progress.perhaps_done;
    auto answer = co_await once(operation, *progress.credentials, progress.sent);
    const Next next = judge(operation, answer, progress);
    if (next == Next::kDone) {
      if (!answer) {
        co_return std::unexpected(unreachable(answer.error()));
      }
      answer->repeated = repeated;
      co_return answer;
    }
    if (next == Next::kAfterPause && !co_await async::sleep_for(pause(progress.tries, answer))) {
      co_return fail(ErrorCode::kCancelled, "cancelled");
    }
  }
}

Error Session::unexpected(const Answer& answer) const {
  return unexpected_answer(answer, fault_of(answer), parts_.bucket.name());
}

async::Task<Result<Answer>> Session::expect_ok(Operation operation) {
  LAYER_CO_ASSIGN(Answer answer, co_await run(std::move(operation)));
  if (!answer.ok()) {
    co_return std::unexpected(unexpected(answer));
  }
  co_return answer;
}

}  // namespace layer::objects::s3
