// Makes what resources ask for known to the queues. Thread safety: one loop, one call at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/task.h"
#include "resources/catalog.h"
#include "resources/condition.h"

namespace layer::workers {

class Registrar {
 public:
  struct Told {
    std::string object;  // "Pipeline/books"
    resources::Condition registered;
  };
  struct Outcome {
    std::vector<Told> told{};  // of every object in force
    bool done = true;          // nothing need be tried again soon
  };

  virtual ~Registrar() = default;
  // Repeating it changes nothing.
  virtual async::Task<Outcome> bring_in_line(std::shared_ptr<const resources::Catalog> catalog) = 0;
};

// True, Unknown (it is tried again) and False.
resources::Condition registered();
resources::Condition not_yet_registered(std::string message);
resources::Condition not_registered(std::string reason, std::string message);

}  // namespace layer::workers
