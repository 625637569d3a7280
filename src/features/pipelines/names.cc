#include "features/pipelines/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/lexer.h"
#include "json/wrong_member.h"
#include "queue/document_queue.h"

namespace layer::features::pipelines {
namespace {

constexpr std::size_t kPipelineIdBytesMax = 63;

bool is_low(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

Result<void> check_pipeline_id(std::string_view id) {
  const bool fits = !id.empty() && id.size() <= kPipelineIdBytesMax && is_low(id.front()) &&
                    std::ranges::all_of(id, [](char c) { return is_low(c) || c == '-'; });
  if (!fits) {
    return json::wrong_member("id", "expected 1 to 63 of a-z 0-9 -, not a hyphen first");
  }
  return {};
}

Result<void> check_document_id(std::string_view id) {
  if (id.empty() || id.size() > queue::kDocumentIdBytesMax || !json::is_utf8(id)) {
    return json::wrong_member(
        "document_id", fmt::format("expected 1 to {} bytes of UTF-8", queue::kDocumentIdBytesMax));
  }
  return {};
}

Result<void> check_stage(std::string_view member, std::string_view stage) {
  const bool fits =
      !stage.empty() && stage.size() <= queue::kStageBytesMax &&
      std::ranges::all_of(stage, [](char c) { return is_low(c) || c == '-' || c == '_'; });
  if (!fits) {
    return json::wrong_member(
        member, fmt::format("expected 1 to {} of a-z 0-9 _ -", queue::kStageBytesMax));
  }
  return {};
}

Result<void> check_worker(std::string_view worker) {
  if (worker.empty() || worker.size() > queue::kWorkerBytesMax || !json::is_utf8(worker)) {
    return json::wrong_member("worker_id",
                              fmt::format("expected 1 to {} bytes", queue::kWorkerBytesMax));
  }
  return {};
}

}  // namespace layer::features::pipelines
