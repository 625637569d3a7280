// Where keys come from: the keys file, later the minted keys of a database or a cluster. A source
// keeps its keys in memory, so that a request waits for nobody and keys that were loaded stay valid
// while the place they came from is away.
// Thread safety: all of it, from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "gateway/auth/key_ring.h"

namespace layer::gateway {

class KeySource {
 public:
  virtual ~KeySource() = default;
  // Never null.
  virtual std::shared_ptr<const KeyRing> ring() const = 0;
  // False while a key missing from the ring may exist all the same: it then answers 503, not 403.
  virtual bool reachable() const = 0;
};

// Keys that are replaced as a whole, within one request's time.
class StaticKeySource final : public KeySource {
 public:
  explicit StaticKeySource(std::shared_ptr<const KeyRing> ring = std::make_shared<KeyRing>())
      : ring_(std::move(ring)) {}

  void replace(std::shared_ptr<const KeyRing> ring) {
    const std::lock_guard lock(mutex_);
    ring_.swap(ring);
  }
  std::shared_ptr<const KeyRing> ring() const override {
    const std::lock_guard lock(mutex_);
    return ring_;
  }
  bool reachable() const override { return true; }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const KeyRing> ring_;
};

}  // namespace layer::gateway
