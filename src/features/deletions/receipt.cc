#include "features/deletions/receipt.h"

#include <algorithm>
#include <array>

#include "features/deletions/fields.h"

namespace layer::features::deletions {
namespace {

constexpr std::array<std::string_view, 3> kPlaceStates{"pending", "done", "failed"};
constexpr std::array<std::string_view, 3> kReceiptStates{"pending", "complete", "failed"};

template <class State>
std::optional<State> find_state(const std::array<std::string_view, 3>& names,
                                std::string_view text) {
  const auto* at = std::ranges::find(names, text);
  return at == names.end() ? std::nullopt : std::optional(static_cast<State>(at - names.begin()));
}

void print_line(json::Writer& out, const ReceiptLine& line) {
  out.begin_object().member("place", line.place).member("state", name(line.state));
  if (line.purged_at_ms) {
    out.member("purged_at", *line.purged_at_ms);
  }
  if (line.objects) {
    out.member("objects", *line.objects);
  }
  if (!line.error.empty()) {
    out.member("error", line.error);
  }
  out.end_object();
}

Result<ReceiptLine> parse_line(std::string_view what, const json::Value& value) {
  Fields fields(what, value);
  const auto state = find_state<PlaceState>(kPlaceStates, fields.text("state"));
  ReceiptLine line{.place = fields.text("place"),
                   .state = state.value_or(PlaceState::kPending),
                   .purged_at_ms = fields.optional_number<std::int64_t>("purged_at"),
                   .objects = fields.optional_number<std::uint64_t>("objects"),
                   .error = fields.optional_text("error")};
  LAYER_TRY(fields.check());
  if (!state) {
    return fail(ErrorCode::kCorrupt, fmt::format("{}: a place is in an unknown state", what));
  }
  return line;
}

}  // namespace

std::string_view name(PlaceState state) {
  return kPlaceStates[static_cast<std::size_t>(state)];
}

std::string_view name(ReceiptState state) {
  return kReceiptStates[static_cast<std::size_t>(state)];
}

ReceiptLine& Receipt::line(std::string_view place) {
  const auto at = std::ranges::find(places, place, &ReceiptLine::place);
  return at != places.end() ? *at : places.emplace_back(ReceiptLine{.place = std::string(place)});
}

std::string receipt_prefix(std::string_view ns) {
  return fmt::format("{}{}/", kReceiptPrefix, ns);
}

std::string receipt_key(std::string_view ns, std::string_view id) {
  return fmt::format("{}{}.json", receipt_prefix(ns), id);
}

Receipt new_receipt(const PurgeIntent& intent) {
  return {.id = intent.id,
          .ns = intent.ns,
          .requested_at_ms = intent.requested_at_ms,
          .requested_by = intent.requested_by};
}

namespace {

void put_members(json::Writer& out, const Receipt& receipt) {
  out.member("id", receipt.id)
      .member("namespace", receipt.ns)
      .member("requested_at", receipt.requested_at_ms)
      .member("requested_by", receipt.requested_by);
  if (receipt.completed_at_ms) {
    out.member("completed_at", *receipt.completed_at_ms);
  }
  out.member("state", name(receipt.state));
  if (!receipt.reason.empty()) {
    out.member("reason", receipt.reason);
  }
  out.key("places").begin_array();
  for (const ReceiptLine& line : receipt.places) {
    print_line(out, line);
  }
  out.end_array();
}

}  // namespace

std::string print_receipt(const Receipt& receipt) {
  json::Writer out;
  out.begin_object().member("v", kObjectVersion);
  put_members(out, receipt);
  out.end_object();
  return std::move(out).take();
}

void put_receipt(json::Writer& out, const Receipt& receipt) {
  out.begin_object();
  put_members(out, receipt);
  out.end_object();
}

Result<Receipt> parse_receipt(std::string text) {
  constexpr std::string_view kWhat = "deletion receipt";
  LAYER_ASSIGN(const json::Document document, parse_object(kWhat, std::move(text)));
  Fields fields(kWhat, document.root());
  const auto state = find_state<ReceiptState>(kReceiptStates, fields.text("state"));
  Receipt receipt{.id = fields.text("id"),
                  .ns = fields.text("namespace"),
                  .requested_at_ms = fields.number<std::int64_t>("requested_at"),
                  .requested_by = fields.text("requested_by"),
                  .completed_at_ms = fields.optional_number<std::int64_t>("completed_at"),
                  .state = state.value_or(ReceiptState::kPending),
                  .reason = fields.optional_text("reason")};
  const json::Array lines = fields.array("places");
  LAYER_TRY(fields.check());
  if (!state) {
    return fail(ErrorCode::kCorrupt, fmt::format("{}: its state is unknown", kWhat));
  }
  for (const json::Value line : lines) {
    LAYER_ASSIGN(ReceiptLine parsed, parse_line(kWhat, line));
    receipt.places.push_back(std::move(parsed));
  }
  return receipt;
}

}  // namespace layer::features::deletions
