#include "app/option_table.h"

#include <array>

#include <fmt/format.h>

namespace layer::app {
namespace {

using core::OptionKind;
using core::OptionSpec;

constexpr std::uint64_t kDayMs = 86'400'000;
constexpr unsigned kGateway = kServe | kUp;

constexpr std::array kOptions{
    OptionSpec{.name = "listen",
               .env = "LAYER_LISTEN PORT",
               .kind = OptionKind::kAddress,
               .default_value = "127.0.0.1:8080",
               .help = "main listener; port 0 takes a free one; a port alone means every address"},
    OptionSpec{
        .name = "admin-listen",
        .env = "LAYER_ADMIN_LISTEN",
        .kind = OptionKind::kAddress,
        .default_value = "127.0.0.1:9090",
        .help = "listener of /health, /ready and /metrics; 'none' serves them on the main one",
        .roles = kGateway},
    OptionSpec{
        .name = "admin-listen",
        .env = "LAYER_ADMIN_LISTEN",
        .kind = OptionKind::kAddress,
        .default_value = "none",
        .help = "listener of /health, /ready and /metrics; 'none' serves them on the main one",
        .roles = kStore},
    OptionSpec{.name = "port-file",
               .env = "LAYER_PORT_FILE",
               .default_value = "",
               .help = "file that receives the main listener's port once it is open"},
    OptionSpec{.name = "tls-cert",
               .env = "LAYER_TLS_CERT",
               .default_value = "",
               .help = "PEM file with the certificate chain; turns TLS on for the main listener"},
    OptionSpec{.name = "tls-key",
               .env = "LAYER_TLS_KEY",
               .default_value = "",
               .help = "PEM file with the certificate's private key"},
    OptionSpec{.name = "api-key",
               .env = "LAYER_STORE_API_KEY",
               .kind = OptionKind::kList,
               .default_value = "",
               .help = "key that requests must bring as a bearer token; repeatable; none: open",
               .secret = true},
    OptionSpec{.name = "allow-open",
               .env = "LAYER_ALLOW_OPEN",
               .kind = OptionKind::kBool,
               .default_value = "false",
               .help = "listen beyond loopback although no key is set"},
    OptionSpec{.name = "data-dir",
               .env = "LAYER_DATA_DIR",
               .default_value = "./layer-data",
               .help = "directory of the store; one process at a time opens it"},
    OptionSpec{.name = "threads",
               .env = "LAYER_THREADS",
               .kind = OptionKind::kUint,
               .default_value = "0",
               .help = "event loops; 0 means one a core",
               .max = 1024},
    OptionSpec{.name = "engine-threads",
               .env = "LAYER_ENGINE_THREADS",
               .kind = OptionKind::kUint,
               .default_value = "0",
               .help = "threads that run queries and writes; 0 means one a core",
               .max = 1024},
    OptionSpec{.name = "engine-queue",
               .env = "LAYER_ENGINE_QUEUE",
               .kind = OptionKind::kUint,
               .default_value = "1024",
               .help = "requests that may wait for an engine thread; beyond it 429",
               .min = 1,
               .max = 1'000'000},
    OptionSpec{.name = "memory-segment-bytes",
               .env = "LAYER_MEMORY_SEGMENT_BYTES",
               .kind = OptionKind::kBytes,
               .default_value = "64MiB",
               .help = "recent writes of one namespace that stay in memory before they are flushed",
               .min = 1024,
               .max = 16ULL << 30U},
    OptionSpec{.name = "maintenance-threads",
               .env = "LAYER_MAINTENANCE_THREADS",
               .kind = OptionKind::kUint,
               .default_value = "1",
               .help = "threads that flush and merge segments",
               .min = 1,
               .max = 64},
    OptionSpec{.name = "open-namespaces",
               .env = "LAYER_OPEN_NAMESPACES",
               .kind = OptionKind::kUint,
               .default_value = "1024",
               .help = "namespaces kept open; idle ones beyond are closed",
               .min = 1,
               .max = 1'000'000},
    OptionSpec{.name = "max-body",
               .env = "LAYER_MAX_BODY",
               .kind = OptionKind::kBytes,
               .default_value = "512MiB",
               .help = "largest request body, before and after decompression",
               .min = 1024,
               .max = 4ULL << 30U},
    OptionSpec{.name = "max-connections",
               .env = "LAYER_MAX_CONNECTIONS",
               .kind = OptionKind::kUint,
               .default_value = "16384",
               .help = "open connections; beyond it 503",
               .min = 1,
               .max = 1'000'000},
    OptionSpec{.name = "idle-timeout",
               .env = "LAYER_IDLE_TIMEOUT",
               .kind = OptionKind::kDuration,
               .default_value = "1h",
               .help = "how long a kept connection may be silent between requests",
               .min = 1000,
               .max = 30 * kDayMs},
    OptionSpec{.name = "log-level",
               .env = "LAYER_LOG",
               .kind = OptionKind::kChoice,
               .default_value = "info",
               .help = "least level that is written to standard error",
               .choices = "debug info warn error off"},
    OptionSpec{.name = "log-format",
               .env = "LAYER_LOG_FORMAT",
               .kind = OptionKind::kChoice,
               .default_value = "json",
               .help = "one JSON object a line, or text for people",
               .choices = "json text"},
    OptionSpec{.name = "access-log",
               .env = "LAYER_ACCESS_LOG",
               .kind = OptionKind::kBool,
               .default_value = "true",
               .help = "one line a request at level info"},
    OptionSpec{.name = "drain-marker",
               .env = "LAYER_DRAIN_MARKER_PATH",
               .default_value = "/tmp/layer-gateway-draining",
               .help = "file whose appearance starts the drain; empty: none",
               .roles = kGateway},
    OptionSpec{.name = "drain-marker",
               .env = "LAYER_DRAIN_MARKER_PATH",
               .default_value = "",
               .help = "file whose appearance starts the drain; empty: none",
               .roles = kStore},
    OptionSpec{.name = "drain-delay",
               .env = "LAYER_DRAIN_DELAY",
               .kind = OptionKind::kDuration,
               .default_value = "5s",
               .help = "how long requests are still taken after the stop signal",
               .roles = kGateway,
               .max = kDayMs},
    OptionSpec{.name = "drain-delay",
               .env = "LAYER_DRAIN_DELAY",
               .kind = OptionKind::kDuration,
               .default_value = "0s",
               .help = "how long requests are still taken after the stop signal",
               .roles = kStore,
               .max = kDayMs},
    OptionSpec{.name = "drain-timeout",
               .env = "LAYER_DRAIN_TIMEOUT",
               .kind = OptionKind::kDuration,
               .default_value = "60s",
               .help = "how long requests in flight may take to finish after that",
               .max = kDayMs},
};

std::string roles_text(unsigned roles) {
  std::string text;
  for (const Role role : {kStore, kServe, kUp}) {
    if ((roles & role) != 0) {
      text += text.empty() ? "" : ", ";
      text += role_name(role);
    }
  }
  return text;
}

}  // namespace

std::span<const OptionSpec> option_table() {
  return kOptions;
}

std::string_view role_name(Role role) {
  switch (role) {
    case kStore:
      return "store";
    case kServe:
      return "serve";
    case kUp:
      return "up";
  }
  return {};
}

std::string options_reference() {
  std::string out =
      "# Options\n\n"
      "Made by `layer config reference` from `src/app/option_table.cc`; do not edit.\n\n"
      "Precedence: flag, environment variable, file (`--config FILE`, YAML whose keys are the "
      "flag\n"
      "names), default. All faults are printed together and the exit code is 2.\n"
      "`layer config print --explain` shows each value and where it came from.\n\n"
      "| Flag | Commands | Environment | Default | Bounds | Meaning |\n"
      "|---|---|---|---|---|---|\n";
  for (const OptionSpec& spec : kOptions) {
    std::string variables;
    for (const auto word : core::split_words(spec.env)) {
      variables += fmt::format("{}`{}`", variables.empty() ? "" : ", ", word);
    }
    const std::string bounds =
        spec.choices.empty() ? core::describe_bounds(spec) : std::string(spec.choices);
    fmt::format_to(std::back_inserter(out), "| `--{}` | {} | {} | {} | {} | {} |\n", spec.name,
                   roles_text(spec.roles), variables,
                   spec.default_value.empty() ? "" : fmt::format("`{}`", spec.default_value),
                   bounds, spec.help);
  }
  return out;
}

}  // namespace layer::app
