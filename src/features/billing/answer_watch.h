// Looks at an answer that passes by in pieces and reads what it is billed for (rule T8 of the
// contract). What passes is never held up by more than the look itself.
// Thread safety: a plain object. Memory: the last kTailBytes of the answer, twice that at most, and
// 40 KiB more where a gzip coding is undone. Cost: a copy of the tail; of gzip, 2 ns a decoded
// byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "features/billing/billing.h"
#include "http/headers.h"
#include "http/inflater.h"

namespace layer::features::billing {

// Where `billing` is looked for, counted from the answer's end.
inline constexpr std::size_t kTailBytes = 8 * 1024;
// An answer that grows beyond this when its coding is undone is not looked at further.
inline constexpr std::uint64_t kDecodedBytesMax = 256ULL * 1024 * 1024;

class AnswerWatch {
 public:
  // `headers` of the answer. Of codings other than gzip nothing is read.
  explicit AnswerWatch(const http::Headers& headers);

  void look(std::string_view piece);
  // At the answer's end. nullopt: it says nothing, or cannot be read.
  std::optional<Billing> finish();

 private:
  void keep(std::string_view text);

  std::optional<http::Inflater> inflater_;
  bool readable_ = true;
  std::string tail_;
};

// The same for an answer that is held whole.
std::optional<Billing> read_answer(const http::Headers& headers, std::string_view body);

}  // namespace layer::features::billing
