// Writes that the gateway makes for a function whose results nobody's request brings: the whole way
// of every write, in the gateway's own name and with the store's own credential. Thread safety: any
// loop, concurrently.
#pragma once

#include <string>

#include "gateway/inner_write.h"

namespace layer::gateway {

class OwnWrite {
 public:
  // `write` outlives it. `name`: of the caller, in logs and metrics.
  OwnWrite(InnerWrite& write, std::string name);

  // Errors: those of InnerWrite.
  async::Task<Result<store::Answer>> send(std::string ns, std::string body, std::string of_function,
                                          async::TimePoint deadline);

 private:
  InnerWrite& write_;
  std::shared_ptr<const Identity> identity_;
};

}  // namespace layer::gateway
