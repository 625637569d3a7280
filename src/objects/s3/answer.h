// What an answer of the API means. Thread safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "http/headers.h"

namespace layer::objects::s3 {

struct Answer {
  int status = 0;
  http::Headers headers{};
  std::string body{};
  // An earlier try of the same operation may have been carried out: its answer was lost.
  bool repeated = false;

  bool ok() const { return status >= 200 && status < 300; }
  // Without its quotes; empty: none was sent.
  std::string etag() const;
  // By content-length; nullopt: none, or none that is a number.
  std::optional<std::uint64_t> size() const;
};

// Of an <Error> body. Empty where there is none, as after a HEAD.
struct Fault {
  std::string code{};  // "NoSuchKey", "SlowDown", ...
  std::string message{};
  std::string region{};  // where the bucket is instead
};
Fault fault_of(const Answer& answer);

// Worth another try after a pause.
bool is_transient(int status, std::string_view code);
// The credentials have ended or are not known (any more).
bool is_refused_credential(int status, std::string_view code);

// A bucket in another region: kIo with the fields "reason" ("region") and "region".
// Everything else that was not expected: kIo, or kUnavailable when it is transient. The sentence
// says what to do where that is known.
Error unexpected_answer(const Answer& answer, const Fault& fault, std::string_view bucket);

}  // namespace layer::objects::s3
