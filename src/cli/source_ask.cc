#include "cli/source_ask.h"

#include <openssl/evp.h>

#include <fmt/format.h>
#include <array>
#include <boost/json.hpp>

#include "cli/environment.h"
#include "core/random.h"
#include "core/units.h"

namespace layer::cli {
namespace {

namespace json = boost::json;
using sources::SourceKind;

constexpr std::size_t kStateNameBytes = 8;

std::unexpected<Error> wrong(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message));
}

// The object below `name`, made when it is missing.
json::object& below(json::object& object, std::string_view name) {
  auto& value = object[name];
  return value.is_object() ? value.as_object() : value.emplace_object();
}

json::array parts_of(const std::string& list, std::string_view separators) {
  json::array parts;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find_first_of(separators, at), list.size());
    if (end > at) {
      parts.emplace_back(list.substr(at, end - at));
    }
    at = end + 1;
  }
  return parts;
}

struct TextFlag {
  const char* flag;
  const char* group;  // nullptr: the reference itself
  const char* member;
};
constexpr std::array<TextFlag, 12> kTextFlags = {{{"path", nullptr, "path"},
                                                  {"url", nullptr, "url"},
                                                  {"items", nullptr, "items"},
                                                  {"user-agent", nullptr, "userAgent"},
                                                  {"id", "mapping", "id"},
                                                  {"text", "mapping", "text"},
                                                  {"chunk-strategy", "chunk", "strategy"},
                                                  {"chunk-unit", "chunk", "unit"},
                                                  {"next", "paging", "next"},
                                                  {"cursor", "paging", "cursor"},
                                                  {"cursor-param", "paging", "cursorParam"},
                                                  {"page-param", "paging", "pageParam"}}};

Result<void> put_number(const Session& session, const char* flag, json::object& spec,
                        const char* group, const char* member) {
  if (!session.flag(flag).empty()) {
    boost::system::error_code ec;
    const auto number = json::parse(session.flag(flag), ec);
    if (ec || !number.is_number()) {
      return wrong(fmt::format("--{}: '{}' is no number", flag, session.flag(flag)));
    }
    below(spec, group)[member] = number;
  }
  return {};
}

Result<void> put_flags(const Session& session, json::object& spec) {
  for (const TextFlag& text : kTextFlags) {
    if (!session.flag(text.flag).empty()) {
      (text.group == nullptr ? spec : below(spec, text.group))[text.member] =
          session.flag(text.flag);
    }
  }
  LAYER_TRY(put_number(session, "chunk-size", spec, "chunk", "size"));
  LAYER_TRY(put_number(session, "chunk-overlap", spec, "chunk", "overlap"));
  LAYER_TRY(put_number(session, "first-page", spec, "paging", "firstPage"));
  LAYER_TRY(put_number(session, "rate", spec, "rateLimit", "requestsPerSecond"));
  if (!session.flag("attributes").empty()) {
    below(spec, "mapping")["attributes"] = parts_of(session.flag("attributes"), ",");
  }
  if (!session.flag("feeds").empty()) {
    spec["feeds"] = parts_of(session.flag("feeds"), " \t\n");
  }
  if (const std::string& header = session.flag("header"); !header.empty()) {
    const std::size_t colon = header.find(':');
    if (colon == std::string::npos) {
      return wrong("--header: expected 'Name: value'");
    }
    below(spec, "headers")[header.substr(0, colon)] =
        std::string(http::trim(std::string_view(header).substr(colon + 1)));
  }
  return {};
}

Result<json::object> reference() {
  const std::string text = variable("HEVLAYER_SOURCE_REF");
  if (text.empty()) {
    return json::object();
  }
  boost::system::error_code ec;
  auto value = json::parse(text, ec);
  if (ec || !value.is_object()) {
    return wrong("HEVLAYER_SOURCE_REF: is no JSON object");
  }
  return std::move(value.as_object());
}

std::string user_agent_of(SourceKind kind) {
  return fmt::format("layer-{}-source/{}", kind == SourceKind::kFeeds ? "rss" : "rest",
                     LAYER_VERSION);
}

// What names the source: another one keeps another position.
std::string name_of(const sources::SourceSpec& spec) {
  switch (spec.kind) {
    case SourceKind::kDirectory:
    case SourceKind::kLines: {
      std::error_code ec;
      return std::filesystem::absolute(spec.path, ec).lexically_normal().string();
    }
    case SourceKind::kFeeds:
      return "feeds";  // one may be added or go: the others stay known
    case SourceKind::kRest:
      break;
  }
  return spec.rest.url;
}

}  // namespace

std::filesystem::path usual_state(const Session& session, const std::string& pipeline,
                                  const std::string& source) {
  std::filesystem::path root = variable("XDG_STATE_HOME");
  if (root.empty() && !variable("HOME").empty()) {
    root = std::filesystem::path(variable("HOME")) / ".local" / "state";
  }
  if (root.empty()) {
    return {};
  }
  const std::string what = fmt::format("{}:{}{}\n{}", session.base().origin.host,
                                       session.base().origin.port, session.base().prefix, source);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_Digest(what.data(), what.size(), bytes.data(), &size, EVP_sha256(), nullptr);
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), kStateNameBytes);
  return root / "layer" / "sources" / fmt::format("{}-{}.jsonl", pipeline, core::hex(head));
}

Result<SourceAsk> read_source_ask(const Session& session, SourceKind kind) {
  SourceAsk ask;
  ask.pipeline = flag_or_variable(session, "pipeline", "HEVLAYER_PIPELINE_ID");
  if (ask.pipeline.empty() || ask.pipeline.find('/') != std::string::npos) {
    return wrong("--pipeline (or HEVLAYER_PIPELINE_ID) names the pipeline");
  }
  LAYER_ASSIGN(json::object spec, reference());
  LAYER_TRY(put_flags(session, spec));
  LAYER_ASSIGN(ask.spec, sources::parse_source_spec(kind, spec));
  if (ask.spec.user_agent.empty()) {
    ask.spec.user_agent = user_agent_of(kind);
  }
  if (const std::string& every = session.flag("interval"); !every.empty()) {
    const auto interval = core::parse_duration(every);
    if (!interval || interval->count() <= 0) {
      return wrong("--interval: expected a duration such as 10m");
    }
    ask.interval = *interval;
  } else if (!session.flag("watch").empty()) {
    ask.interval = kWatchEvery;
  }
  if (session.flag("no-state").empty()) {
    ask.state = session.flag("state");
    if (ask.state.empty()) {
      ask.state = usual_state(session, ask.pipeline, name_of(ask.spec));
    }
  }
  return ask;
}

}  // namespace layer::cli
