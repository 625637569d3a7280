#include "cli/function_canary.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/ask_first.h"
#include "cli/members.h"
#include "cli/row_reader.h"

namespace layer::cli {
namespace {

namespace json = boost::json;

constexpr int kNotRegistered = 404;
constexpr double kPercent = 100;
// A share is met roughly: some more rows wait than are asked for, and the last ones are left out.
constexpr double kShareSpare = 1.25;
constexpr double kRowsSpare = 20;

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = fault == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

json::object sample_of(const CanarySize& size, std::uint64_t selected) {
  json::object sample;
  if (size.share) {
    sample["share"] = *size.share;
    return sample;
  }
  sample["max_rows"] = *size.rows;
  const double share = (static_cast<double>(*size.rows) * kShareSpare + kRowsSpare) /
                       static_cast<double>(std::max<std::uint64_t>(selected, 1));
  if (share < 1) {
    sample["share"] = share;
  }
  return sample;
}

// Whether it may begin: nothing else waits that would be computed along with it.
bool is_idle(FunctionCalls& calls) {
  Session& session = calls.session();
  const auto answer =
      session.ask("GET", "/v2/udfs/" + http::encode_segment(calls.file().name) + "/status", "");
  if (answer && answer->status == kNotRegistered) {
    return true;
  }
  const auto now = calls.status();
  if (!now) {
    return false;
  }
  const auto waiting = member_count(*now, "pending_count") + member_count(*now, "processing_count");
  if (waiting > 0) {
    calls.fail_with(kFailure,
                    fmt::format("{} rows wait for the function already, and would be computed as "
                                "well: let it finish (layer fn status {}), resume it if it is "
                                "paused, or delete it first",
                                waiting, calls.file().name));
  }
  return waiting == 0;
}

class Canary {
 public:
  Canary(FunctionCalls& calls, std::size_t shown) : calls_(calls), shown_(shown) {}

  std::optional<CanaryReport> run(const CanarySize& size) {
    report_.function = calls_.file().name;
    report_.file = calls_.session().flag("file");
    if (!calls_.show_plan(true) || !may_run(size) || !is_idle(calls_) || !enqueue(size)) {
      return std::nullopt;
    }
    const auto items = list("pending", shown_);
    const auto before = items ? read_rows(calls_.session(), *items) : std::nullopt;
    if (!before || !compute()) {
      return std::nullopt;
    }
    const auto after = read_rows(calls_.session(), *items);
    if (!after || !count_failures()) {
      return std::nullopt;
    }
    report_.changes = changes_between(*before, *after);
    return std::move(report_);
  }

 private:
  bool may_run(const CanarySize& size) {
    const auto selected = static_cast<double>(calls_.rows_selected());
    const double rows =
        size.share ? selected * *size.share : std::min(static_cast<double>(*size.rows), selected);
    return agreed(calls_.session(), fmt::format("Run function {} over about {:.0f} of {:.0f} rows?",
                                                calls_.file().name, rows, selected));
  }

  // Without triggers rows come when they are asked for alone; paused, nobody works on them yet.
  bool enqueue(const CanarySize& size) {
    json::object spec = calls_.file().spec;
    spec["triggers"] = json::array();
    if (!calls_.put(spec, true)) {
      return false;
    }
    const auto enqueued = calls_.discover(sample_of(size, calls_.rows_selected()));
    const auto now = enqueued ? calls_.status() : std::nullopt;
    if (!now) {
      return false;
    }
    report_.rows = member_count(*now, "pending_count");
    if (report_.rows > *enqueued) {
      fmt::print(stderr, "note: {} rows that failed before are computed as well\n",
                 report_.rows - *enqueued);
    }
    return true;
  }

  bool compute() {
    Answer answer;
    const auto begun = std::chrono::steady_clock::now();
    if (!calls_.call("POST", "/resume", {}, answer)) {
      return false;
    }
    const auto end = calls_.watch(report_.rows);
    report_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    report_.failed = end ? member_count(*end, "failed_count") : 0;
    return end.has_value();
  }

  std::optional<json::array> list(std::string_view state, std::size_t limit) {
    Answer answer;
    if (!calls_.call("GET", fmt::format("/items?state={}&limit={}", state, limit), {}, answer)) {
      return std::nullopt;
    }
    const auto body = parse_object(answer.body);
    const auto* items = member_list(body, "items");
    return items == nullptr ? json::array() : *items;
  }

  bool count_failures() {
    if (report_.failed == 0) {
      return true;
    }
    const auto items = list("failed", kRowsShownMax);
    for (const auto& item : items ? *items : json::array()) {
      if (const auto* each = item.if_object()) {
        ++report_.failures[member_text(*each, "error")];
      }
    }
    return items.has_value();
  }

  FunctionCalls& calls_;
  const std::size_t shown_;
  CanaryReport report_;
};

}  // namespace

Result<CanarySize> parse_canary(std::string_view text) {
  if (text.ends_with('%')) {
    text.remove_suffix(1);
    const auto percent = number_in<double>(text);
    if (percent && *percent > 0 && *percent <= kPercent) {
      return CanarySize{.share = *percent / kPercent};
    }
  } else if (const auto rows = number_in<std::uint64_t>(text);
             rows && *rows > 0 && *rows <= kCanaryRowsMax) {
    return CanarySize{.rows = *rows};
  }
  return fail(ErrorCode::kInvalidArgument, "expected a share such as 1% or a number of rows");
}

json::object CanaryReport::as_json() const {
  json::array reasons;
  for (const auto& [error, count] : failures) {
    reasons.push_back(json::object{{"error", error}, {"rows", count}});
  }
  return {{"udf_id", function},
          {"rows", rows},
          {"succeeded", rows - std::min(failed, rows)},
          {"failed", failed},
          {"seconds", seconds},
          {"rows_per_second", seconds > 0 ? static_cast<double>(rows) / seconds : 0},
          {"failures", std::move(reasons)},
          {"changes", changes_json(changes)}};
}

std::string CanaryReport::as_text() const {
  std::string text = format_changes(changes);
  text += fmt::format("{}{} of {} rows computed, {} failed, {:.1f} s, {:.1f} rows/s\n",
                      text.empty() ? "" : "\n", rows - std::min(failed, rows), rows, failed,
                      seconds, seconds > 0 ? static_cast<double>(rows) / seconds : 0);
  for (const auto& [error, count] : failures) {
    text += fmt::format("failed, {} rows: {}\n", count, error);
  }
  if (rows == 0) {
    text += "no row that is left is among them: ask for more\n";
  }
  text += fmt::format("the others wait for: layer fn run -f {}\n", file);
  return text;
}

std::optional<CanaryReport> run_canary(FunctionCalls& calls, const CanarySize& size,
                                       std::size_t shown) {
  return Canary(calls, std::min(shown, kRowsShownMax)).run(size);
}

}  // namespace layer::cli
