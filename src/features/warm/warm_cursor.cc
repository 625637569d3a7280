#include "features/warm/warm_cursor.h"

#include <algorithm>
#include <cstring>

#include "core/base64url.h"
#include "core/bytes.h"

namespace layer::features::warm {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kNoId = 255;

void put_id(core::ByteWriter& out, const std::optional<wire::Id>& id) {
  if (!id) {
    out.fixed(kNoId);
    return;
  }
  out.fixed(static_cast<std::uint8_t>(wire::type_of(*id)));
  if (const auto* number = std::get_if<std::uint64_t>(&*id)) {
    out.varint(*number);
  } else if (const auto* uuid = std::get_if<wire::Uuid>(&*id)) {
    out.raw({reinterpret_cast<const char*>(uuid->bytes.data()), uuid->bytes.size()});
  } else {
    out.string(std::get<std::string>(*id));
  }
}

std::optional<wire::Id> read_id(core::ByteReader& in) {
  const auto kind = in.fixed<std::uint8_t>();
  if (kind == static_cast<std::uint8_t>(wire::IdType::kUint)) {
    return in.varint();
  }
  if (kind == static_cast<std::uint8_t>(wire::IdType::kUuid)) {
    wire::Uuid uuid;
    const std::string_view bytes = in.raw(uuid.bytes.size());
    if (bytes.size() == uuid.bytes.size()) {
      std::memcpy(uuid.bytes.data(), bytes.data(), bytes.size());
    }
    return uuid;
  }
  if (kind == static_cast<std::uint8_t>(wire::IdType::kString)) {
    return std::string(in.string());
  }
  if (kind != kNoId) {
    in.fail();
  }
  return std::nullopt;
}

}  // namespace

std::string print_cursor(const WarmCursor& cursor) {
  core::ByteWriter out;
  out.fixed(kVersion);
  out.varint(cursor.ticket.epoch);
  out.varint(cursor.ticket.generation);
  out.varint(cursor.ticket.fill_epoch);
  out.varint(cursor.ticket.losses);
  out.zigzag(cursor.begun_ms);
  put_id(out, cursor.last_id);
  out.fixed(static_cast<std::uint8_t>(cursor.all_read));
  return core::encode_base64url(out.str());
}

std::optional<WarmCursor> parse_cursor(std::string_view text) {
  const auto bytes = core::decode_base64url(text);
  if (!bytes) {
    return std::nullopt;
  }
  core::ByteReader in(*bytes);
  if (in.fixed<std::uint8_t>() != kVersion) {
    return std::nullopt;
  }
  WarmCursor cursor;
  cursor.ticket.epoch = in.varint();
  cursor.ticket.generation = in.varint();
  cursor.ticket.fill_epoch = in.varint();
  cursor.ticket.losses = in.varint();
  cursor.begun_ms = in.zigzag();
  cursor.last_id = read_id(in);
  cursor.all_read = in.fixed<std::uint8_t>() != 0;
  return in.done() ? std::optional(std::move(cursor)) : std::nullopt;
}

bool still_holds(const cache::WarmTicket& before, const cache::WarmTicket& now) {
  return before.epoch == now.epoch && before.generation == now.generation &&
         before.losses == now.losses;
}

}  // namespace layer::features::warm
