// `layer status NS`: how far the namespace's index has come, and `layer where NS ID`: what is known
// of one row on its way to readers.
#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/session.h"
#include "cli/table.h"

namespace layer::cli {
namespace {

constexpr std::chrono::seconds kLookEvery{1};

// The members of an object, one a line; the text itself when it is none.
void print_members(const Session& session, const boost::json::value& value) {
  if (session.json() || !value.is_object()) {
    fmt::print("{}\n", boost::json::serialize(value));
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& member : value.as_object()) {
    rows.push_back({std::string(member.key()), cell(member.value())});
  }
  fmt::print("{}", format_table({"field", "value"}, rows));
}

boost::json::value parse(const std::string& body) {
  boost::system::error_code ec;
  auto value = boost::json::parse(body, ec);
  return ec ? boost::json::value(body) : value;
}

boost::json::value layer_block(const std::string& body) {
  const auto metadata = parse(body);
  const auto* const block =
      metadata.is_object() ? metadata.as_object().if_contains("layer") : nullptr;
  return block == nullptr ? metadata : *block;
}

bool is_stable(const boost::json::value& block) {
  const auto* const stable =
      block.is_object() ? block.as_object().if_contains("is_stable") : nullptr;
  // What has no such member never will be stable: nothing to wait for.
  return stable == nullptr || (stable->is_bool() && stable->as_bool());
}

}  // namespace

int ns_status(Session& session, const std::vector<std::string>& positionals) {
  const std::string target =
      fmt::format("/v2/namespaces/{}/metadata?layer=true", http::encode_segment(positionals[0]));
  const bool watch = !session.flag("watch").empty();
  for (;;) {
    Answer answer;
    if (!session.call("GET", target, {}, answer)) {
      return session.failure();
    }
    const auto block = layer_block(answer.body);
    print_members(session, block);
    std::fflush(stdout);
    if (!watch || is_stable(block)) {
      return kOk;
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

int where(Session& session, const std::vector<std::string>& positionals) {
  Answer answer;
  const std::string target =
      fmt::format("/v2/namespaces/{}/documents/{}/where", http::encode_segment(positionals[0]),
                  http::encode_segment(positionals[1]));
  if (!session.call("GET", target, {}, answer)) {
    return session.failure();
  }
  print_members(session, parse(answer.body));
  return kOk;
}

}  // namespace layer::cli
