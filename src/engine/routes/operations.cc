#include "engine/routes/operations.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "engine/routes/respond.h"
#include "json/writer.h"

namespace layer::engine::routes {
namespace {

// 128 random bits: a token is all that shows a poller may see a result.
std::string new_token() {
  std::random_device random;
  std::string token = "op_";
  for (int i = 0; i < 4; ++i) {
    token += fmt::format("{:08x}", static_cast<std::uint32_t>(random()));
  }
  return token;
}

wire::Response accepted(std::string_view ns, std::string_view token) {
  json::Writer out;
  out.begin_object().member("token", token).end_object();
  wire::Response response = json_response(std::move(out).take(), 202);
  response.headers = {
      {"preference-applied", "respond-async"},
      {"location", fmt::format("/v1/namespaces/{}/operations/{}", ns, token)},
  };
  return response;
}

std::string print_running() {
  return R"({"status":"running"})";
}

std::string print_finished(const wire::Response& response) {
  json::Writer out(response.body.size() + 128);
  out.begin_object().member("status", "finished").key("result").begin_object();
  if (response.status < 400) {
    out.key("success").raw(response.body);
  } else {
    out.key("error").begin_object();
    out.member("status_code", response.status).key("detail").raw(response.body);
    out.end_object();
  }
  out.end_object().end_object();
  return std::move(out).take();
}

}  // namespace

struct Operations::Operation {
  std::string ns;
  std::mutex mutex;
  std::condition_variable finished;
  std::optional<wire::Response> response;  // set once
  Clock::time_point finished_at{};
};

wire::Response Operations::run(std::string_view ns, Work work) {
  auto operation = std::make_shared<Operation>();
  operation->ns = ns;
  const auto shared_work = std::make_shared<Work>(std::move(work));
  const bool taken = background_.run([operation, shared_work] {
    wire::Response response = respond(*shared_work);
    const std::lock_guard lock(operation->mutex);
    operation->response = std::move(response);
    operation->finished_at = Clock::now();
    operation->finished.notify_all();
  });
  if (!taken) {
    return respond(*shared_work);
  }
  {
    std::unique_lock lock(operation->mutex);
    if (operation->finished.wait_for(lock, options_.grace,
                                     [&] { return operation->response.has_value(); })) {
      return std::move(*operation->response);
    }
  }
  std::string token = new_token();
  wire::Response response = accepted(ns, token);
  const std::lock_guard lock(mutex_);
  forget_some(Clock::now());
  operations_.emplace(std::move(token), std::move(operation));
  return response;
}

Result<wire::Response> Operations::poll(std::string_view ns, std::string_view token) {
  std::shared_ptr<Operation> operation;
  {
    const std::lock_guard lock(mutex_);
    const auto found = operations_.find(token);
    if (found != operations_.end() && found->second->ns == ns) {
      operation = found->second;
    }
  }
  if (!operation) {
    return fail(
        ErrorCode::kNotFound,
        fmt::format("🤷 operation '{}' of namespace '{}' was not found", token.substr(0, 64), ns));
  }
  const std::lock_guard lock(operation->mutex);
  return json_response(operation->response ? print_finished(*operation->response)
                                           : print_running());
}

void Operations::forget_some(Clock::time_point now) {
  struct Finished {
    Clock::time_point at;
    std::string_view token;
  };
  std::vector<Finished> finished;
  for (const auto& [token, operation] : operations_) {
    const std::lock_guard lock(operation->mutex);
    if (operation->response) {
      finished.push_back({operation->finished_at, token});
    }
  }
  std::ranges::sort(finished, {}, &Finished::at);
  for (const Finished& each : finished) {
    if (operations_.size() < options_.kept_max && now - each.at < options_.kept_for) {
      break;
    }
    operations_.erase(operations_.find(each.token));
  }
}

}  // namespace layer::engine::routes
