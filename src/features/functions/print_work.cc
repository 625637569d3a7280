#include "features/functions/print_work.h"

#include <algorithm>
#include <utility>

#include "features/functions/print_function.h"
#include "features/functions/requests.h"

namespace layer::features::functions {
namespace {

// A paused function may go on at any time.
constexpr std::chrono::milliseconds kPausedWait{5'000};

}  // namespace

std::string print_claim(const RegisteredFunction& function, std::string_view worker,
                        const ClaimedWork& work) {
  json::Writer out;
  out.begin_object()
      .member("udf_id", function.id)
      .member("worker_id", worker)
      .member("version", function.spec.version)
      .key("items")
      .begin_array();
  for (const WorkItem& item : work.items) {
    out.begin_object().member("namespace", item.key.ns).key("id");
    write_id(out, item.key);
    out.member("lease", print_lease(item.key, item.lease)).member("attempt", item.attempt);
    out.key("input").raw(item.input);
    out.end_object();
  }
  out.end_array();
  const auto wait = work.paused ? kPausedWait : work.retry_after;
  if (work.items.empty() && wait.count() > 0) {
    out.member("retry_after_ms", wait.count());
  }
  out.end_object();
  return std::move(out).take();
}

std::string print_report(std::string_view function, const queue::Outcomes& outcomes,
                         bool dispositions) {
  json::Writer out;
  out.begin_object()
      .member("udf_id", function)
      .member("updated",
              std::ranges::count_if(outcomes, [](const auto& outcome) { return !outcome; }));
  if (dispositions) {
    out.key("results").begin_array();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      out.begin_object().member("index", i).member("ok", !outcomes[i]);
      if (outcomes[i]) {
        out.member("reason", name(outcomes[i]->reason))
            .member("disposition", name(outcomes[i]->disposition));
      }
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::features::functions
