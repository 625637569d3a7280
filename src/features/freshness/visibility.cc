#include "features/freshness/visibility.h"

#include <optional>

#include <fmt/format.h>

#include "http/body.h"
#include "http/origin.h"
#include "json/document.h"
#include "json/writer.h"
#include "wire/reserved_names.h"
#include "wire/value.h"

namespace layer::features::freshness {
namespace {

// One row of one or two small attributes, and numbers about the query.
constexpr std::uint64_t kAnswerBytesMax = 64 * 1024;

void put_id(json::Writer& out, const wire::Id& id) {
  if (const auto* number = std::get_if<std::uint64_t>(&id)) {
    out.value(*number);
  } else {
    out.value(wire::to_string(id));
  }
}

// "performance.last_included_write_at" in epoch milliseconds, where the store reports it.
std::optional<std::int64_t> included_until_ms(const json::Value& answer) {
  std::string_view text;
  if (answer["performance"]["last_included_write_at"].get(text) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  const auto time = wire::parse_datetime(text);
  return time ? std::optional(time->ms) : std::nullopt;
}

// What the answer's first row says.
struct Row {
  bool present = false;
  std::optional<std::int64_t> stamp_ms;
};

std::optional<Row> first_row(const json::Value& answer) {
  json::Array rows;
  if (answer["rows"].get(rows) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  Row row;
  for (const json::Value item : rows) {
    row.present = true;
    std::int64_t stamp = 0;
    if (item[wire::kStampAttribute].get(stamp) == simdjson::SUCCESS) {
      row.stamp_ms = stamp;
    }
    break;
  }
  return row;
}

bool shows_write(const Row& row, const WriteToken& token) {
  if (token.witness->kind == WitnessKind::kDelete) {
    return !row.present || (row.stamp_ms && *row.stamp_ms > token.stamp.ms);
  }
  return row.stamp_ms && *row.stamp_ms >= token.stamp.ms;
}

}  // namespace

store::Call VisibilityProbe::query(async::TimePoint deadline) const {
  json::Writer body;
  body.begin_object();
  if (token_.witness) {
    body.key("filters").begin_array().value("id").value("Eq");
    put_id(body, token_.witness->id);
    body.end_array();
  }
  body.key("rank_by").begin_array().value("id").value("asc").end_array();
  body.member("top_k", 1);
  if (ask_stamp_) {
    body.key("include_attributes").begin_array().value(wire::kStampAttribute).end_array();
  }
  body.key("consistency").begin_object().member("level", "eventual").end_object().end_object();
  return {.method = "POST",
          .target = fmt::format("/v2/namespaces/{}/query", http::encode_segment(target_.physical)),
          .headers = {{"content-type", "application/json"}, {"accept-encoding", "identity"}},
          .authorization = target_.authorization,
          .body = std::move(body).take(),
          .kind = store::CallKind::kGatewayRead,
          .deadline = deadline};
}

async::Task<Result<VisibilityProbe::Seen>> VisibilityProbe::look(async::TimePoint deadline) {
  LAYER_CO_ASSIGN(store::Answer answer, co_await target_.store.send(query(deadline)));
  if (answer.stream) {
    auto body = co_await http::read_all(*answer.stream, kAnswerBytesMax);
    if (!body && body.error().code == ErrorCode::kPayloadTooLarge) {
      co_return fail(ErrorCode::kUpstream, "the store's answer to a small query is large");
    }
    LAYER_CO_ASSIGN(answer.body, std::move(body));
  }
  co_return judge(answer.status, std::move(answer.body));
}

VisibilityProbe::Seen VisibilityProbe::judge(int status, std::string body) {
  if (status == 401 || status == 403) {
    return Seen::kRefused;
  }
  const bool deleted = token_.witness && token_.witness->kind == WitnessKind::kDelete;
  if (status == 404) {
    return deleted ? Seen::kYes : Seen::kNotYet;
  }
  if (status == 400 && deleted) {
    ask_stamp_ = !ask_stamp_;  // absence alone shows a delete too
    return Seen::kNotYet;
  }
  if (status != 200) {
    return Seen::kNotYet;
  }
  const auto document = json::Document::parse(std::move(body));
  if (!document || !document->root().is_object()) {
    return Seen::kNotYet;
  }
  const auto included_until = included_until_ms(document->root());
  if (included_until && *included_until >= token_.acknowledged_ms + kStoreClockSlackMs) {
    return Seen::kYes;
  }
  if (token_.witness) {
    const auto row = first_row(document->root());
    if (row && shows_write(*row, token_)) {
      return Seen::kYes;
    }
  }
  const bool can_show = included_until || deleted || target_.stamped;
  return can_show ? Seen::kNotYet : Seen::kNever;
}

}  // namespace layer::features::freshness
