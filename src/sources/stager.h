// Records of a source to a pipeline: each one that is new or changed is staged; one that fails
// stops no other. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/error.h"
#include "sources/document.h"
#include "sources/position.h"
#include "sources/waiting.h"

namespace layer::sources {

inline constexpr milliseconds kPatience{300'000};  // with a gateway that is busy or away

struct GatewayReply {
  int status = 0;
  std::string message{};  // of an error
  std::optional<milliseconds> retry_after{};
};

// PUT of a document's chunks. Errors: those of the connection.
using PutDocument =
    std::function<Result<GatewayReply>(const std::string& document, const std::string& body)>;

struct StageCounts {
  std::uint64_t records = 0;
  std::uint64_t staged = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t failed = 0;
  std::uint64_t chunks = 0;
};

class Stager {
 public:
  // All outlive it. `say` gets a sentence about each record that failed.
  Stager(const SourceSpec& spec, Position& position, PutDocument put, Wait wait,
         std::function<void(const std::string&)> say)
      : spec_(spec),
        position_(position),
        put_(std::move(put)),
        wait_(std::move(wait)),
        say_(std::move(say)) {}

  // False: there is no going on (see trouble()), or whoever runs this wants to end.
  bool take(const Result<Record>& record);

  const StageCounts& counts() const { return counts_; }
  // Why there was no going on: the gateway refuses the key or knows no such pipeline (its status),
  // did not answer for long, or the position cannot be kept (status 0).
  const std::optional<GatewayReply>& trouble() const { return trouble_; }

 private:
  bool put_patiently(const StagedDocument& document, GatewayReply& reply);
  bool skip(const std::string& why);

  const SourceSpec& spec_;
  Position& position_;
  const PutDocument put_;
  const Wait wait_;
  const std::function<void(const std::string&)> say_;
  StageCounts counts_;
  std::optional<GatewayReply> trouble_;
};

}  // namespace layer::sources
