// SHA-256 of bytes that come in pieces. Thread safety: one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace layer::features::blobs {

class BlobHash {
 public:
  BlobHash();
  ~BlobHash();
  BlobHash(BlobHash&&) noexcept;

  void add(std::string_view piece);
  // Lower-case hexadecimal. Call it once, last.
  std::string finish();

  static std::string of(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace layer::features::blobs
