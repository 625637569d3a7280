#include "sources/stager.h"

#include <fmt/format.h>

namespace layer::sources {

bool Stager::skip(const std::string& why) {
  ++counts_.failed;
  say_(why);
  return true;
}

// False: without an answer.
bool Stager::put_patiently(const StagedDocument& document, GatewayReply& reply) {
  Retries retries(kPatience);
  for (;;) {
    auto answer = put_(document.id, document.body);
    if (answer && !passes(answer->status)) {
      reply = std::move(*answer);
      return true;
    }
    const auto pause = retries.next(answer ? answer->retry_after : std::nullopt);
    if (!pause) {
      trouble_ = answer ? std::move(*answer) : GatewayReply{.message = answer.error().message};
      return false;
    }
    if (!wait_(*pause)) {
      return false;
    }
  }
}

bool Stager::take(const Result<Record>& record) {
  ++counts_.records;
  if (!record) {
    return skip(record.error().message);
  }
  const auto document = make_document(*record, spec_);
  if (!document) {
    return skip(document.error().message);
  }
  if (position_.knows(document->id, document->hash)) {
    ++counts_.unchanged;
    return true;
  }
  GatewayReply reply;
  if (!put_patiently(*document, reply)) {
    return false;
  }
  if (reply.status == 401 || reply.status == 403 || reply.status == 404) {
    trouble_ = std::move(reply);
    return false;
  }
  if (reply.status < 200 || reply.status >= 300) {
    return skip(fmt::format("{}: {} {}", document->id, reply.status, reply.message));
  }
  ++counts_.staged;
  counts_.chunks += document->chunks;
  if (const auto noted = position_.note(document->id, document->hash); !noted) {
    trouble_ = GatewayReply{.message = noted.error().message};
    return false;
  }
  return true;
}

}  // namespace layer::sources
