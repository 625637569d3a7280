#include "features/documents/origin.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/limits.h"
#include "features/documents/answer_rows.h"
#include "features/documents/ids.h"
#include "features/namespaces/upstream.h"
#include "http/origin.h"

namespace layer::features::documents {
namespace {

// Up to here an answer is read on the loop: it takes less than a millisecond.
constexpr std::size_t kInlineBytesMax = core::limits::kMiB;

std::string query_body(const Shape& shape, const std::vector<wire::Id>& ids, Level level) {
  std::string body = R"({"filters":["id",)";
  if (ids.size() == 1) {
    body += R"("Eq",)";
    append_json(body, ids.front());
  } else {
    body += R"("In",)";
    char separator = '[';
    for (const wire::Id& id : ids) {
      body += separator;
      append_json(body, id);
      separator = ',';
    }
    body += ']';
  }
  body += R"(],"rank_by":["id","asc"],"top_k":)";
  body += std::to_string(ids.size());
  body += ',';
  body += shape.projection_json();
  body += level == Level::kStrong ? R"(,"consistency":{"level":"strong"}})"
                                  : R"(,"consistency":{"level":"eventual"}})";
  return body;
}

store::Call query(const Origin& origin, const Shape& shape, const std::vector<wire::Id>& ids,
                  Level level, async::TimePoint deadline) {
  return {.method = "POST",
          .target = fmt::format("/v2/namespaces/{}/query", http::encode_segment(origin.physical)),
          .headers = {{"content-type", "application/json"}, {"accept-encoding", "identity"}},
          .authorization = origin.authorization,
          .body = query_body(shape, ids, level),
          .kind = store::CallKind::kGatewayRead,
          .deadline = deadline};
}

// The rows of the answer, each at the place of its id.
Result<std::vector<cache::Bytes>> in_order(std::vector<AnswerRow> found,
                                           const std::vector<wire::Id>& ids) {
  std::vector<cache::Bytes> rows(ids.size());
  std::ranges::sort(found, std::less<>(), &AnswerRow::id);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto at = std::ranges::lower_bound(found, ids[i], std::less<>(), &AnswerRow::id);
    if (at != found.end() && at->id == ids[i]) {
      rows[i] = at->attributes;
    }
  }
  return rows;
}

async::Task<Result<AnswerRows>> cut(const std::string& body, const Shape& shape,
                                    async::CpuPool& pool) {
  if (body.size() <= kInlineBytesMax) {
    co_return cut_rows(body, shape);
  }
  auto done = co_await pool.run([&] { return cut_rows(body, shape); });
  if (!done && done.error().code == ErrorCode::kTooManyRequests) {
    co_return fail(ErrorCode::kServiceUnavailable, "too many large answers wait to be read");
  }
  LAYER_CO_ASSIGN(auto rows, std::move(done));
  co_return rows;
}

}  // namespace

async::Task<Result<OriginRows>> read_origin(const Origin& origin, const Shape& shape,
                                            const std::vector<wire::Id>& ids, Level level,
                                            async::TimePoint deadline, async::CpuPool& pool) {
  LAYER_CO_ASSIGN(store::Answer answer,
                  co_await origin.store->send(query(origin, shape, ids, level, deadline)));
  LAYER_CO_TRY(co_await namespaces::collect(answer, kChunkBytesMax));
  OriginRows out;
  if (answer.status != 200) {
    out.refusal = std::make_shared<const Refusal>(Refusal{.status = answer.status,
                                                          .headers = std::move(answer.headers),
                                                          .body = std::move(answer.body)});
    co_return out;
  }
  LAYER_CO_ASSIGN(AnswerRows found, co_await cut(answer.body, shape, pool));
  out.shape_is_old = found.shape_is_old;
  LAYER_CO_ASSIGN(out.rows, in_order(std::move(found.rows), ids));
  co_return out;
}

}  // namespace layer::features::documents
