#include "features/billing/answer_watch.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace layer::features::billing {
namespace {

enum class Coding : std::uint8_t { kIdentity, kGzip, kOther };

Coding coding_of(const http::Headers& headers) {
  const auto given = headers.find("content-encoding");
  if (!given) {
    return Coding::kIdentity;
  }
  const std::string_view coding = http::trim(*given);
  const auto is = [&](std::string_view name) { return core::equals_ignore_case(coding, name); };
  if (headers.count("content-encoding") != 1) {
    return Coding::kOther;
  }
  if (coding.empty() || is("identity")) {
    return Coding::kIdentity;
  }
  return is("gzip") || is("x-gzip") ? Coding::kGzip : Coding::kOther;
}

}  // namespace

AnswerWatch::AnswerWatch(const http::Headers& headers) {
  const Coding coding = coding_of(headers);
  readable_ = coding != Coding::kOther;
  if (coding == Coding::kGzip) {
    inflater_.emplace(kDecodedBytesMax);
  }
}

void AnswerWatch::look(std::string_view piece) {
  if (!readable_) {
    return;
  }
  if (!inflater_) {
    keep(piece);
    return;
  }
  std::array<char, kTailBytes> text;
  inflater_->feed(piece);
  for (;;) {
    const auto size = inflater_->step(text.data(), text.size());
    readable_ = size.has_value();
    if (!readable_ || *size == 0) {
      return;
    }
    keep({text.data(), *size});
  }
}

void AnswerWatch::keep(std::string_view text) {
  if (text.size() >= kTailBytes) {
    tail_.assign(text.substr(text.size() - kTailBytes));
    return;
  }
  if (tail_.size() + text.size() > 2 * kTailBytes) {
    tail_.erase(0, tail_.size() - kTailBytes);
  }
  tail_.append(text);
}

std::optional<Billing> AnswerWatch::finish() {
  if (!readable_ || (inflater_ && !inflater_->finish())) {
    return std::nullopt;
  }
  const std::string_view text = tail_;
  return read_billing(text.substr(text.size() - std::min(text.size(), kTailBytes)));
}

std::optional<Billing> read_answer(const http::Headers& headers, std::string_view body) {
  if (coding_of(headers) == Coding::kIdentity) {
    return read_billing(body.substr(body.size() - std::min(body.size(), kTailBytes)));
  }
  AnswerWatch watch(headers);
  watch.look(body);
  return watch.finish();
}

}  // namespace layer::features::billing
