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

wire::Response started(std::string_view token) {
  json::Writer out;
  out.begin_object().member("token", token).end_object();
  return json_response(std::move(out).take(), 202);
}

wire::Response accepted(std::string_view ns, std::string_view token) {
  wire::Response response = started(token);
  response.headers = {
      {"preference-applied", "respond-async"},
      {"location", fmt::format("/v1/namespaces/{}/operations/{}", ns, token)},
  };
  return response;
}

std::string print_running(wire::Datetime start) {
  json::Writer out;
  out.begin_object().member("status", "running").member("start_time", wire::to_string(start));
  out.end_object();
  return std::move(out).take();
}

std::string print_finished(const wire::Response& response, wire::Datetime start,
                           wire::Datetime finish) {
  json::Writer out(response.body.size() + 256);
  out.begin_object().member("status", "finished").member("start_time", wire::to_string(start));
  out.member("finish_time", wire::to_string(finish)).key("result").begin_object();
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
  const std::string ns;
  const Work work;
  wire::Datetime (*const now)();
  const wire::Datetime start_time = now();
  std::mutex mutex{};
  std::condition_variable finished{};
  std::optional<wire::Response> response{};  // set once
  wire::Datetime finish_time{};
  Clock::time_point finished_at{};

  void run() {
    wire::Response result = respond(work);
    const std::lock_guard lock(mutex);
    response = std::move(result);
    finish_time = now();
    finished_at = Clock::now();
    finished.notify_all();
  }
};

wire::Datetime Operations::system_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

std::shared_ptr<Operations::Operation> Operations::make(std::string_view ns, Work work) const {
  return std::make_shared<Operation>(std::string(ns), std::move(work), options_.now);
}

// The job must not look at this object, which may end before it.
bool Operations::run_in_background(const std::shared_ptr<Operation>& operation) {
  return background_.run([operation] { operation->run(); });
}

std::string Operations::keep(std::shared_ptr<Operation> operation) {
  std::string token = new_token();
  const std::lock_guard lock(mutex_);
  forget_some(Clock::now());
  operations_.emplace(token, std::move(operation));
  return token;
}

wire::Response Operations::start(std::string_view ns, Work work) {
  auto operation = make(ns, std::move(work));
  if (!run_in_background(operation)) {
    operation->run();
  }
  return started(keep(std::move(operation)));
}

wire::Response Operations::run(std::string_view ns, Work work) {
  auto operation = make(ns, std::move(work));
  if (!run_in_background(operation)) {
    return respond(operation->work);
  }
  {
    std::unique_lock lock(operation->mutex);
    if (operation->finished.wait_for(lock, options_.grace,
                                     [&] { return operation->response.has_value(); })) {
      return std::move(*operation->response);
    }
  }
  return accepted(ns, keep(std::move(operation)));
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
  return json_response(
      operation->response
          ? print_finished(*operation->response, operation->start_time, operation->finish_time)
          : print_running(operation->start_time));
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
