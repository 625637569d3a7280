#include "app/queue_config.h"

#include "queue/postgres/connect_options.h"

namespace layer::app {
namespace {

void read_postgres(const core::OptionValues& values, QueueConfig& config,
                   std::vector<Error>& faults) {
  config.kind = QueueConfig::Kind::kPostgres;
  queue::postgres::DatabaseOptions& options = config.postgres;
  options.connection.url = values.text("database-url");
  options.connection.idle_in_transaction_max =
      std::chrono::milliseconds(values.number("queue-idle-in-transaction-timeout-ms"));
  options.data_max = values.number("queue-data-pool-max-connections");
  options.control_max = values.number("queue-control-pool-max-connections");
  if (const auto parsed = queue::postgres::parse_url(options.connection.url); !parsed) {
    faults.push_back({.code = ErrorCode::kInvalidArgument,
                      .message = "--database-url: " + parsed.error().message});
  }
}

}  // namespace

QueueConfig read_queue_config(const core::OptionValues& values, std::vector<Error>& faults) {
  constexpr std::string_view kSqlite = "sqlite:";
  const std::string& url = values.text("database-url");
  QueueConfig config;
  config.adopt = values.flag("adopt-queue");
  if (url == "off") {
    config.kind = QueueConfig::Kind::kOff;
  } else if (url.starts_with("postgres://") || url.starts_with("postgresql://")) {
    read_postgres(values, config, faults);
  } else if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    config.file = url.substr(kSqlite.size());
  } else if (!url.empty()) {
    faults.push_back({.code = ErrorCode::kInvalidArgument,
                      .message = "--database-url: expected postgres://USER:PASSWORD@HOST/DATABASE, "
                                 "sqlite:PATH or off"});
  }
  return config;
}

}  // namespace layer::app
