// Coarse time-outs for many connections: one timer a loop looks at each watched object every
// period, instead of one timer armed and cancelled around every read and write. A time-out is
// therefore late by up to one period. No timer runs while nothing is watched.
// Thread safety: one loop; each call on the loop's thread.
#pragma once

#include <list>
#include <memory>

#include "async/task.h"

namespace layer::async {

class Ticker {
 public:
  class Watched {
   public:
    virtual ~Watched() = default;
    // Must not add or remove watched objects.
    virtual void on_tick(TimePoint now) = 0;
  };
  // Keeps its object watched while it lives.
  class Registration {
   public:
    Registration(Ticker& ticker, Watched& watched) : ticker_(ticker), at_(ticker.add(watched)) {}
    ~Registration() { ticker_.remove(at_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Ticker& ticker_;
    std::list<Watched*>::iterator at_;
  };

  Ticker(Loop& loop, Duration period) : timer_(loop.get_executor()), period_(period) {}

 private:
  std::list<Watched*>::iterator add(Watched& watched);
  void remove(std::list<Watched*>::iterator at);
  void arm();
  void tick();

  Timer timer_;
  Duration period_;
  bool armed_ = false;
  // A tick that was due when the ticker went away finds it gone.
  std::shared_ptr<Ticker*> self_ = std::make_shared<Ticker*>(this);
  std::list<Watched*> watched_;
};

}  // namespace layer::async
