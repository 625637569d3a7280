#include "app/config.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace layer::app {
namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<core::RawOptions> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--config: cannot read the file '{}'", path));
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto options = read_yaml(text);
  if (!options) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", path, options.error().message));
  }
  return options;
}

std::size_t or_cores(std::uint64_t count) {
  return count > 0 ? static_cast<std::size_t>(count)
                   : std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
}

}  // namespace

Result<core::RawOptions> read_yaml(const std::string& text) {
  core::RawOptions options;
  try {
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) {
      return options;
    }
    if (!root.IsMap()) {
      return fail(ErrorCode::kInvalidArgument, "the file must be a map of option names to values");
    }
    for (const auto& member : root) {
      auto& texts = options[member.first.as<std::string>()];
      if (member.second.IsSequence()) {
        for (const auto& item : member.second) {
          texts.push_back(item.as<std::string>());
        }
      } else {
        texts.push_back(member.second.IsNull() ? "" : member.second.as<std::string>());
      }
    }
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("not the YAML expected: {}", error.what()));
  }
  return options;
}

std::expected<core::OptionValues, Faults> resolve(Role role, core::RawOptions flags) {
  core::OptionSources sources{.flags = std::move(flags), .env = environment, .file = {}};
  Faults faults;
  if (const auto it = sources.flags.find("config"); it != sources.flags.end()) {
    auto file = read_file(it->second.back());
    if (file) {
      sources.file = std::move(*file);
    } else {
      faults.push_back(std::move(file).error());
    }
  }
  auto values = core::resolve_options(option_table(), role, sources);
  if (!values) {
    std::ranges::move(values.error(), std::back_inserter(faults));
  }
  if (!faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  return std::move(*values);
}

std::expected<Config, Faults> make_config(Role role, const core::OptionValues& values) {
  Config config;
  Faults faults;
  const auto fault = [&](std::string message) {
    faults.push_back({.code = ErrorCode::kInvalidArgument, .message = std::move(message)});
  };
  if (values.text("listen") == "none") {
    fault("--listen: the main listener needs an address");
  } else {
    config.listen = *core::parse_host_port(values.text("listen"));
  }
  if (values.text("admin-listen") != "none") {
    config.admin_listen = *core::parse_host_port(values.text("admin-listen"));
  }
  config.port_file = values.text("port-file");
  config.tls_cert = values.text("tls-cert");
  config.tls_key = values.text("tls-key");
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    fault("--tls-cert and --tls-key go together: give both or neither");
  }
  if (role != kServe) {
    config.api_keys = values.list("api-key");
  }
  if (std::ranges::any_of(config.api_keys, [](const auto& key) { return key.empty(); })) {
    fault("--api-key: a key must not be empty");
  }
  // Which of a gateway's stores are open is known once they are read; see open_gateway().
  if (role == kStore && config.api_keys.empty() && !values.flag("allow-open") &&
      !core::is_loopback(config.listen.host)) {
    fault(
        fmt::format("--listen: {} is reachable from other machines and no key is set: give "
                    "--api-key, or --allow-open to mean it",
                    values.text("listen")));
  }
  config.data_dir = values.text("data-dir");
  if (config.data_dir.empty()) {
    fault("--data-dir: a directory is needed");
  }
  config.threads = or_cores(values.number("threads"));
  config.engine_threads = or_cores(values.number("engine-threads"));
  config.engine_queue_max = values.number("engine-queue");
  config.memory_segment_bytes_max = values.number("memory-segment-bytes");
  config.maintenance_threads = static_cast<std::uint32_t>(values.number("maintenance-threads"));
  config.open_namespaces_max = static_cast<std::uint32_t>(values.number("open-namespaces"));
  config.body_bytes_max = values.number("max-body");
  config.connections_max = values.number("max-connections");
  config.idle_time_max = values.duration("idle-timeout");
  config.log_level = *core::parse_log_level(values.text("log-level"));
  config.log_format = *core::parse_log_format(values.text("log-format"));
  config.access_log = values.flag("access-log");
  config.drain_marker = values.text("drain-marker");
  config.drain_delay = values.duration("drain-delay");
  config.drain_timeout = values.duration("drain-timeout");
  if (role != kStore) {
    config.gateway = make_gateway_config(values, role == kServe, faults);
  }
  if (!faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  return config;
}

}  // namespace layer::app
