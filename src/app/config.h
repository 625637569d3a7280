// The configuration of one server process, from flags, environment and file. Thread safety: values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/gateway_config.h"
#include "app/option_table.h"
#include "core/log.h"
#include "core/units.h"

namespace layer::app {

struct Config {
  core::HostPort listen;
  std::optional<core::HostPort> admin_listen;
  std::string port_file;
  std::string tls_cert;
  std::string tls_key;
  std::vector<std::string> api_keys;
  std::filesystem::path data_dir;
  std::size_t threads = 1;
  std::size_t engine_threads = 1;
  std::size_t engine_queue_max = 1024;
  std::uint64_t memory_segment_bytes_max = 0;
  std::uint32_t maintenance_threads = 1;
  std::uint32_t open_namespaces_max = 0;
  std::uint64_t body_bytes_max = 0;
  std::size_t connections_max = 0;
  std::chrono::milliseconds idle_time_max{};
  core::LogLevel log_level = core::LogLevel::kInfo;
  core::LogFormat log_format = core::LogFormat::kJson;
  bool access_log = true;
  std::string drain_marker;
  std::chrono::milliseconds drain_delay{};
  std::chrono::milliseconds drain_timeout{};
  GatewayConfig gateway;  // of serve and up
};

using Faults = std::vector<Error>;

// Resolves the options of `role`. `flags["config"]`, when present, names the YAML file.
// Every fault found is in the list.
std::expected<core::OptionValues, Faults> resolve(Role role, core::RawOptions flags);
// Checks what concerns several options at once.
std::expected<Config, Faults> make_config(Role role, const core::OptionValues& values);

// The options in a YAML text: scalars and lists of scalars under the flag names.
Result<core::RawOptions> read_yaml(const std::string& text);

}  // namespace layer::app
