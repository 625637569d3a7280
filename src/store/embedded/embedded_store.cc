#include "store/embedded/embedded_store.h"

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "core/limits.h"
#include "core/text.h"
#include "http/gzip.h"

namespace layer::store {
namespace {

// Below this, packing at once costs less than a millisecond and less than a change of threads.
constexpr std::size_t kInlineCodecBytes = 64 * 1024;

wire::Method wire_method(std::string_view method) {
  constexpr std::pair<std::string_view, wire::Method> kMethods[] = {
      {"GET", wire::Method::kGet},     {"HEAD", wire::Method::kHead},
      {"POST", wire::Method::kPost},   {"PUT", wire::Method::kPut},
      {"PATCH", wire::Method::kPatch}, {"DELETE", wire::Method::kDelete},
  };
  for (const auto& [name, value] : kMethods) {
    if (name == method) {
      return value;
    }
  }
  return wire::Method::kOther;
}

wire::Response error(int status, std::string_view message) {
  wire::Response response;
  response.status = status;
  response.body = R"({"status":"error","error":)" + core::json_string(message) + "}";
  return response;
}

Answer to_answer(wire::Response response) {
  Answer answer;
  answer.status = response.status;
  answer.body = std::move(response.body);
  answer.headers.add("content-type", response.content_type);
  for (const auto& [name, value] : response.headers) {
    answer.headers.add(name, value);
  }
  return answer;
}

// The engine has every feature of the wire but those that need another party.
Capabilities declare() {
  Capabilities capabilities;
  for (const FeatureInfo& feature : feature_table()) {
    capabilities.declare(feature.id, Support::kSupported);
  }
  capabilities.declare("encryption", Support::kUnsupported,
                       "customer-managed keys need a key service");
  capabilities.declare("embed", Support::kUnsupported, "the engine serves no models");
  return capabilities;
}

}  // namespace

wire::Response unknown_error() {
  return error(500,
               "🐡 Unknown error, if this persists, please contact support!! We'll be happy to "
               "help :)");
}

wire::Response busy() {
  auto response = error(429, "💔 too many requests are waiting, try again later");
  response.headers = {{"retry-after", "1"}, {"retry-after-ms", "250"}};
  return response;
}

EmbeddedStore::EmbeddedStore(Parts parts) : parts_(std::move(parts)), capabilities_(declare()) {}

StoreStatus EmbeddedStore::status() const {
  return {.in_flight = parts_.engine_pool.queued() + parts_.engine_pool.running()};
}

async::Task<Result<Answer>> EmbeddedStore::send(Call call) {
  const auto begun = async::SteadyClock::now();
  LAYER_CO_ASSIGN(std::string body, co_await read_body(call));
  const std::size_t mark = call.target.find('?');
  wire::Request request;
  request.method = wire_method(call.method);
  request.path = call.target.substr(0, mark);
  request.query = mark == std::string::npos ? std::string() : call.target.substr(mark + 1);
  request.body = std::move(body);
  request.respond_async = call.headers.has_token("prefer", "respond-async");
  LAYER_CO_ASSIGN(wire::Response response, co_await run(std::move(request), call));
  Answer answer = to_answer(std::move(response));
  co_await pack(call.headers, answer);
  answer.waited = async::SteadyClock::now() - begun;
  co_return answer;
}

async::Task<Result<std::string>> EmbeddedStore::read_body(Call& call) {
  LAYER_CO_ASSIGN(const http::ContentCoding coding, http::content_coding(call.headers));
  std::string body = std::move(call.body);
  if (call.stream != nullptr) {
    LAYER_CO_ASSIGN(body, co_await http::read_all(*call.stream, parts_.body_bytes_max));
  }
  if (coding == http::ContentCoding::kIdentity || body.empty()) {
    co_return body;
  }
  auto unpacked =
      co_await parts_.codec_pool.run([&] { return http::gunzip(body, parts_.body_bytes_max); });
  if (!unpacked) {
    co_return std::unexpected(std::move(unpacked).error());
  }
  co_return std::move(*unpacked);
}

// The part of a call that may outlast its caller, on the caller's loop but for the engine's work.
struct EmbeddedStore::Run {
  Run(const async::Executor& executor, const Parts& parts, wire::Request r)
      : engine(parts.engine),
        pool(parts.engine_pool),
        log(parts.log),
        request(std::move(r)),
        wake(executor) {}

  engine::Engine& engine;
  async::CpuPool& pool;
  core::Logger& log;
  wire::Request request;
  std::optional<wire::Response> response{};
  async::Timer wake;  // the caller waits on it
  async::asio::cancellation_signal withdraw{};
};

async::Task<> EmbeddedStore::carry_out(std::shared_ptr<Run> run) {
  const std::string path = run->request.path;  // for the log: the engine takes the request
  std::string failure;
  auto done = co_await run->pool.run([&] {
    try {
      return run->engine.handle(std::move(run->request));
    } catch (const std::exception& caught) {
      failure = caught.what();
      return unknown_error();
    }
  });
  if (!failure.empty()) {
    run->log.error("the engine failed", {{"path", path}, {"what", failure}});
  }
  if (done) {
    run->response = std::move(*done);
  } else if (done.error().code == ErrorCode::kTooManyRequests) {
    run->response = busy();
  } else {
    run->response = error(503, done.error().message);
  }
}

async::Task<Result<wire::Response>> EmbeddedStore::run(wire::Request request, const Call& call) {
  const auto executor = co_await async::asio::this_coro::executor;
  const auto run = std::make_shared<Run>(executor, parts_, std::move(request));
  run->wake.expires_at(call.deadline);
  async::asio::co_spawn(
      executor, carry_out(run),
      async::asio::bind_cancellation_slot(run->withdraw.slot(), [run](const std::exception_ptr&) {
        if (!run->response) {
          run->response = unknown_error();
        }
        run->wake.cancel();
      }));
  if (!run->response) {
    co_await run->wake.async_wait(async::kToken);
  }
  if (run->response) {
    co_return std::move(*run->response);
  }
  run->withdraw.emit(async::asio::cancellation_type::terminal);
  Error gone{.code = ErrorCode::kCancelled, .message = "the caller left while the engine worked"};
  if (async::SteadyClock::now() >= call.deadline) {
    gone = {.code = ErrorCode::kGatewayTimeout,
            .message = "the engine did not answer before the deadline"};
  }
  if (call.kind == CallKind::kPlainWrite) {
    gone.fields.push_back({.name = "outcome", .value = "unknown"});  // it may have begun
  }
  co_return std::unexpected(std::move(gone));
}

async::Task<> EmbeddedStore::pack(const http::Headers& asked, Answer& answer) {
  if (answer.body.size() < core::limits::response_gzip_bytes_min ||
      answer.headers.has("content-encoding") || !http::accepts_gzip(asked)) {
    co_return;
  }
  if (answer.body.size() <= kInlineCodecBytes) {
    answer.body = http::gzip(answer.body);
  } else {
    auto packed = co_await parts_.codec_pool.run([&] { return http::gzip(answer.body); });
    if (!packed) {
      co_return;  // a busy pool: the plain body is as good an answer
    }
    answer.body = std::move(*packed);
  }
  answer.headers.add("content-encoding", "gzip");
  answer.headers.add("vary", "accept-encoding");
}

}  // namespace layer::store
