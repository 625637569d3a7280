// `fence/{ns}`, read and changed. A namespace without one gets one with a generation that was never
// in use, so a record that was lost takes the namespace's rows with it and the generation never
// goes back. Thread safety: all of it, for several gateways too.
// Cost: one call to read, one more to change. Most namespaces have no certificate, and what is not
// there is slow to look up in a record store: who needs none does not ask.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "cache/fence_records.h"
#include "cache/record_store.h"
#include "core/clock.h"
#include "core/metrics.h"

namespace layer::cache {

struct NamespaceState {
  NamespaceFence fence;
  std::uint64_t version = 0;
  std::optional<CertificateRecord> certificate{};  // as stored, of any generation
  std::optional<std::uint64_t> certificate_version{};
  bool certificate_read = true;  // false: whether there is one was not asked

  // A certificate counts on rows put now, or is to be given soon.
  bool keeps(std::uint64_t epoch) const {
    return certificate && certificate->certificate.epoch == epoch &&
           certificate->certificate.generation == fence.generation;
  }
};

class NamespaceFences {
 public:
  NamespaceFences(RecordStore& store, const core::Clock& clock, core::Metrics& metrics)
      : store_(store), clock_(clock), metrics_(metrics) {}

  enum class With : std::uint8_t { kFence, kCertificate };
  // Entries that were left behind are gone and the generation risen when this returns.
  async::Task<Result<NamespaceState>> read(CachedNamespace ns, With with = With::kCertificate);
  // Applies `edit` to the fence as it is. It may run several times.
  using Edit = std::function<void(NamespaceFence&)>;
  async::Task<Result<NamespaceState>> change(CachedNamespace ns, Edit edit);
  async::Task<Result<NamespaceState>> raise_generation(CachedNamespace ns, std::string_view reason);

 private:
  async::Task<Result<NamespaceState>> load(CachedNamespace ns, With with);
  async::Task<Result<PutOutcome>> store(CachedNamespace ns, NamespaceFence fence,
                                        Condition condition);

  RecordStore& store_;
  const core::Clock& clock_;
  core::Metrics& metrics_;
};

}  // namespace layer::cache
