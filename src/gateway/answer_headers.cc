#include "gateway/answer_headers.h"

#include <algorithm>

#include <fmt/format.h>

namespace layer::gateway {
namespace {

using Text = fmt::basic_memory_buffer<char, 256>;

// "<name>;dur=1.23", in integers: printing floats costs more than the rest of the head.
void print_entry(Text& out, std::string_view name, async::Duration duration) {
  const auto hundredths = std::max<std::int64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(duration).count() / 10, 0);
  fmt::format_to(std::back_inserter(out), "{}{};dur={}.{:02}", out.size() == 0 ? "" : ", ", name,
                 hundredths / 100, hundredths % 100);
}

}  // namespace

void add_answer_headers(const Exchange& exchange, http::Headers& answer) {
  const auto total = async::SteadyClock::now() - exchange.begun;
  Text timing;
  if (const auto stores = answer.find("server-timing")) {
    timing.append(*stores);
  }
  print_entry(timing, "layer", total - exchange.upstream - exchange.cache);
  print_entry(timing, "upstream", exchange.upstream);
  if (exchange.cache_used) {
    print_entry(timing, "cache", exchange.cache);
  }
  answer.set("server-timing", {timing.data(), timing.size()});
  answer.set("traceparent", exchange.trace.traceparent());
  if (exchange.served_by != ServedBy::kNothing) {
    answer.set("x-layer-served-by", name(exchange.served_by));
  }
  if (!exchange.warnings.empty()) {
    answer.set("x-layer-warning", exchange.warnings);
  }
  for (std::size_t i = 0; i < exchange.answer_headers.size(); ++i) {
    const auto [name, value] = exchange.answer_headers[i];
    answer.set(name, value);
  }
}

}  // namespace layer::gateway
