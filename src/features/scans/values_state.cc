#include "features/scans/values_state.h"

#include <array>

#include "core/base64url.h"
#include "features/namespaces/slices.h"
#include "json/document.h"
#include "json/writer.h"

namespace layer::features::scans {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::array<std::string_view, 5> kPhases{"groups", "pages", "counted", "ranked", "done"};

std::string print_registers(const DistinctEstimate& estimate) {
  const auto& registers = estimate.registers();
  return core::encode_base64url(std::string(registers.begin(), registers.end()));
}

std::optional<DistinctEstimate> parse_registers(std::string_view text) {
  const auto bytes = core::decode_base64url(text);
  DistinctEstimate estimate;
  if (!bytes || !estimate.set_registers(std::vector<std::uint8_t>(bytes->begin(), bytes->end()))) {
    return std::nullopt;
  }
  return estimate;
}

}  // namespace

std::string print_state(const ValuesState& state) {
  json::Writer out;
  out.begin_object().member("v", kVersion);
  out.member("phase", kPhases[static_cast<std::size_t>(state.phase)]);
  out.member("scanned", state.scanned);
  if (!state.after.empty()) {
    out.key("after").raw(state.after);
  }
  if (state.shards) {
    out.key("shards").raw(pages::print_cursor(*state.shards));
  }
  out.key("lists").begin_array();
  for (const std::string& list : state.lists) {
    out.value(list);
  }
  out.end_array();
  if (state.dropped) {
    out.member("dropped", print_registers(*state.dropped));
  }
  out.key("result").raw(print_result(state.result));
  out.end_object();
  return std::move(out).take();
}

std::optional<ValuesState> parse_state(std::string_view text) {
  const auto document = json::Document::parse(std::string(text));
  std::uint64_t version = 0;
  std::string_view word;
  json::Array lists;
  ValuesState state;
  if (!document || document->root()["v"].get(version) != simdjson::SUCCESS || version != kVersion ||
      document->root()["phase"].get(word) != simdjson::SUCCESS ||
      document->root()["scanned"].get(state.scanned) != simdjson::SUCCESS ||
      document->root()["lists"].get(lists) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  std::size_t phase = 0;
  while (phase < kPhases.size() && kPhases[phase] != word) {
    ++phase;
  }
  if (phase == kPhases.size()) {
    return std::nullopt;
  }
  state.phase = static_cast<ValuesState::Phase>(phase);
  for (const json::Value& each : lists) {
    if (each.get(word) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    state.lists.emplace_back(word);
  }
  state.after = namespaces::raw_member(text, "after");
  if (const std::string_view shards = namespaces::raw_member(text, "shards"); !shards.empty()) {
    state.shards = pages::parse_cursor(shards);
  }
  if (document->root()["dropped"].get(word) == simdjson::SUCCESS) {
    state.dropped = parse_registers(word);
  }
  state.result = parse_result(namespaces::raw_member(text, "result"));
  if (state.phase == ValuesState::Phase::kPages && !state.shards) {
    return std::nullopt;
  }
  return state;
}

}  // namespace layer::features::scans
