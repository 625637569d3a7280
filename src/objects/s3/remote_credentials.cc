// Sources that somebody answers for over HTTP.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/random.h"
#include "json/document.h"
#include "objects/s3/credential_sources.h"
#include "objects/s3/encoding.h"
#include "objects/s3/small_file.h"
#include "objects/s3/time_text.h"
#include "objects/s3/web.h"
#include "objects/s3/xml.h"

namespace layer::objects::s3 {
namespace {

constexpr std::size_t kTokenBytesMax = std::size_t{64} << 10;
constexpr std::size_t kAnswerBytesMax = std::size_t{64} << 10;
constexpr std::chrono::seconds kRemoteTimeMax{5};
constexpr std::chrono::seconds kLocalTimeMax{2};  // link-local: an answer comes at once or never

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

struct Target {
  http::Origin origin;
  std::string target;
};

// A whole URL, cut where its path begins; parse_base_url takes no query.
Result<Target> parse_target(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t slash =
      scheme == std::string_view::npos ? scheme : url.find_first_of("/?", scheme + 3);
  LAYER_ASSIGN(const http::BaseUrl base, http::parse_base_url(url.substr(0, slash)));
  std::string target(slash == std::string_view::npos ? "/" : url.substr(slash));
  if (target.front() == '?') {
    target.insert(0, 1, '/');
  }
  return Target{.origin = base.origin, .target = std::move(target)};
}

// Credentials go in plain text only where nobody else listens.
bool may_ask_plainly(const std::string& host) {
  static constexpr std::array<std::string_view, 5> kHosts{"localhost", "::1", "169.254.170.2",
                                                          "169.254.170.23", "fd00:ec2::23"};
  return host.starts_with("127.") || std::ranges::find(kHosts, host) != kHosts.end();
}

async::Task<Result<Answer>> ask(const SourceParts& parts, Target where, http::ClientRequest request,
                                std::chrono::seconds patience) {
  request.target = std::move(where.target);
  co_return co_await exchange(parts.client, where.origin, request,
                              {.time_max = patience, .ok_bytes_max = kAnswerBytesMax});
}

std::unexpected<Error> refused(const Answer& answer) {
  const Fault fault = fault_of(answer);
  return fail(ErrorCode::kIo, fmt::format("it answered {}{}{}", answer.status,
                                          fault.code.empty() ? "" : " ", fault.code));
}

}  // namespace

Result<Credentials> read_credentials_json(std::string text) {
  const auto document = json::Document::parse(std::move(text));
  const auto unusable = [] { return fail(ErrorCode::kIo, "its answer holds no credentials"); };
  if (!document) {
    return unusable();
  }
  const auto member = [&](const char* name) {
    std::string_view value;
    return document->root()[name].get(value) == simdjson::SUCCESS ? std::string(value)
                                                                  : std::string();
  };
  Credentials found{.access_key_id = member("AccessKeyId"),
                    .secret_access_key = member("SecretAccessKey"),
                    .session_token = member("Token"),
                    .expires_ms = parse_iso_time(member("Expiration"))};
  if (found.access_key_id.empty() || found.secret_access_key.empty()) {
    return unusable();
  }
  return found;
}

Result<Credentials> read_assumed_role(std::string_view xml) {
  const auto root = parse_xml(xml);
  const XmlElement* result = root ? root->find("AssumeRoleWithWebIdentityResult") : nullptr;
  const XmlElement* keys = result == nullptr ? nullptr : result->find("Credentials");
  if (keys == nullptr || keys->text_of("AccessKeyId").empty() ||
      keys->text_of("SecretAccessKey").empty()) {
    return fail(ErrorCode::kIo, "its answer holds no credentials");
  }
  return Credentials{.access_key_id = std::string(keys->text_of("AccessKeyId")),
                     .secret_access_key = std::string(keys->text_of("SecretAccessKey")),
                     .session_token = std::string(keys->text_of("SessionToken")),
                     .expires_ms = parse_iso_time(keys->text_of("Expiration"))};
}

async::Task<Result<std::optional<Credentials>>> WebIdentity::fetch() {
  const std::string file = parts_.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
  const std::string role = parts_.variable("AWS_ROLE_ARN");
  if (file.empty() || role.empty()) {
    co_return std::nullopt;
  }
  std::string session = parts_.variable("AWS_ROLE_SESSION_NAME");
  if (session.empty()) {
    session = "layer-" + core::hex(core::random_u64());
  }
  std::string url = parts_.variable("AWS_ENDPOINT_URL_STS");
  if (url.empty()) {
    url = fmt::format("https://sts.{}.amazonaws.com{}", parts_.region,
                      parts_.region.starts_with("cn-") ? ".cn" : "");
  }
  LAYER_CO_ASSIGN(Target where, parse_target(url));
  LAYER_CO_ASSIGN(const std::string token,
                  co_await read_small_file(parts_.pool, file, kTokenBytesMax));
  http::ClientRequest request;
  request.method = "POST";
  request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  request.body = encode_form({{"Action", "AssumeRoleWithWebIdentity"},
                              {"Version", "2011-06-15"},
                              {"RoleArn", role},
                              {"RoleSessionName", session},
                              {"WebIdentityToken", trimmed(token)}});
  LAYER_CO_ASSIGN(const Answer answer,
                  co_await ask(parts_, std::move(where), std::move(request), kRemoteTimeMax));
  if (!answer.ok()) {
    co_return refused(answer);
  }
  LAYER_CO_ASSIGN(Credentials found, read_assumed_role(answer.body));
  co_return found;
}

async::Task<Result<std::optional<Credentials>>> ContainerCredentials::fetch() {
  const std::string relative = parts_.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = parts_.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) {
    co_return std::nullopt;
  }
  LAYER_CO_ASSIGN(Target where,
                  parse_target(relative.empty() ? full : "http://169.254.170.2" + relative));
  if (!where.origin.tls && !may_ask_plainly(where.origin.host)) {
    co_return fail(ErrorCode::kIo, "its URI is neither https nor on this machine");
  }
  std::string token = parts_.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  const std::string file = parts_.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (!file.empty()) {
    LAYER_CO_ASSIGN(token, co_await read_small_file(parts_.pool, file, kTokenBytesMax));
  }
  token = trimmed(token);
  if (token.find_first_of("\r\n") != std::string::npos) {
    co_return fail(ErrorCode::kIo, "its token has several lines");
  }
  http::ClientRequest request;
  if (!token.empty()) {
    request.headers.add("authorization", token);
  }
  LAYER_CO_ASSIGN(Answer answer,
                  co_await ask(parts_, std::move(where), std::move(request), kLocalTimeMax));
  if (!answer.ok()) {
    co_return refused(answer);
  }
  LAYER_CO_ASSIGN(Credentials found, read_credentials_json(std::move(answer.body)));
  co_return found;
}

async::Task<Result<std::optional<Credentials>>> InstanceMetadata::fetch() {
  if (parts_.variable("AWS_EC2_METADATA_DISABLED") == "true") {
    co_return std::nullopt;
  }
  std::string url = parts_.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  const bool asked_for = !url.empty();
  LAYER_CO_ASSIGN(const http::BaseUrl base,
                  http::parse_base_url(asked_for ? url : "http://169.254.169.254"));
  http::ClientRequest for_token;
  for_token.method = "PUT";
  for_token.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}};
  auto token =
      co_await ask(parts_, {.origin = base.origin, .target = base.prefix + "/latest/api/token"},
                   std::move(for_token), kLocalTimeMax);
  if (!token) {
    if (asked_for || token.error().code == ErrorCode::kCancelled) {
      co_return std::unexpected(std::move(token).error());
    }
    co_return std::nullopt;  // no such machine
  }
  if (!token->ok() || token->body.find_first_of("\r\n") != std::string::npos) {
    co_return refused(*token);
  }
  const std::string path = base.prefix + "/latest/meta-data/iam/security-credentials/";
  const auto read = [&](std::string target) {
    http::ClientRequest request;
    request.headers = {{"x-aws-ec2-metadata-token", token->body}};
    return ask(parts_, {.origin = base.origin, .target = std::move(target)}, std::move(request),
               kLocalTimeMax);
  };
  LAYER_CO_ASSIGN(const Answer role, co_await read(path));
  if (role.status == 404) {
    co_return std::nullopt;  // a machine without a role
  }
  if (!role.ok()) {
    co_return refused(role);
  }
  const std::string name = trimmed(role.body.substr(0, role.body.find('\n')));
  LAYER_CO_ASSIGN(Answer keys, co_await read(path + encode_path(name)));
  if (!keys.ok()) {
    co_return refused(keys);
  }
  LAYER_CO_ASSIGN(Credentials found, read_credentials_json(std::move(keys.body)));
  co_return found;
}

}  // namespace layer::objects::s3
