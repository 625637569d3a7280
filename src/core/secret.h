// Text that must not be seen: it has no stream operator and no formatter, so printing it does not
// compile; whoever needs the text says reveal(). Its memory is wiped when it goes away.
// Thread safety: a plain value.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>

namespace layer::core {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    std::swap(text_, other.text_);
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }
  // In a time that depends on the lengths alone.
  bool operator==(const Secret& other) const {
    return text_.size() == other.text_.size() &&
           CRYPTO_memcmp(text_.data(), other.text_.data(), text_.size()) == 0;
  }

 private:
  void wipe() {
    // A short text lies inside the object, where a move leaves its bytes behind.
    text_.resize(text_.capacity());
    OPENSSL_cleanse(text_.data(), text_.size());
    text_.clear();
  }

  std::string text_;
};

}  // namespace layer::core
