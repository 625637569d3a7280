// Push dispatch of a gateway, wired: results are written by the way of every write. Thread safety:
// start(), drain() and stop() from the owner's thread.
#pragma once

#include <memory>
#include <string>

#include "app/function_wiring.h"
#include "features/functions/push_dispatcher.h"
#include "gateway/own_write.h"

namespace layer::app {

class PushWiring {
 public:
  // Null where there are no functions. The arguments outlive the wiring. From here on functions are
  // registered only with workers whose addresses are allowed.
  static std::unique_ptr<PushWiring> make(FunctionWiring* functions,
                                          const features::namespaces::Router& router,
                                          gateway::InnerWrite& write,
                                          features::functions::PushAddresses addresses,
                                          std::string gateway, Machine& machine);

  void start() { dispatcher_.start(); }
  void drain() { dispatcher_.drain(); }
  void stop() { dispatcher_.stop(); }

 private:
  PushWiring(FunctionWiring& functions, const features::namespaces::Router& router,
             gateway::InnerWrite& write, features::functions::PushAddresses addresses,
             std::string gateway, Machine& machine);

  gateway::OwnWrite write_;
  features::functions::PushDispatcher dispatcher_;
};

}  // namespace layer::app
