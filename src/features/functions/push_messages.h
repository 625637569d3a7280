// What a worker is sent and what it answers: POST <url>/run (rule UF11 of the contract). Thread
// safety: pure functions.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "features/functions/function_work.h"
#include "http/headers.h"

namespace layer::features::functions {

inline constexpr std::size_t kPushAnswerBytesMax = std::size_t{64} << 20;

// {"function","version","items":[{"namespace","id","lease","input"}]}
std::string print_push(const RegisteredFunction& function, const std::vector<WorkItem>& items);

// What becomes of each item that was sent: every one of them is in one of the lists.
struct PushAnswer {
  std::vector<Completion> completions{};
  std::vector<queue::ItemFailure> failures{};
};
// {"items":[{"namespace","id","vector"?,"vectors"?,"attributes"?} or {..,"error":{"kind",
// "message","retry_after_ms"?}}]}. An item that is missing, or is called neither failed nor done in
// words that can be read, fails for now; one whose result may not be written fails for good.
// Errors: kValidation: this is no such answer. Cost: one pass; a large one belongs on a pool.
Result<PushAnswer> read_push_answer(const std::string& body, const FunctionSpec& spec,
                                    const std::vector<WorkItem>& sent);

// All of them alike.
PushAnswer all_failed(const std::vector<WorkItem>& sent, queue::FailureKind kind,
                      const std::string& message, std::chrono::milliseconds retry_after = {});

// What a status other than 200 means for the batch.
struct PushRefusal {
  queue::FailureKind kind = queue::FailureKind::kTransient;
  std::chrono::milliseconds retry_after{0};  // of a throttled one
};
PushRefusal refusal_of(int status, const http::Headers& headers);

queue::ItemLease lease_of(const WorkItem& item);

}  // namespace layer::features::functions
