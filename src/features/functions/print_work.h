// What workers of functions are answered. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "features/functions/discovery.h"
#include "features/functions/function_work.h"

namespace layer::features::functions {

// {"udf_id","worker_id","version","items":[{"namespace","id","lease","attempt","input"}],
// "retry_after_ms"?}
std::string print_claim(const RegisteredFunction& function, std::string_view worker,
                        const ClaimedWork& work);
// {"udf_id","updated","results"?:[{"index","reason"?,"disposition"?,"ok"}]}
std::string print_report(std::string_view function, const queue::Outcomes& outcomes,
                         bool dispositions);

}  // namespace layer::features::functions
