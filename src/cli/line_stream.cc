#include "cli/line_stream.h"

#include <utility>

#include "async/loops.h"
#include "async/run.h"

namespace layer::cli {
namespace {

constexpr std::chrono::seconds kSilenceMax{60};
constexpr std::uint64_t kRefusalBytesMax = std::uint64_t{1} << 20;

using Take = std::function<bool(std::string_view line)>;

// Hands on the whole lines of what came and keeps the rest. False: no more is wanted.
bool take_lines(std::string& held, std::string_view piece, const Take& take) {
  for (std::size_t end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    const std::string_view line = piece.substr(0, end);
    const bool more = held.empty() ? take(line) : take(held += line);
    held.clear();
    if (!more) {
      return false;
    }
    piece.remove_prefix(end + 1);
  }
  held += piece;
  return true;
}

async::Task<Result<Answer>> exchange(async::Loop& loop, const Session& session, std::string target,
                                     const Take& take) {
  http::ClientOptions options;
  options.connect_time_max = std::chrono::seconds(5);
  options.progress_time_max = kSilenceMax;
  if (session.base().origin.tls) {
    LAYER_CO_ASSIGN(options.tls, http::make_client_tls());
  }
  http::Client client(loop, std::move(options));
  http::ClientRequest request;
  request.target = session.base().prefix + target;
  request.headers.add("accept", "application/x-ndjson");
  if (!session.api_key().empty()) {
    request.headers.add("authorization", "Bearer " + session.api_key());
  }
  request.total_time_max = session.timeout();
  request.body_untimed = true;
  LAYER_CO_ASSIGN(auto response, co_await client.send(session.base().origin, request));
  Answer answer{.status = response.status, .body = {}};
  if (response.status != 200) {
    LAYER_CO_ASSIGN(answer.body, co_await http::read_all(*response.body, kRefusalBytesMax));
    co_return answer;
  }
  for (std::string held;;) {
    LAYER_CO_ASSIGN(const std::string_view piece, co_await response.body->next());
    if (piece.empty() || !take_lines(held, piece, take)) {
      co_return answer;
    }
    if (held.size() > kLineBytesMax) {
      co_return fail(ErrorCode::kPayloadTooLarge, "a line of the answer is too long");
    }
  }
}

}  // namespace

Result<Answer> read_lines(const Session& session, const std::string& target, const Take& take) {
  async::Loops loops(1, "cli");
  return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Answer>> {
    co_return co_await exchange(loops.at(0), session, target, take);
  });
}

}  // namespace layer::cli
