#include "features/functions/push_addresses.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include "json/wrong_member.h"

namespace layer::features::functions {
namespace {

constexpr std::string_view kUrl = "worker.url";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return out;
}

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_host_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':';
}

bool is_loopback_host(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return host == "localhost" || (!error && address.is_loopback());
}

// A name begins with a letter: numbers without dots are addresses too ("2130706433" is 127.0.0.1).
bool is_cluster_name(std::string_view host) {
  if (host.empty() || !is_letter(host.front()) || host.find(':') != host.npos) {
    return false;
  }
  return host.find('.') == host.npos || host.ends_with(".svc") ||
         host.ends_with(".svc.cluster.local");
}

}  // namespace

Result<PushAddresses> PushAddresses::parse(const std::vector<std::string>& texts) {
  PushAddresses allowed;
  for (const std::string& text : texts) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      LAYER_TRY(allowed.add(text.substr(begin, end - begin)));
      begin = end + 1;
    }
  }
  return allowed;
}

Result<void> PushAddresses::add(const std::string& word) {
  const std::string host = lower(word);
  const std::string_view name = std::string_view(host).substr(host.starts_with("*.") ? 1 : 0);
  if (host == "loopback") {
    loopback_ = true;
  } else if (host == "cluster") {
    cluster_ = true;
  } else if (name.empty() || name == "." || !std::ranges::all_of(name, is_host_character)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is none of loopback, cluster, a host and *.NAME", word));
  } else if (host.starts_with("*.")) {
    below_.emplace_back(name);
  } else {
    hosts_.push_back(host);
  }
  return {};
}

bool PushAddresses::allows(std::string_view text) const {
  const std::string host = lower(text);
  return (loopback_ && is_loopback_host(host)) || (cluster_ && is_cluster_name(host)) ||
         std::ranges::find(hosts_, host) != hosts_.end() ||
         std::ranges::any_of(below_, [&](const std::string& end) { return host.ends_with(end); });
}

Result<http::BaseUrl> PushAddresses::find(const std::string& url) const {
  auto base = http::parse_base_url(url);
  if (!base) {
    return json::wrong_member(kUrl, base.error().message);
  }
  if (!allows(base->origin.host)) {
    return json::wrong_member(
        kUrl, fmt::format("no work is sent to '{}': it is not on the gateway's --push-allow",
                          base->origin.host));
  }
  return std::move(*base);
}

}  // namespace layer::features::functions
