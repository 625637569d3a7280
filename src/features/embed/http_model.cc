#include "features/embed/http_model.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include "async/fan_out.h"
#include "features/embed/http_answer.h"
#include "features/embed/vectors.h"
#include "http/tls.h"

namespace layer::features::embed {
namespace {

using namespace std::chrono_literals;

// A number as JSON may need up to 25 bytes.
constexpr std::size_t kNumberBytesMax = 25;
constexpr std::size_t kAnswerBytesSpare = 64 * 1024;
constexpr async::Duration kRetryAfterMax = 60s;

std::optional<std::chrono::milliseconds> wait_asked_for(const http::Headers& headers) {
  const auto number = [&](std::string_view name) -> std::optional<std::int64_t> {
    const auto text = headers.find(name);
    std::int64_t value = 0;
    if (!text) {
      return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < 0 ||
        value > 86'400'000) {
      return std::nullopt;
    }
    return value;
  };
  if (const auto ms = number("retry-after-ms")) {
    return std::chrono::milliseconds(*ms);
  }
  if (const auto seconds = number("retry-after")) {
    return std::chrono::seconds(*seconds);
  }
  return std::nullopt;
}

Error down(const std::string& model, std::string_view why) {
  return {.code = ErrorCode::kServiceUnavailable,
          .message = fmt::format("the model \"{}\" is not available: {}", model, why),
          .fields = {{.name = "feature", .value = "embed"}, {.name = "reason", .value = "model"}}};
}

}  // namespace

HttpModel::HttpModel(ModelSpec spec, http::BaseUrl base, core::Secret api_key)
    : spec_(std::move(spec)),
      base_(std::move(base)),
      authorization_(api_key.empty() ? core::Secret() : core::Secret("Bearer " + api_key.reveal())),
      slots_(spec_.concurrency) {}

HttpModel::~HttpModel() {
  // A client ends on its own loop, or with the loop when that runs no more.
  for (Lane& lane : lanes_) {
    async::asio::post(*lane.loop, [client = std::move(lane.client)] {});
  }
}

Result<std::unique_ptr<HttpModel>> HttpModel::make(ModelSpec spec, core::Secret api_key,
                                                   async::Loops& loops) {
  LAYER_ASSIGN(http::BaseUrl base, http::parse_base_url(spec.url));
  http::ClientOptions options{};
  if (base.origin.tls) {
    LAYER_ASSIGN(options.tls, http::make_client_tls());
  }
  auto model = std::unique_ptr<HttpModel>(
      new HttpModel(std::move(spec), std::move(base), std::move(api_key)));
  for (std::size_t i = 0; i < loops.size(); ++i) {
    model->lanes_.push_back({&loops.at(i), std::make_unique<http::Client>(loops.at(i), options)});
  }
  return model;
}

http::Client* HttpModel::client_on(const async::Executor& executor) const {
  for (const Lane& lane : lanes_) {
    if (lane.loop->get_executor() == executor) {
      return lane.client.get();
    }
  }
  return nullptr;
}

async::Task<Result<Vectors>> HttpModel::embed(ModelInput input, async::TimePoint deadline) {
  const std::size_t batch = spec_.batch;
  const std::size_t batches = (input.texts.size() + batch - 1) / batch;
  Vectors out;
  out.rows.resize(input.texts.size());
  std::optional<Error> failure;
  const auto make = [&](std::size_t i) -> async::Task<> {
    if (failure) {
      co_return;
    }
    const auto texts =
        std::span(input.texts).subspan(i * batch, std::min(batch, input.texts.size() - i * batch));
    const std::uint32_t asked = input.dims == spec_.dims ? 0 : input.dims;
    auto answer = co_await ask(print_embeddings_request(spec_.remote_name, texts, asked),
                               texts.size(), input.dims, deadline);
    if (!answer) {
      failure = std::move(answer).error();
      co_return;
    }
    out.tokens += answer->tokens;
    for (std::size_t row = 0; row < texts.size(); ++row) {
      if (spec_.normalize) {
        normalize(answer->rows[row]);
      }
      out.rows[i * batch + row] = std::move(answer->rows[row]);
    }
  };
  co_await async::fan_out(batches, spec_.concurrency, make);
  if (failure) {
    failing_ = failure->code != ErrorCode::kCancelled;
    co_return std::unexpected(std::move(*failure));
  }
  failing_ = false;
  co_return out;
}

async::Task<Result<Vectors>> HttpModel::ask(std::string body, std::size_t count, std::uint32_t dims,
                                            async::TimePoint deadline) {
  const std::size_t bytes_max = count * (dims * kNumberBytesMax + 1024) + kAnswerBytesSpare;
  async::Duration pause = kModelRetryDelay;
  for (int attempt = 0;; ++attempt) {
    LAYER_CO_ASSIGN(Answer answer, co_await once(body, bytes_max, deadline));
    if (answer.status == 200) {
      co_return parse_embeddings_answer(std::move(answer.body), count, dims);
    }
    const bool may_retry = answer.status == 429 || answer.status == 503;
    const auto asked = wait_asked_for(answer.headers);
    const async::Duration wait = asked ? async::Duration(*asked) : pause;
    const bool in_time = wait <= kRetryAfterMax && async::SteadyClock::now() + wait < deadline;
    if (!may_retry || attempt == kModelRetriesMax || !in_time) {
      co_return std::unexpected(refused(answer));
    }
    async::Timer timer(co_await async::asio::this_coro::executor, wait);
    if (const auto [error] = co_await timer.async_wait(async::kToken); error) {
      co_return fail(ErrorCode::kCancelled, "cancelled");
    }
    pause *= kModelRetryFactor;
  }
}

async::Task<Result<HttpModel::Answer>> HttpModel::once(const std::string& body,
                                                       std::size_t answer_bytes_max,
                                                       async::TimePoint deadline) {
  LAYER_CO_ASSIGN(const auto slot, co_await slots_.take(deadline));
  http::Client* const client = client_on(co_await async::asio::this_coro::executor);
  if (client == nullptr) {
    co_return fail(ErrorCode::kInternal, "the model was called on a loop it does not know");
  }
  const async::TimePoint own_end = async::SteadyClock::now() + spec_.time_max;
  http::ClientRequest request{
      .method = "POST",
      .target = base_.prefix + "/v1/embeddings",
      .headers = {{"content-type", "application/json"}, {"accept-encoding", "identity"}},
      .body = body,
      .whole_if_buffered = true};
  request.deadline = std::min(deadline, own_end);
  if (!authorization_.empty()) {
    request.authorization = authorization_.reveal();
  }
  auto response = co_await client->send(base_.origin, request);
  Result<std::string> text = response ? std::move(response->text) : std::string();
  if (response && response->body != nullptr) {
    text = co_await http::read_all(*response->body, answer_bytes_max);
  }
  if (response && text) {
    co_return Answer{.status = response->status,
                     .headers = std::move(response->headers),
                     .body = std::move(*text)};
  }
  const Error& error = response ? text.error() : response.error();
  if (error.code == ErrorCode::kCancelled) {
    co_return std::unexpected(error);
  }
  if (error.code == ErrorCode::kPayloadTooLarge) {
    co_return fail(ErrorCode::kUpstream, "the model's answer cannot be used: it is too long");
  }
  if (error.code == ErrorCode::kTimeout && deadline <= own_end) {
    co_return fail(ErrorCode::kGatewayTimeout, "the deadline passed while the model was asked");
  }
  co_return std::unexpected(down(spec_.name, error.message));
}

Error HttpModel::refused(const Answer& answer) const {
  const std::string status = fmt::format("it answered {}", answer.status);
  if (answer.status >= 500 || answer.status == 429) {
    Error error = down(spec_.name, status);
    if (answer.status == 429) {
      error.code = ErrorCode::kRateLimited;
    }
    if (const auto wait = wait_asked_for(answer.headers)) {
      error.fields.push_back({.name = "retry_after_ms", .value = std::to_string(wait->count())});
    }
    return error;
  }
  return {.code = ErrorCode::kUpstream,
          .message = fmt::format("the model \"{}\" refused: {}", spec_.name, status),
          .fields = {
              {.name = "upstream_status", .value = std::to_string(answer.status), .json = true}}};
}

}  // namespace layer::features::embed
