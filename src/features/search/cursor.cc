#include "features/search/cursor.h"

#include <xxhash.h>

#include <utility>

#include "core/base64url.h"
#include "core/bytes.h"
#include "json/wrong_member.h"

namespace layer::features::search {
namespace {

constexpr std::string_view kPurpose = "cursor1.query.";
constexpr std::uint8_t kVersion = 1;
enum Kind : std::uint8_t { kKeys = 1, kWindow = 2 };
// A bit for each part of a cut that is there.
enum CutBits : std::uint8_t {
  kStable = 1,
  kEventual = 2,
  kCutAt = 4,
  kWatermark = 8,
  kUnknown = 16,
  kAllBits = 31
};

void write_cut(core::ByteWriter& out, const freshness::ReadCut& cut) {
  unsigned bits = cut.stable ? kStable : 0U;
  bits |= cut.upstream == freshness::ReadLevel::kEventual ? kEventual : 0U;
  bits |= cut.cut_ms ? kCutAt : 0U;
  bits |= cut.watermark_ms ? kWatermark : 0U;
  bits |= cut.watermark_unknown ? kUnknown : 0U;
  out.fixed(static_cast<std::uint8_t>(bits));
  if (cut.cut_ms) {
    out.zigzag(*cut.cut_ms);
  }
  if (cut.watermark_ms) {
    out.zigzag(*cut.watermark_ms);
  }
}

freshness::ReadCut read_cut(core::ByteReader& in) {
  const auto bits = in.fixed<std::uint8_t>();
  if (bits > kAllBits) {
    in.fail();
  }
  freshness::ReadCut cut{.upstream = (bits & kEventual) != 0 ? freshness::ReadLevel::kEventual
                                                             : freshness::ReadLevel::kStrong,
                         .stable = (bits & kStable) != 0,
                         .watermark_unknown = (bits & kUnknown) != 0};
  if ((bits & kCutAt) != 0) {
    cut.cut_ms = in.zigzag();
  }
  if ((bits & kWatermark) != 0) {
    cut.watermark_ms = in.zigzag();
  }
  return cut;
}

void write(core::ByteWriter& out, const KeyPosition& position) {
  out.fixed(static_cast<std::uint8_t>(kKeys));
  out.varint(position.values.size());
  for (const std::string& value : position.values) {
    out.string(value);
  }
  out.string(position.id);
}

void write(core::ByteWriter& out, const WindowPosition& position) {
  out.fixed(static_cast<std::uint8_t>(kWindow));
  out.varint(position.offset);
  out.varint(position.window);
  out.fixed(position.route);
  out.varint(position.skipped.size());
  for (const std::uint64_t id : position.skipped) {
    out.fixed(id);
  }
}

KeyPosition read_keys(core::ByteReader& in) {
  KeyPosition position;
  position.values.resize(in.count(1));
  for (std::string& value : position.values) {
    value = in.string();
  }
  position.id = in.string();
  return position;
}

WindowPosition read_window(core::ByteReader& in) {
  WindowPosition position{.offset = in.varint(), .window = in.varint()};
  position.route = in.fixed<std::uint8_t>();
  position.skipped.resize(in.count(sizeof(std::uint64_t)));
  for (std::uint64_t& id : position.skipped) {
    id = in.fixed<std::uint64_t>();
  }
  return position;
}

}  // namespace

Result<std::string> seal_cursor(const Cursor& cursor, const core::Signer& signer) {
  core::ByteWriter out;
  out.fixed(kVersion);
  out.string(cursor.ns);
  out.string(cursor.fingerprint);
  std::visit([&](const auto& position) { write(out, position); }, cursor.position);
  write_cut(out, cursor.cut);
  out.zigzag(cursor.issued_ms);
  std::string text = signer.seal(kPurpose, out.str());
  if (text.size() > kCursorBytesMax) {
    return json::wrong_member("rank_by", "the values that it orders by are too long to page by");
  }
  return text;
}

Result<Cursor> open_cursor(std::string_view text, std::string_view ns, std::string_view fingerprint,
                           std::int64_t now_ms, const core::Signer& signer) {
  const auto bytes = text.size() > kCursorBytesMax ? std::nullopt : core::decode_base64url(text);
  if (!bytes || bytes->size() <= core::Signer::kMacBytes ||
      bytes->front() != static_cast<char>(kVersion)) {
    return std::unexpected(cursor_refused("malformed", "this is no cursor of a query"));
  }
  const auto payload = signer.open(kPurpose, text);
  if (!payload) {
    return std::unexpected(
        cursor_refused("signature", "the cursor was not made here, or was altered"));
  }
  core::ByteReader in(*payload);
  in.fixed<std::uint8_t>();
  Cursor cursor{.ns = std::string(in.string()), .fingerprint = std::string(in.string())};
  const auto kind = in.fixed<std::uint8_t>();
  if (kind == kKeys) {
    cursor.position = read_keys(in);
  } else if (kind == kWindow) {
    cursor.position = read_window(in);
  } else {
    in.fail();
  }
  cursor.cut = read_cut(in);
  cursor.issued_ms = in.zigzag();
  if (!in.done()) {
    return std::unexpected(cursor_refused("malformed", "this is no cursor of a query"));
  }
  if (cursor.ns != ns || cursor.fingerprint != fingerprint) {
    return std::unexpected(
        cursor_refused("mismatch",
                       "the cursor belongs to another query; only top_k and limit may "
                       "change from page to page"));
  }
  if (now_ms - cursor.issued_ms > std::chrono::milliseconds(kCursorValidFor).count()) {
    return std::unexpected(
        cursor_refused("expired", "the cursor is older than 24 hours; begin with the first page"));
  }
  return cursor;
}

Error cursor_refused(std::string_view reason, std::string message) {
  return {.code = ErrorCode::kInvalidCursor,
          .message = std::move(message),
          .fields = {{.name = "reason", .value = std::string(reason)}}};
}

std::uint64_t id_fingerprint(std::string_view id) {
  return XXH64(id.data(), id.size(), 0);
}

}  // namespace layer::features::search
