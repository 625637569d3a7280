#include "operator/process/leadership.h"

namespace layer::workers {

async::Task<bool> Leadership::leads() {
  if (shared_ == nullptr) {
    co_return true;
  }
  const auto now = clock_.steady();
  if (!asked_at_ || now - *asked_at_ >= kLeadAgainAfter) {
    asked_at_ = now;
    const auto epoch = co_await shared_->lead(name_, holder_, kLeadFor);
    if (epoch && *epoch) {
      // Counted from before the call: the database's clock began later.
      until_ = now + kLeadFor;
    } else if (epoch) {
      until_.reset();
    }
  }
  co_return until_&& clock_.steady() < *until_;
}

async::Task<> Leadership::resign() {
  if (shared_ != nullptr && until_) {
    until_.reset();
    // If it fails, the lease runs out.
    (void)co_await shared_->resign(name_, holder_);
  }
}

}  // namespace layer::workers
