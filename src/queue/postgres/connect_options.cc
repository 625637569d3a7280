#include "queue/postgres/connect_options.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/basic_resolver.hpp>

namespace layer::queue::postgres {
namespace {

// What holds unless the URL says otherwise. A peer that is gone without a word is noticed within
// half a minute.
constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"fallback_application_name", "layer"}, {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},           {"keepalives_count", "3"},
    {"tcp_user_timeout", "15000"},
};

std::string get(const ConnectOptions& options, const std::string& name,
                const std::string& otherwise = {}) {
  const auto found = options.values.find(name);
  return found == options.values.end() ? otherwise : found->second;
}

// One name that only a resolver knows; lists, addresses and folders of sockets go to libpq as they
// are.
bool needs_resolver(const ConnectOptions& options) {
  const std::string host = get(options, "host");
  if (host.empty() || host.find_first_of(",/@") != std::string::npos ||
      !get(options, "hostaddr").empty()) {
    return false;
  }
  boost::system::error_code no_address;
  async::asio::ip::make_address(host, no_address);
  return static_cast<bool>(no_address);
}

// Numbers, for several hosts several with commas between them.
bool is_ports(std::string_view text) {
  while (true) {
    std::uint16_t port = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    if (read.ec != std::errc() || port == 0 || (!text.empty() && text.front() != ',')) {
      return false;
    }
    if (text.empty()) {
      return true;
    }
    text.remove_prefix(1);
  }
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all = text;
  for (std::size_t i = 1; i < times; ++i) {
    all += "," + text;
  }
  return all;
}

}  // namespace

PGconn* ConnectOptions::start() const {
  std::vector<const char*> names;
  std::vector<const char*> texts;
  for (const auto& [name, text] : values) {
    names.push_back(name.c_str());
    texts.push_back(text.c_str());
  }
  names.push_back(nullptr);
  texts.push_back(nullptr);
  return PQconnectStartParams(names.data(), texts.data(), 0);
}

Result<ConnectOptions> parse_url(const std::string& url) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(url.c_str(), &message), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned(message, &PQfreemem);
  if (parsed == nullptr) {
    // libpq's sentence may quote the password.
    return fail(ErrorCode::kInvalidArgument,
                "the URL of the queue database cannot be read: expected "
                "postgres://USER:PASSWORD@HOST:PORT/DATABASE, special characters as %XX");
  }
  ConnectOptions options;
  for (const PQconninfoOption* each = parsed.get(); each->keyword != nullptr; ++each) {
    if (each->val != nullptr) {
      options.values[each->keyword] = each->val;
    }
  }
  // libpq would notice when it connects, which is too late to tell who started the process.
  if (!is_ports(get(options, "port", "5432"))) {
    return fail(ErrorCode::kInvalidArgument, "the URL of the queue database has no usable port");
  }
  for (const auto& [name, text] : kDefaults) {
    options.values.try_emplace(name, text);
  }
  return options;
}

async::Task<Result<ConnectOptions>> resolve(async::Loop& loop, std::string url) {
  LAYER_CO_ASSIGN(ConnectOptions options, parse_url(url));
  if (!needs_resolver(options)) {
    co_return options;
  }
  const std::string host = get(options, "host");
  const std::string port = get(options, "port", "5432");
  async::asio::ip::basic_resolver<async::asio::ip::tcp, async::Executor> resolver(loop);
  const auto [error, found] = co_await resolver.async_resolve(host, port, async::kToken);
  if (error) {
    co_return fail(ErrorCode::kUnavailable,
                   fmt::format("the name of the queue database, {}, cannot be resolved: {}", host,
                               error.message()));
  }
  std::vector<std::string> addresses;
  for (const auto& entry : found) {
    const std::string address = entry.endpoint().address().to_string();
    if (std::ranges::find(addresses, address) == addresses.end()) {
      addresses.push_back(address);
    }
  }
  options.values["host"] = repeated(host, addresses.size());
  options.values["port"] = repeated(port, addresses.size());
  options.values["hostaddr"] = fmt::format("{}", fmt::join(addresses, ","));
  co_return options;
}

std::string shown(const std::string& url) {
  const auto options = parse_url(url);
  if (!options) {
    return "unreadable";
  }
  return fmt::format("{}:{}/{}", get(*options, "host", "localhost"), get(*options, "port", "5432"),
                     get(*options, "dbname"));
}

Error unreachable(Error error) {
  if (error.code == ErrorCode::kTimeout) {
    error = {.code = ErrorCode::kUnavailable,
             .message = "the queue database did not answer in time; is the address right?"};
  }
  return error;
}

}  // namespace layer::queue::postgres
