// Where a query's list of rows goes on (rules K1 to K6 of the contract): signed, valid for a day,
// bound to the namespace and to the query it came from. Callers treat it as opaque.
// Thread safety: plain values, pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/signer.h"
#include "features/freshness/read_cut.h"

namespace layer::features::search {

inline constexpr std::size_t kCursorBytesMax = std::size_t{6} * 1024;
inline constexpr std::chrono::hours kCursorValidFor{24};
// Rows of an answer whose cursor names them (rule K6).
inline constexpr std::size_t kSkippedMax = 256;

// Behind the row with these values of the order's attributes, JSON texts, and this id.
struct KeyPosition {
  std::vector<std::string> values{};
  std::string id{};  // JSON
  bool operator==(const KeyPosition&) const = default;
};

// In a list of fixed length, after leaving some rows out.
struct WindowPosition {
  std::size_t offset = 0;
  std::size_t window = 0;
  std::vector<std::uint64_t> skipped{};  // fingerprints of ids, see id_fingerprint()
  std::uint8_t route = 0;                // of an Auto query: 1 + its route; 0: there is none
  bool operator==(const WindowPosition&) const = default;
};

struct Cursor {
  std::string ns;
  std::string fingerprint;
  std::variant<KeyPosition, WindowPosition> position{};
  freshness::ReadCut cut{};  // of the first page: all pages are of one state
  std::int64_t issued_ms = 0;
};

// Errors: kValidation: the position takes more than kCursorBytesMax.
Result<std::string> seal_cursor(const Cursor& cursor, const core::Signer& signer);

// Errors: kInvalidCursor with "reason": malformed, signature, expired, mismatch (another namespace
// or another query).
Result<Cursor> open_cursor(std::string_view text, std::string_view ns, std::string_view fingerprint,
                           std::int64_t now_ms, const core::Signer& signer);

// kInvalidCursor with that reason.
Error cursor_refused(std::string_view reason, std::string message);

// `id`: JSON text, as the store prints it.
std::uint64_t id_fingerprint(std::string_view id);

}  // namespace layer::features::search
