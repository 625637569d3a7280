#include <fmt/format.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "engine/cases.h"
#include "engine/support.h"

namespace layer::bench {

int run_write(const WriteOptions& options) {
  OpenEngine opened = open_engine(options.directory);
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> next_id = 0;
  const std::string filler(options.row_bytes, 'x');
  const double started = wall_seconds();
  const double until = started + options.seconds;
  {
    std::vector<std::jthread> clients;
    for (std::uint32_t client = 0; client < options.clients; ++client) {
      clients.emplace_back([&] {
        while (wall_seconds() < until) {
          std::string body =
              R"({"schema":{"s":{"type":"string","filterable":false}},"upsert_rows":[)";
          for (std::uint32_t row = 0; row < options.rows_per_request; ++row) {
            body += fmt::format(R"({}{{"id":{},"n":{},"s":"{}"}})", row == 0 ? "" : ",", next_id++,
                                row, filler);
          }
          body += "]}";
          bytes += body.size();
          post(*opened.engine, "/v2/namespaces/bench", std::move(body));
          ++requests;
        }
      });
    }
  }
  const double seconds = wall_seconds() - started;
  const double rows =
      static_cast<double>(requests.load()) * static_cast<double>(options.rows_per_request);
  fmt::print(
      R"({{"case":"write, {} clients, {} rows of {} bytes a request","requests_per_s":{:.0f},"rows_per_s":{:.0f},"mb_per_s":{:.2f}}})"
      "\n",
      options.clients, options.rows_per_request, options.row_bytes,
      static_cast<double>(requests.load()) / seconds, rows / seconds,
      static_cast<double>(bytes.load()) / seconds / 1e6);
  opened.engine->stop();
  return 0;
}

}  // namespace layer::bench
