// The body of a request that is read before it is known whether it goes on as it came. The bytes of
// a gzip body are kept beside their text, so that one without edits is forwarded as it was sent
// (rule N3 of the contract). Thread safety: one loop. The exchange outlives it.
// Memory: the body up to the limit, once more where it is coded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/exchange.h"
#include "gateway/prefixed_body.h"
#include "gateway/upload.h"
#include "store/vector_store.h"

namespace layer::gateway {

class PeekedBody {
 public:
  struct Limits {
    std::size_t held_bytes_max;
    std::uint64_t decoded_bytes_max;
  };
  PeekedBody(Exchange& exchange, Limits limits);
  ~PeekedBody();
  PeekedBody(const PeekedBody&) = delete;
  PeekedBody& operator=(const PeekedBody&) = delete;

  // Reads until the end or until it is clear that the body is larger than what is held. Errors:
  // those of Upload.
  async::Task<Result<void>> read();

  // The whole body is in text().
  bool whole() const { return whole_; }
  // Decoded; the beginning only when not whole().
  std::string& text() { return text_; }
  // What follows text(), decoded.
  http::Body& rest() { return upload_->body(); }
  // An edited body, or what rest() gives, has lost the content coding it came with.
  bool decoded() const { return upload_->decoded(); }

  // The body as it came: what forward() puts into a call made with make_call(exchange,
  // forwards_decoded()). text() is gone afterwards; this object must outlive the call.
  bool forwards_decoded() const { return decoded() && !keeps_; }
  void forward(store::Call& call);
  // Another text instead of what was read, which was the whole body.
  void replace(std::string text) {
    text_ = std::move(text);
    keeps_ = false;
  }

 private:
  // Passes the body through and keeps what passed.
  class Recorder final : public http::Body {
   public:
    Recorder(http::Body& inner, bool on) : inner_(inner), on_(on) {}
    async::Task<Result<std::string_view>> next() override;
    std::optional<std::uint64_t> size() const override { return inner_.size(); }
    std::string& bytes() { return bytes_; }
    void stop() { on_ = false; }

   private:
    http::Body& inner_;
    bool on_;
    std::string bytes_;
  };

  Exchange& exchange_;
  const Limits limits_;
  http::Body* const original_;
  bool keeps_;  // the body is gzip
  Recorder recorder_;
  std::optional<Upload> upload_;
  std::string text_;
  bool whole_ = false;
  std::optional<PrefixedBody> forwarded_;
};

}  // namespace layer::gateway
