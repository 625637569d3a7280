// Results of a job over HTTP (rules J6 and J7 of the contract): a page of them, or all as a stream
// of lines that reads ahead no further than a part and may follow a job that runs. Thread safety:
// any loop; what the parts refer to outlives answers and their streams.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "async/cpu_pool.h"
#include "gateway/route_handler.h"
#include "gateway/routes/jobs.h"
#include "json/writer.h"
#include "objects/object_store.h"

namespace layer::gateway {

inline constexpr std::size_t kResultsLimitDefault = 1000;
inline constexpr std::size_t kResultsLimitMax = 10'000;

struct ResultParts {
  JobParts jobs;
  objects::ObjectStore& objects;
  bool shared = true;   // other gateways' results lie there too
  std::string gateway;  // this one
  async::CpuPool& pool;
};

// How a kind shows its results in a page.
struct ResultShape {
  std::string_view member;  // "rows", "ids", "values"
  // Appends what a line says, without its line feed; empty: the line as it is.
  std::function<void(json::Writer& out, std::string_view line)> put{};
  // Further members of the page; none when empty.
  std::function<void(json::Writer& out)> more{};
};

// Query parameters: limit, cursor or offset; follow=true. With `Accept: application/x-ndjson` the
// answer is a stream whose last line is {"$end":{...}}. Errors: kGone (expired, cancelled,
// removed), kResultsElsewhere, kValidation (a failed job, a parameter), kInvalidCursor, those of
// the object store.
async::Task<Result<http::Response>> answer_results(Exchange& exchange, ResultParts parts,
                                                   queue::Job job, ResultShape shape);

// A stream of lines was asked for.
bool wants_lines(const Exchange& exchange);
// A stream of them as an answer: 200, the lines from number `first` on.
http::Response answer_lines(ResultParts parts, queue::Job job, std::uint64_t first, bool follow);
// The lines of a job from number `first` on, and the last one.
std::unique_ptr<http::Body> stream_results(ResultParts parts, queue::Job job, std::uint64_t first,
                                           bool follow);

}  // namespace layer::gateway
