#include "gateway/auth/passthrough_verifier.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include "core/limits.h"
#include "gateway/auth/verdicts.h"
#include "http/body.h"

namespace layer::gateway {
namespace {

constexpr std::uint64_t kMetadataBytesMax = 1 << 20;

// Somebody who waits for another caller's question, on a loop of their own.
struct Waiter {
  explicit Waiter(const async::Executor& e) : executor(e), timer(e) {}
  async::Executor executor;
  async::Timer timer;                  // touched on the waiter's loop only
  std::optional<Result<void>> result;  // likewise
  bool ended = false;                  // likewise; without a result: ask again
};

// Names that need no encoding in a path and stay in their segment.
bool is_plain_name(std::string_view ns) {
  return !ns.empty() && ns.size() <= core::limits::namespace_name_bytes_max && ns != "." &&
         ns != ".." && std::ranges::all_of(ns, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

std::string key_of(const Caller& caller, std::string_view store, std::string_view ns) {
  std::string key(reinterpret_cast<const char*>(caller.digest().data()), caller.digest().size());
  key += store;
  key += '\0';
  key += ns;
  return key;
}

// A failure of the one who asked says nothing to those who wait.
bool is_of_the_asker(const Result<void>& result) {
  return !result && (result.error().code == ErrorCode::kCancelled ||
                     result.error().code == ErrorCode::kGatewayTimeout);
}

// The status of the metadata call. nullopt: the store neither allows nor refuses.
std::optional<bool> verdict_of(int status) {
  if (status >= 200 && status < 300) {
    return true;
  }
  return status == 401 || status == 403 ? std::optional(false) : std::nullopt;
}

Result<void> result_of(int status, std::string_view ns) {
  if (const auto allowed = verdict_of(status)) {
    return *allowed ? Result<void>() : std::unexpected(error_of(AuthFailure::kUpstreamKey));
  }
  // The namespaces of other organisations answer 404 too: nothing is shown.
  if (status == 404) {
    return fail(ErrorCode::kNotFound, fmt::format("namespace '{}' was not found", ns));
  }
  if (status == 429) {
    return fail(ErrorCode::kRateLimited,
                "the store asked to wait while the API key was being verified");
  }
  return std::unexpected(Error{
      .code = ErrorCode::kUpstream,
      .message = fmt::format("the store answered {} while the API key was being verified", status),
      .fields = {{.name = "upstream_status", .value = std::to_string(status), .json = true}}});
}

async::Task<Result<int>> ask(const Caller& caller, store::VectorStore& store, const std::string& ns,
                             async::TimePoint deadline) {
  store::Call call;
  call.target = "/v2/namespaces/" + ns + "/metadata";
  call.authorization = caller.authorization();
  call.kind = store::CallKind::kGatewayRead;
  call.deadline = deadline;
  auto answer = co_await store.send(std::move(call));
  if (!answer) {
    co_return std::unexpected(std::move(answer).error());
  }
  if (answer->stream) {
    // Read to its end, so that the connection can be used again; what it says does not matter.
    (void)co_await http::read_all(*answer->stream, kMetadataBytesMax);
  }
  co_return answer->status;
}

}  // namespace

struct PassthroughVerifier::State {
  State(std::size_t entries_max, std::function<async::TimePoint()> clock)
      : now(std::move(clock)), verdicts(entries_max) {}

  std::function<async::TimePoint()> now;
  std::mutex mutex;  // guards what follows
  Verdicts verdicts;
  std::map<std::string, std::vector<std::shared_ptr<Waiter>>, std::less<>> flights;
};

// One question that is being asked. Ends without a result when its asker is torn down, so that
// those who wait never wait for nobody.
struct PassthroughVerifier::Flight {
  Flight(State& s, const std::string& k) : state(s), key(k) {}
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;
  ~Flight() { end(std::nullopt); }

  void end(const std::optional<Result<void>>& result) {
    std::vector<std::shared_ptr<Waiter>> waiters;
    {
      const std::lock_guard lock(state.mutex);
      if (const auto found = state.flights.find(key); !done && found != state.flights.end()) {
        waiters = std::move(found->second);
        state.flights.erase(found);
      }
    }
    done = true;
    for (const auto& waiter : waiters) {
      async::asio::post(waiter->executor, [waiter, result] {
        waiter->result = result;
        waiter->ended = true;
        waiter->timer.cancel();
      });
    }
  }

  State& state;
  const std::string& key;
  bool done = false;
};

PassthroughVerifier::PassthroughVerifier(Authenticator& auth, Options options)
    : auth_(auth),
      state_(std::make_unique<State>(
          options.entries_max, options.now ? std::move(options.now) : async::SteadyClock::now)) {}

PassthroughVerifier::~PassthroughVerifier() = default;

async::Task<Result<void>> PassthroughVerifier::verify(Caller caller, store::VectorStore& store,
                                                      std::string ns, async::TimePoint deadline) {
  if (!caller.is_passthrough()) {
    co_return Result<void>();
  }
  if (!is_plain_name(ns)) {
    co_return fail(ErrorCode::kValidation, "a namespace name is 1 to 128 of A-Z a-z 0-9 - _ .");
  }
  const async::Executor executor = co_await async::asio::this_coro::executor;
  const std::string key = key_of(caller, store.name(), ns);
  for (;;) {
    std::shared_ptr<Waiter> waiter;
    std::optional<bool> known;
    {
      const std::lock_guard lock(state_->mutex);
      known = state_->verdicts.find(key, state_->now());
      if (!known) {
        const auto [flight, first] = state_->flights.try_emplace(key);
        if (!first) {
          waiter = std::make_shared<Waiter>(executor);
          flight->second.push_back(waiter);
        }
      }
    }
    if (known) {
      if (!*known) {
        auth_.refused(AuthFailure::kUpstreamKey, store.name());
      }
      co_return result_of(*known ? 200 : 403, ns);
    }
    if (!waiter) {
      Flight flight(*state_, key);
      const Result<int> status = co_await ask(caller, store, ns, deadline);
      const Result<void> result = status ? result_of(*status, ns) : std::unexpected(status.error());
      if (const auto allowed = status ? verdict_of(*status) : std::nullopt) {
        const std::lock_guard lock(state_->mutex);
        state_->verdicts.put(key, *allowed, state_->now() + (*allowed ? kAllowedFor : kRefusedFor));
      }
      if (status && verdict_of(*status) == false) {
        auth_.refused(AuthFailure::kUpstreamKey, store.name());
      }
      flight.end(is_of_the_asker(result) ? std::nullopt : std::optional(result));
      co_return result;
    }
    waiter->timer.expires_at(deadline);
    co_await waiter->timer.async_wait(async::kToken);
    if (waiter->result) {
      if (!*waiter->result && waiter->result->error().code == ErrorCode::kForbidden) {
        auth_.refused(AuthFailure::kUpstreamKey, store.name());
      }
      co_return *waiter->result;
    }
    if (!waiter->ended) {
      co_return async::SteadyClock::now() >= deadline
          ? fail(ErrorCode::kGatewayTimeout, "the deadline passed while the API key was verified")
          : fail(ErrorCode::kCancelled, "the caller left while the API key was verified");
    }
  }
}

}  // namespace layer::gateway
