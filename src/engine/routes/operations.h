// Requests that go on after their answer: 202 and a token, which the client polls until the result
// is there (`prefer: respond-async`, or a route that only starts work). Results live in memory,
// bounded in number and age; a restart forgets them. Thread safety: every member from many threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/error.h"
#include "engine/routes/background.h"
#include "wire/exchange.h"
#include "wire/value.h"

namespace layer::engine::routes {

class Operations {
 public:
  using Work = std::function<Result<wire::Response>()>;
  using Clock = std::chrono::steady_clock;
  struct Options {
    // A client that may be answered later is still answered at once when the work is this short:
    // polling costs it a second.
    std::chrono::milliseconds grace{2000};
    std::size_t kept_max = 1024;
    std::chrono::milliseconds kept_for{600'000};
    wire::Datetime (*now)() = system_now;  // what pollers are told; ages are of the steady clock
  };
  Operations(Options options, Background& background)
      : options_(options), background_(background) {}

  // Runs `work`, which owns all it needs, and gives its response; or, when it takes longer than the
  // grace, 202 with the place to poll. Without a free thread the work runs here.
  wire::Response run(std::string_view ns, Work work);

  // Starts `work` and gives 202 with its token alone: the client asked for no more and polls by
  // itself. Without a free thread the work runs here, and is finished when the token arrives.
  wire::Response start(std::string_view ns, Work work);

  // The answer of GET /v1/namespaces/{ns}/operations/{token}.
  // Errors: kNotFound for a token that never was, has been forgotten or belongs elsewhere.
  Result<wire::Response> poll(std::string_view ns, std::string_view token);

 private:
  struct Operation;

  static wire::Datetime system_now();
  std::shared_ptr<Operation> make(std::string_view ns, Work work) const;
  // False: no thread took it.
  bool run_in_background(const std::shared_ptr<Operation>& operation);
  std::string keep(std::shared_ptr<Operation> operation);  // gives its new token

  // Makes room for one more by forgetting finished operations, the old first.
  void forget_some(Clock::time_point now);

  const Options options_;
  Background& background_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Operation>, std::less<>> operations_;
};

}  // namespace layer::engine::routes
