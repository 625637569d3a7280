// Edits a write body too large to hold while it passes: the same edits as plan_write and splice
// make, piece by piece. Differences that come from not knowing the rest: what turns out later to be
// no write at all has been edited up to there (the store refuses it either way), and affected ids
// are not asked for.
// Thread safety: one thread. Memory: the rewrite window, 16 bytes a row of the piece at hand, and
// two bytes a row of a columnar operation with shards. Cost: about that of the lexer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"
#include "features/writes/edit_text.h"
#include "features/writes/write_scanner.h"

namespace layer::features::writes {

// Most bytes kept back until it is clear whether they stay, and most bytes given at once.
inline constexpr std::size_t rewrite_window_bytes_max = core::limits::kMiB;

class StreamingRewriter {
 public:
  StreamingRewriter(const StampRules& rules, std::int64_t stamp)
      : scanner_(rules), text_(rules, stamp) {}

  // Precondition: pull() was called until it gave nothing. `piece` stays until it does so again.
  // Errors, after which the body must not be sent on: kValidation (a reserved name),
  // kPayloadTooLarge (too many rows in columns; white space beyond the window).
  Result<void> feed(std::string_view piece);
  // The body is over; what is left can be pulled.
  Result<void> finish();

  // The next edited bytes, valid until the next call; empty when a piece is needed, or at the end.
  std::string_view pull();

  // True once the whole body was read and understood. Summary of what was read so far.
  bool understood() const { return scanner_.complete(); }
  Summary summary() const { return scanner_.summary(); }

 private:
  Result<void> check();
  // Copies settled bytes up to `offset`; false when the window is full first.
  bool copy_to(std::uint64_t offset);
  bool apply(const Edit& edit);
  void keep_rest();

  WriteScanner scanner_;
  EditText text_;
  std::string kept_;  // bytes of earlier pieces that are not settled
  std::string_view piece_;
  std::uint64_t kept_begin_ = 0;  // offset of kept_ in the body; the piece follows it
  std::uint64_t done_ = 0;        // bytes before it were copied or cut
  std::uint64_t settled_ = 0;
  std::size_t edit_ = 0;           // the next of the scanner's edits
  std::uint64_t column_item_ = 0;  // of that edit
  bool cutting_ = false;
  bool finished_ = false;
  std::string out_;
};

}  // namespace layer::features::writes
