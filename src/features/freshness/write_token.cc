#include "features/freshness/write_token.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/bytes.h"

namespace layer::features::freshness {
namespace {

constexpr std::string_view kPrefix = "lw1.";  // the format's version, and the purpose of the MAC
constexpr std::uint8_t kNoWitness = 0;

std::unexpected<Error> refuse(std::string_view reason, std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kInvalidToken,
                               .message = std::move(message),
                               .fields = {{.name = "reason", .value = std::string(reason)}}});
}

void put_id(core::ByteWriter& out, const wire::Id& id) {
  out.fixed(static_cast<std::uint8_t>(id.index()));
  if (const auto* number = std::get_if<std::uint64_t>(&id)) {
    out.varint(*number);
  } else if (const auto* uuid = std::get_if<wire::Uuid>(&id)) {
    out.raw({reinterpret_cast<const char*>(uuid->bytes.data()), uuid->bytes.size()});
  } else {
    out.string(std::get<std::string>(id));
  }
}

wire::Id get_id(core::ByteReader& in) {
  switch (static_cast<wire::IdType>(in.fixed<std::uint8_t>())) {
    case wire::IdType::kUint:
      return in.varint();
    case wire::IdType::kUuid: {
      wire::Uuid uuid;
      const std::string_view bytes = in.raw(uuid.bytes.size());
      std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
      return uuid;
    }
    case wire::IdType::kString:
      return std::string(in.string());
  }
  in.fail();
  return std::uint64_t{0};
}

std::string encode(const WriteToken& token, bool with_witness) {
  core::ByteWriter out;
  out.string(token.ns);
  out.varint(token.incarnation);
  out.zigzag(token.stamp.ms);
  out.varint(token.stamp.counter);
  out.fixed(token.stamp.gateway);
  out.zigzag(token.acknowledged_ms);
  if (with_witness && token.witness) {
    out.fixed(static_cast<std::uint8_t>(token.witness->kind));
    put_id(out, token.witness->id);
  } else {
    out.fixed(kNoWitness);
  }
  return out.take();
}

std::optional<WriteToken> decode(std::string_view payload) {
  core::ByteReader in(payload);
  WriteToken token;
  token.ns = in.string();
  token.incarnation = in.varint();
  token.stamp.ms = in.zigzag();
  token.stamp.counter = static_cast<std::uint16_t>(in.varint());
  token.stamp.gateway = in.fixed<std::uint64_t>();
  token.acknowledged_ms = in.zigzag();
  const auto kind = in.fixed<std::uint8_t>();
  if (kind > static_cast<std::uint8_t>(WitnessKind::kDelete)) {
    return std::nullopt;
  }
  if (kind != kNoWitness) {
    token.witness = {.id = get_id(in), .kind = static_cast<WitnessKind>(kind)};
  }
  return in.done() ? std::optional(std::move(token)) : std::nullopt;
}

}  // namespace

std::optional<std::string> seal_write_token(const WriteToken& token, const core::Signer& signer) {
  for (const bool with_witness : {true, false}) {
    std::string text(kPrefix);
    text += signer.seal(kPrefix, encode(token, with_witness));
    if (text.size() <= kWriteTokenBytesMax) {
      return text;
    }
  }
  return std::nullopt;
}

Result<WriteToken> open_write_token(std::string_view text, const core::Signer& signer,
                                    std::int64_t now_ms) {
  if (!text.starts_with(kPrefix) || text.size() > kWriteTokenBytesMax) {
    return refuse("malformed",
                  "a write token starts with lw1. and has at most 512 bytes; send the "
                  "value of x-layer-write-token as it came");
  }
  const auto payload = signer.open(kPrefix, text.substr(kPrefix.size()));
  if (!payload) {
    return refuse("signature",
                  "the write token was altered or comes from another deployment; send the value of "
                  "x-layer-write-token as it came");
  }
  auto token = decode(*payload);
  if (!token) {
    return refuse("malformed", "the write token's content cannot be read by this version");
  }
  if (now_ms - token->acknowledged_ms > kWriteTokenValidMs) {
    return refuse("expired", fmt::format("the write token is {} hours old; tokens are valid 24 h",
                                         (now_ms - token->acknowledged_ms) / 3'600'000));
  }
  return std::move(*token);
}

}  // namespace layer::features::freshness
