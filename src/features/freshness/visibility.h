// One look at a store: does an eventual read see the write of a token? Asks for the token's witness
// and reads, from the same answer, up to when the store says its reads include writes.
// Thread safety: one loop; one look at a time.
#pragma once

#include "features/freshness/read_after.h"

namespace layer::features::freshness {

class VisibilityProbe {
 public:
  enum class Seen : std::uint8_t {
    kYes,
    kNotYet,
    kNever,    // nothing that this store answers can show the write
    kRefused,  // the store refuses the caller
  };

  // Both outlive the probe.
  VisibilityProbe(const WriteToken& token, const ReadTarget& target)
      : token_(token), target_(target) {}

  // Errors: those of VectorStore::send.
  async::Task<Result<Seen>> look(async::TimePoint deadline);

 private:
  store::Call query(async::TimePoint deadline) const;
  Seen judge(int status, std::string body);

  const WriteToken& token_;
  const ReadTarget& target_;
  // Whether the row's stamp is asked for. A store refuses the question while it knows no stamps.
  bool ask_stamp_ = target_.stamped && token_.witness.has_value();
};

}  // namespace layer::features::freshness
