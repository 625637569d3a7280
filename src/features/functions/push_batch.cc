#include "features/functions/push_batch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "async/deadline.h"

namespace layer::features::functions {
namespace {

using queue::FailureKind;

const core::MetricSpec kSeconds{.name = "layer_udf_dispatch_seconds",
                                .kind = core::MetricKind::kHistogram,
                                .help = "how long a worker took for a batch that was pushed to it",
                                .labels = "udf status",
                                .buckets = core::seconds_buckets()};
constexpr core::MetricSpec kItems{.name = "layer_udf_items_total",
                                  .kind = core::MetricKind::kCounter,
                                  .help = "items of functions that workers answered for",
                                  .labels = "udf result"};
constexpr std::chrono::seconds kReportAgainAfter{1};  // doubled with each try

std::string_view status_of(const Result<http::Response>& answer) {
  if (!answer) {
    return "transient";
  }
  if (answer->status == 200) {
    return "ok";
  }
  switch (refusal_of(answer->status, answer->headers).kind) {
    case FailureKind::kThrottled:
      return "throttled";
    case FailureKind::kPermanent:
      return "permanent";
    case FailureKind::kTransient:
      return "transient";
  }
  return "transient";
}

async::Task<bool> ended(async::Timer& timer) {
  co_await timer.async_wait(async::kToken);
  co_return true;
}

}  // namespace

PushBatch::PushBatch(const Parts& parts, RegisteredFunction function, std::vector<WorkItem> items)
    : parts_(parts),
      function_(std::move(function)),
      work_(parts_.work_for(function_.id)),
      beat_(parts_.loop.get_executor(), async::TimePoint::max()),
      halt_(parts_.loop.get_executor(), async::TimePoint::max()) {
  for (const WorkItem& item : items) {
    open_.push_back(lease_of(item));
  }
  waiting_.push_back(std::move(items));
}

void PushBatch::halt() {
  halted_ = true;
  halt_.cancel();
}

async::Task<> PushBatch::keep() {
  while (!over_) {
    beat_.expires_after(async::Duration(function_.spec.schedule.lease) / 3);
    co_await beat_.async_wait(async::kToken);
    if (over_ || open_.empty()) {
      continue;
    }
    const auto asked = open_;
    const auto held = co_await work_.heartbeat(function_, parts_.worker, asked);
    if (!held && held.error().code == ErrorCode::kNotFound) {
      halt();
    }
    for (std::size_t i = 0; held && i < held->size(); ++i) {
      if ((*held)[i]) {
        close(asked[i]);  // somebody else's by now
      }
    }
    if (open_.empty()) {
      halt();
    }
  }
}

async::Task<> PushBatch::run() {
  const auto url = parts_.addresses.find(function_.spec.worker.url);
  if (url) {
    co_await send(*url);
  } else {
    const Items items = std::exchange(waiting_, {}).front();
    co_await report(items, all_failed(items, FailureKind::kPermanent, url.error().message));
  }
  co_await release();
  over_ = true;
  beat_.cancel();
}

async::Task<> PushBatch::send(const http::BaseUrl& url) {
  while (!waiting_.empty() && !halted_) {
    Items items = std::move(waiting_.back());
    waiting_.pop_back();
    const auto begun = async::SteadyClock::now();
    auto answer = co_await post(url, print_push(function_, items));
    parts_.metrics.sample(kSeconds, {function_.id, answer ? status_of(*answer) : "halted"})
        .observe(std::chrono::duration<double>(async::SteadyClock::now() - begun).count());
    if (answer) {
      co_await take(std::move(items), std::move(*answer));
    }
  }
}

async::Task<std::optional<Result<http::Response>>> PushBatch::post(const http::BaseUrl& url,
                                                                   std::string body) {
  using async::asio::experimental::awaitable_operators::operator||;
  const auto deadline = async::SteadyClock::now() + function_.spec.worker.timeout;
  const http::ClientRequest request{.method = "POST",
                                    .target = url.prefix + "/run",
                                    .headers = {{"content-type", "application/json"}},
                                    .body = std::move(body),
                                    .deadline = deadline};
  auto first = co_await (async::with_deadline(deadline, exchange(url, request)) || ended(halt_));
  if (auto* answer = std::get_if<0>(&first)) {
    co_return std::move(*answer);
  }
  co_return std::nullopt;
}

async::Task<Result<http::Response>> PushBatch::exchange(const http::BaseUrl& url,
                                                        const http::ClientRequest& request) {
  LAYER_CO_ASSIGN(auto head, co_await parts_.client.send(url.origin, request));
  http::Response answer;
  answer.status = head.status;
  answer.headers = std::move(head.headers);
  LAYER_CO_ASSIGN(answer.body, co_await http::read_all(*head.body, kPushAnswerBytesMax));
  co_return answer;
}

async::Task<> PushBatch::take(Items items, Result<http::Response> answer) {
  if (!answer) {
    const std::string why = fmt::format("the worker does not answer: {}", answer.error().message);
    co_return co_await report(items, all_failed(items, FailureKind::kTransient, why));
  }
  if (answer->status == 200) {
    PushAnswer read_answer = co_await read(items, std::move(*answer));
    co_return co_await report(items, std::move(read_answer));
  }
  const PushRefusal refusal = refusal_of(answer->status, answer->headers);
  if (refusal.kind == FailureKind::kPermanent && items.size() > 1) {
    // One of them may be to blame: the halves go on their own.
    const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
    waiting_.emplace_back(middle, items.end());
    items.erase(middle, items.end());
    waiting_.push_back(std::move(items));
    co_return;
  }
  const std::string why = fmt::format("the worker answers {}", answer->status);
  co_await report(items, all_failed(items, refusal.kind, why, refusal.retry_after));
}

async::Task<PushAnswer> PushBatch::read(const Items& items, http::Response answer) {
  const auto work = [&] { return read_push_answer(answer.body, function_.spec, items); };
  auto done = co_await parts_.pool.run(work);
  if (done && *done) {
    co_return std::move(**done);
  }
  const Error& why = done ? done->error() : done.error();
  co_return all_failed(items, FailureKind::kTransient, why.message);
}

async::Task<> PushBatch::report(const Items& items, PushAnswer answer) {
  auto pause = async::Duration(kReportAgainAfter);
  for (int tries = 1; tries <= kPushReportTriesMax; ++tries) {
    // Its version may be another by now: then the results are not written.
    auto current = co_await parts_.registry.find(function_.id);
    const bool gone = !current && current.error().code == ErrorCode::kNotFound;
    if (current) {
      function_ = std::move(*current);
    }
    if (gone || (co_await complete(answer.completions) && co_await fail(answer.failures))) {
      for (const WorkItem& item : items) {
        close(lease_of(item));
      }
      co_return;
    }
    if (halted_ || tries == kPushReportTriesMax) {
      co_return;  // they are released
    }
    co_await async::sleep_for(pause);
    pause *= 2;
  }
}

async::Task<bool> PushBatch::complete(const std::vector<Completion>& items) {
  if (items.empty()) {
    co_return true;
  }
  const auto done = co_await work_.complete(function_, parts_.worker, items,
                                            async::SteadyClock::now() + kPushReportTimeMax);
  if (done) {
    count("completed", *done);
  }
  co_return done.has_value();
}

async::Task<bool> PushBatch::fail(const std::vector<queue::ItemFailure>& items) {
  if (items.empty()) {
    co_return true;
  }
  const auto done = co_await work_.fail(function_.id, parts_.worker, items);
  if (done) {
    count(items.front().kind == FailureKind::kThrottled ? "throttled" : "failed", *done);
  }
  co_return done.has_value();
}

async::Task<> PushBatch::release() {
  if (open_.empty()) {
    co_return;
  }
  std::vector<queue::ItemFailure> items;
  for (const queue::ItemLease& lease : std::exchange(open_, {})) {
    items.push_back({.lease = lease, .message = std::string(kReleased)});
  }
  // Where the database cannot be asked, the leases run out.
  static_cast<void>(co_await work_.fail(function_.id, parts_.worker, std::move(items)));
}

void PushBatch::count(std::string_view result, const queue::Outcomes& outcomes) {
  const auto accepted = std::ranges::count_if(outcomes, [](const auto& each) { return !each; });
  parts_.metrics.sample(kItems, {function_.id, result}).add(static_cast<std::uint64_t>(accepted));
}

void PushBatch::close(const queue::ItemLease& lease) {
  std::erase_if(open_, [&](const queue::ItemLease& each) {
    return each.key == lease.key && each.epoch == lease.epoch;
  });
}

}  // namespace layer::features::functions
