#include "features/capture/kept_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"
#include "http/inflater.h"
#include "http/zstd.h"

namespace layer::features::capture {
namespace {

// What a damaged or cut text gave up to there is kept.
std::pair<std::string, bool> inflate(std::string_view bytes) {
  http::Inflater inflater(kKeptBytesMax);
  inflater.feed(bytes);
  std::string out;
  std::array<char, std::size_t{16} * core::limits::kKiB> piece;
  while (true) {
    const auto size = inflater.step(piece.data(), piece.size());
    if (!size) {
      return {std::move(out), true};
    }
    if (*size == 0) {
      return {std::move(out), !inflater.finish()};
    }
    out.append(piece.data(), *size);
  }
}

}  // namespace

Coding coding_of(const http::Headers& headers) {
  const auto given = headers.find("content-encoding");
  if (!given) {
    return Coding::kIdentity;
  }
  const std::string_view coding = http::trim(*given);
  const auto is = [&](std::string_view name) { return core::equals_ignore_case(coding, name); };
  if (coding.empty() || is("identity")) {
    return Coding::kIdentity;
  }
  if (is("gzip") || is("x-gzip")) {
    return Coding::kGzip;
  }
  return is("zstd") ? Coding::kZstd : Coding::kOther;
}

void KeptText::keep(std::string_view piece) {
  const std::size_t room = kKeptBytesMax - bytes.size();
  cut |= piece.size() > room;
  bytes.append(piece.substr(0, room));
}

void KeptText::decode() {
  switch (std::exchange(coding, Coding::kIdentity)) {
    case Coding::kIdentity:
      return;
    case Coding::kGzip: {
      auto [text, short_of] = inflate(bytes);
      bytes = std::move(text);
      cut |= short_of;
      return;
    }
    case Coding::kZstd: {
      auto text = http::unzstd(bytes, kKeptBytesMax);
      cut |= !text.has_value();
      bytes = text ? std::move(*text) : std::string();
      return;
    }
    case Coding::kOther:
      cut = true;
      bytes.clear();
      return;
  }
}

}  // namespace layer::features::capture
