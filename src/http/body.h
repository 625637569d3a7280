// Bodies as pull streams: the reader asks for the next piece, so a slow reader slows the sender and
// nothing is buffered beyond one piece. Filters wrap a body and are bodies themselves.
// Thread safety: one loop. Cost: one coroutine frame a piece.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"

namespace layer::http {

class Body {
 public:
  virtual ~Body() = default;
  // The next piece, never empty before the end; empty at the end. The view is valid until the next
  // call. After an error or the end, do not call again.
  virtual async::Task<Result<std::string_view>> next() = 0;
  // Total bytes where they are known beforehand.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  // True when the next piece is the first one again. False, changing nothing, where the beginning
  // is gone.
  virtual bool rewind() { return false; }
};

class StringBody final : public Body {
 public:
  explicit StringBody(std::string text) : text_(std::move(text)) {}
  async::Task<Result<std::string_view>> next() override;
  std::optional<std::uint64_t> size() const override { return text_.size(); }
  bool rewind() override {
    done_ = false;
    return true;
  }

 private:
  std::string text_;
  bool done_ = false;
};

// Passes `inner` through and ends with kPayloadTooLarge once it gave more than `bytes_max`.
class LimitBody final : public Body {
 public:
  LimitBody(Body& inner, std::uint64_t bytes_max) : inner_(inner), bytes_max_(bytes_max) {}
  async::Task<Result<std::string_view>> next() override;
  std::optional<std::uint64_t> size() const override { return inner_.size(); }

 private:
  Body& inner_;
  std::uint64_t bytes_max_;
  std::uint64_t seen_ = 0;
};

// Holds the first piece of `inner`, so that whoever waits for it need not hold anything else
// meanwhile, and gives it again after a rewind as long as nothing behind it was asked for.
class HeldBody final : public Body {
 public:
  explicit HeldBody(Body& inner) : inner_(inner) {}
  // Reads the first piece. Call it once, first. Errors: the body's own.
  async::Task<Result<void>> hold();
  async::Task<Result<std::string_view>> next() override;
  std::optional<std::uint64_t> size() const override { return inner_.size(); }
  bool rewind() override;

 private:
  Body& inner_;
  std::string_view first_;
  bool given_ = false;
  bool beyond_ = false;
};

// Collects a body. Reserves by its announced size, at most 1 MiB ahead of what has arrived.
// Errors: the body's own; kPayloadTooLarge, before any reading when the announced size is over.
async::Task<Result<std::string>> read_all(Body& body, std::uint64_t bytes_max);

Error body_too_large(std::uint64_t bytes_max);

}  // namespace layer::http
