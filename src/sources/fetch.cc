#include "sources/fetch.h"

#include <fmt/format.h>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "async/loops.h"
#include "async/run.h"
#include "http/client.h"

namespace layer::sources {
namespace {

struct Raw {
  int status = 0;
  http::Headers headers;
  std::string body;
};

async::Task<Result<Raw>> exchange(async::Loop& loop, const http::Origin& origin,
                                  http::ClientRequest request, std::size_t bytes_max) {
  http::ClientOptions options;
  options.connect_time_max = std::chrono::seconds(10);
  if (origin.tls) {
    LAYER_CO_ASSIGN(options.tls, http::make_client_tls());
  }
  http::Client client(loop, std::move(options));
  LAYER_CO_ASSIGN(auto response, co_await client.send(origin, request));
  LAYER_CO_ASSIGN(std::string body, co_await http::read_all(*response.body, bytes_max));
  co_return Raw{response.status, std::move(response.headers), std::move(body)};
}

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorCode::kUpstream, std::move(message));
}

Result<Raw> get(const boost::urls::url& url, const FetchOptions& options, bool with_headers) {
  const std::string authority(url.encoded_host_and_port());
  LAYER_ASSIGN(const auto base,
               http::parse_base_url(fmt::format("{}://{}", std::string(url.scheme()), authority)));
  http::ClientRequest request;
  request.target = url.encoded_target().empty() ? "/" : std::string(url.encoded_target());
  if (with_headers) {
    request.headers = options.headers;
  } else if (const auto agent = options.headers.find("user-agent"); agent) {
    request.headers.add("user-agent", *agent);
  }
  request.total_time_max = kFetchTimeMax;
  async::Loops loops(1, "source");
  return async::run_blocking(loops.at(0), [&]() -> async::Task<Result<Raw>> {
    co_return co_await exchange(loops.at(0), base.origin, std::move(request), options.bytes_max);
  });
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Raw> get_redirected(const std::string& address, const FetchOptions& options) {
  const auto parsed = boost::urls::parse_uri(address);
  if (!parsed) {
    return wrong(fmt::format("'{}' is no address", address));
  }
  boost::urls::url url(*parsed);
  for (int hop = 0; hop <= kRedirectsMax; ++hop) {
    if (url.scheme() != "http" && url.scheme() != "https") {
      return wrong(fmt::format("{}: neither http nor https", std::string(url.buffer())));
    }
    const bool own = url.encoded_host_and_port() == parsed->encoded_host_and_port() &&
                     url.scheme() == parsed->scheme();
    LAYER_ASSIGN(Raw raw, get(url, options, own));
    const auto location = raw.headers.find("location");
    if (!is_redirect(raw.status) || !location) {
      return raw;
    }
    const auto reference = boost::urls::parse_uri_reference(*location);
    boost::urls::url next;
    if (!reference || !boost::urls::resolve(url, *reference, next)) {
      return wrong(fmt::format("{}: sends on to '{}'", address, *location));
    }
    url = std::move(next);
  }
  return wrong(fmt::format("{}: sends on more than {} times", address, kRedirectsMax));
}

}  // namespace

Result<Fetched> fetch(const std::string& url, const FetchOptions& options, const Wait& wait) {
  Retries retries(kFetchPatience);
  if (options.pause.count() > 0 && !wait(options.pause)) {
    return fail(ErrorCode::kCancelled, "stopped");
  }
  for (;;) {
    LAYER_ASSIGN(Raw raw, get_redirected(url, options));
    if (raw.status == 200) {
      return Fetched{.body = std::move(raw.body),
                     .link_header = std::string(raw.headers.find("link").value_or(""))};
    }
    const auto asked = raw.headers.find("retry-after");
    const auto pause = passes(raw.status)
                           ? retries.next(asked ? parse_retry_after(*asked) : std::nullopt)
                           : std::nullopt;
    if (!pause) {
      return wrong(fmt::format("{}: answers {}", url, raw.status));
    }
    if (!wait(*pause)) {
      return fail(ErrorCode::kCancelled, "stopped");
    }
  }
}

}  // namespace layer::sources
