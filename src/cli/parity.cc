// `layer parity --store URL [--gateway URL]`: is the gateway a store like the store?
#include <csignal>
#include <cstdio>
#include <ctime>
#include <random>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "cli/parity_report.h"
#include "cli/session.h"

namespace layer::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

std::string random_prefix() {
  std::random_device device;
  return fmt::format("layer-parity-{:08x}", device());
}

// Both sides must serve the key before a hundred cases say so one by one. 0, or an exit code.
int preflight(Prober& prober) {
  const auto answer = prober.send({.target = "/v1/namespaces?page_size=1"});
  if (!answer) {
    fmt::print(stderr, "layer: {}: {}\n", prober.where(), answer.error().message);
    return answer.error().code == ErrorCode::kTimeout ? kTimedOut : kFailure;
  }
  if (answer->status == 401 || answer->status == 403) {
    fmt::print(stderr, "layer: {} refuses the key ({}): {}\n", prober.where(), answer->status,
               answer->body);
    return kRefused;
  }
  return kOk;
}

std::string version_of(Prober& gateway) {
  const auto answer = gateway.send({.target = "/health", .with_key = false});
  if (!answer || answer->status != 200) {
    return {};
  }
  boost::system::error_code ec;
  const auto health = boost::json::parse(answer->body, ec);
  const auto* version =
      !ec && health.is_object() ? health.as_object().if_contains("version") : nullptr;
  return version != nullptr && version->is_string() ? std::string(version->as_string()) : "";
}

std::vector<ParityCase> chosen_cases(const std::string& filter) {
  auto cases = embedded_parity_cases();
  std::erase_if(cases, [&](const ParityCase& each) {
    return (each.file + " " + each.name).find(filter) == std::string::npos;
  });
  return cases;
}

bool show_progress(std::size_t done, std::size_t total) {
  if (::isatty(STDERR_FILENO) == 1) {
    fmt::print(stderr, "\r{}/{} cases", done, total);
    std::fflush(stderr);
  }
  return interrupted == 0;
}

Result<std::unique_ptr<Prober>> prober_for(const std::string& url, const std::string& key,
                                           std::chrono::milliseconds time_max) {
  LAYER_ASSIGN(http::BaseUrl base, http::parse_base_url(url));
  return Prober::make(std::move(base), key, time_max);
}

int usage(std::string_view message) {
  fmt::print(stderr, "layer: {}\n", message);
  return kUsage;
}

}  // namespace

int parity(Session& session, const std::vector<std::string>&) {
  if (session.flag("store").empty()) {
    return usage("parity needs --store URL, the store that stands behind the gateway");
  }
  const std::string& store_key = session.flag("store-key");
  const auto store = prober_for(
      session.flag("store"), store_key.empty() ? session.api_key() : store_key, session.timeout());
  const auto gateway =
      session.flag("gateway").empty()
          ? Prober::make(session.base(), session.api_key(), session.timeout())
          : prober_for(session.flag("gateway"), session.api_key(), session.timeout());
  if (!store || !gateway) {
    return usage((store ? gateway : store).error().message);
  }
  const auto cases = chosen_cases(session.flag("filter"));
  if (cases.empty()) {
    return usage("no case has --filter in its file's or its own name");
  }
  for (Prober* side : {store->get(), gateway->get()}) {
    if (const int code = preflight(*side); code != kOk) {
      return code;
    }
  }
  // An interrupt ends the run after the case under way, whose namespaces are deleted as always.
  std::signal(SIGINT, [](int) { interrupted = 1; });
  auto result =
      run_parity(**store, **gateway, cases, {.prefix = random_prefix(), .proceed = show_progress});
  if (::isatty(STDERR_FILENO) == 1) {
    fmt::print(stderr, "\r\n");
  }
  if (!result) {
    fmt::print(stderr, "layer: {}: {}\n", (*store)->where(), result.error().message);
    return result.error().code == ErrorCode::kTimeout ? kTimedOut : kFailure;
  }
  const ParityCertificate certificate{
      .store = (*store)->where(),
      .gateway = (*gateway)->where(),
      .gateway_version = version_of(**gateway),
      .layer_version = LAYER_VERSION,
      .date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))),
      .strict = !session.flag("strict").empty(),
      .result = std::move(*result)};
  fmt::print("{}", session.json() ? print_as_json(certificate) : print_as_text(certificate));
  return certificate.equal() ? kOk : kFailure;
}

}  // namespace layer::cli
