#include "wire/base64.h"

#include <array>
#include <bit>
#include <cstdint>

namespace layer::wire {
namespace {

static_assert(std::endian::native == std::endian::little, "vectors travel as stored");

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t kForeign = 0xFF;

constexpr auto kSextets = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(kForeign);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

// Writes to `out`, which has room for every decoded byte; false for what is not base64.
bool decode_into(std::string_view text, std::size_t bytes, char* out) {
  std::size_t written = 0;
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint8_t foreign = 0;
    group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const bool padding = i + k >= text.size() || text[i + k] == '=';
      const std::uint8_t sextet =
          padding ? std::uint8_t{0} : kSextets[static_cast<unsigned char>(text[i + k])];
      foreign |= sextet;
      group = group << 6U | (sextet & 0x3FU);
    }
    if ((foreign & 0xC0U) != 0) {
      return false;
    }
    for (unsigned shift : {16U, 8U, 0U}) {
      const auto byte = static_cast<char>(group >> shift & 0xFFU);
      if (written < bytes) {
        out[written++] = byte;
      } else if (byte != 0) {
        return false;  // bits below the last byte
      }
    }
  }
  return true;
}

// Bytes that `text` decodes to; nullopt: its length or padding is wrong.
std::optional<std::size_t> decoded_size(std::string_view text) {
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  if (text.find('=') < text.size() - padding) {
    return std::nullopt;
  }
  return text.size() / 4 * 3 - padding;
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const bool padding = i + k > bytes.size();
      out += padding ? '=' : kAlphabet[group >> (18U - 6U * k) & 0x3FU];
    }
  }
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  const auto size = decoded_size(text);
  if (!size) {
    return std::nullopt;
  }
  std::string bytes(*size, '\0');
  if (!decode_into(text, *size, bytes.data())) {
    return std::nullopt;
  }
  return bytes;
}

std::string encode_base64_f32(std::span<const float> elements) {
  const auto bytes = std::as_bytes(elements);
  return encode_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<std::vector<float>> decode_base64_f32(std::string_view text) {
  const auto size = decoded_size(text);
  if (!size || *size % sizeof(float) != 0) {
    return std::nullopt;
  }
  std::vector<float> elements(*size / sizeof(float));
  if (!decode_into(text, *size, reinterpret_cast<char*>(elements.data()))) {
    return std::nullopt;
  }
  return elements;
}

}  // namespace layer::wire
