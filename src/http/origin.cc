#include "http/origin.h"

#include <fmt/format.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace layer::http {

std::string Origin::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

Result<BaseUrl> parse_base_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not a base URL: write it like https://host:port", text));
  };
  if (!parsed) {
    return refuse();
  }
  const auto& url = *parsed;
  const bool tls = url.scheme() == "https";
  if ((!tls && url.scheme() != "http") || url.encoded_host().empty() || url.has_query() ||
      url.has_fragment() || url.has_userinfo() || (url.has_port() && url.port_number() == 0)) {
    return refuse();
  }
  BaseUrl base;
  base.origin.tls = tls;
  const std::string host(url.encoded_host().data(), url.encoded_host().size());
  base.origin.host = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
  base.origin.port =
      url.has_port() ? url.port_number() : static_cast<std::uint16_t>(tls ? 443 : 80);
  base.prefix.assign(url.encoded_path().data(), url.encoded_path().size());
  while (base.prefix.ends_with('/')) {
    base.prefix.pop_back();
  }
  return base;
}

std::string encode_segment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    plain ? void(out += c)
          : void(fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace layer::http
