#include "cli/doctor_checks.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>

namespace layer::cli {
namespace {

constexpr int kLatencyCalls = 20;
constexpr double kAddedMsWarn = 5.0;
// A gateway refuses tokens further ahead than this (rule C3 of the contract).
constexpr std::int64_t kClockSkewMaxS = 5;
constexpr std::int64_t kClockSkewWarnS = 2;  // the header has whole seconds

}  // namespace

Check check_clock(const Patient& patient) {
  const auto answer = patient.server.send({.target = "/health", .with_key = false});
  const auto date = answer ? answer->headers.find("date") : std::nullopt;
  std::tm parts{};
  if (!date ||
      ::strptime(std::string(*date).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) {
    return {"clock", Health::kWarn, "the server sends no date to compare with"};
  }
  const std::int64_t skew = ::timegm(&parts) - std::time(nullptr);
  const std::int64_t size = std::abs(skew);
  const std::string found =
      fmt::format("{} s {} this machine's", size, skew > 0 ? "ahead of" : "behind");
  constexpr std::string_view kFix = "let both machines keep time by NTP";
  if (size > kClockSkewMaxS) {
    return {"clock", Health::kFail, found, std::string(kFix)};
  }
  if (size > kClockSkewWarnS) {
    return {"clock", Health::kWarn, found, std::string(kFix)};
  }
  return {"clock", Health::kOk, "within 2 s of this machine's"};
}

Check check_latency(const Patient& patient) {
  std::vector<double> added;
  for (int call = 0; call < kLatencyCalls; ++call) {
    const auto answer = patient.server.send({.target = std::string(kDoctorList)});
    if (!answer) {
      return silent("latency", answer.error());
    }
    if (const auto layer = timing_in(*answer, "layer")) {
      added.push_back(*layer);
    }
  }
  if (added.empty()) {
    return {"latency", Health::kWarn, "not known: answers carry no server-timing"};
  }
  std::ranges::sort(added);
  const double median = added[added.size() / 2];
  const std::string found = fmt::format("the gateway adds {:.2f} ms (median of {}), {:.2f} at most",
                                        median, added.size(), added.back());
  if (median > kAddedMsWarn) {
    return {"latency", Health::kWarn, found, "give the gateway more cores, or look at its load"};
  }
  return {"latency", Health::kOk, found};
}

}  // namespace layer::cli
