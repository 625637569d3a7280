// Tells the other gateways of an object store that this one is there, and finds out whether they
// are: an object system/gateways/{gateway}.json each, written every few seconds, removed at the
// end. One that was not written for kLiveFor belongs to a gateway that is gone.
//
// Ages are taken between objects, both by the store's clock, so clocks of machines do not matter. A
// look that fails changes nothing: the last one counts.
//
// Thread safety: start() and stop() from a thread that is not the loop's; beat() on the loop. What
// Parts refers to outlives the object, and the loop runs until stop() has returned.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "async/background_loop.h"
#include "core/clock.h"
#include "core/log.h"
#include "objects/object_store.h"

namespace layer::features::presence {

inline constexpr std::chrono::seconds kLiveFor{60};
inline constexpr std::chrono::seconds kBeatEvery{10};
// Objects of gateways that never said goodbye go after this.
inline constexpr std::chrono::hours kForgottenAfter{1};
// Gateways looked at; more are as good as one.
inline constexpr std::size_t kLookedAtMax = objects::kListMax;

class Presence {
 public:
  struct Parts {
    objects::ObjectStore& objects;
    const core::Clock& clock;
    core::Logger& log;
    core::Metrics& metrics;
    async::Loop& loop;
    std::string gateway;                   // unique among all gateways
    std::function<void(bool)> tell_alone;  // after every change; on the loop
  };
  explicit Presence(Parts parts);

  // The first look is over when it returns.
  void start();
  // Idempotent.
  void stop();

  // One round: says that this gateway lives and looks for others. Errors: as the object store's.
  async::Task<Result<bool>> beat();

 private:
  async::Task<Result<void>> round();
  async::Task<> say_goodbye();

  Parts parts_;
  const std::string key_;
  async::BackgroundLoop turns_;
  bool alone_ = true;
  bool stopped_ = false;
};

}  // namespace layer::features::presence
