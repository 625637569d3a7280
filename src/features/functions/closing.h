// One report of a worker: results are written to their rows, and the items of those that were
// written are closed. Thread safety: one loop; what it is given outlives it.
#pragma once

#include <string>
#include <vector>

#include "features/functions/function_work.h"
#include "features/functions/row_result.h"

namespace layer::features::functions {

// An item of the report that is the worker's.
struct OpenItem {
  std::size_t place = 0;  // in the report
  wire::Id id{};
  Basis basis{};
};

// What must be read of a row to tell its basis.
Names basis_names(const FunctionSpec& spec, const Markers& markers);

class Closing {
 public:
  Closing(const FunctionWork::Parts& parts, const RegisteredFunction& function,
          const std::string& worker, const std::vector<Completion>& items);

  void refuse(std::size_t place, queue::Refusal refusal) { outcomes_[place] = refusal; }
  // Refuses it, and it waits again.
  void release(std::size_t place, queue::Refusal refusal);
  // The results of one namespace. A row that somebody else wrote meanwhile is looked at again: if
  // its inputs are what they were, it is written again. A row that the store refuses fails for
  // good. Errors: those of the store; then nothing of what is still open was closed.
  async::Task<Result<void>> write(const std::string& ns, std::vector<OpenItem> open,
                                  async::TimePoint deadline);
  // Gives back what was refused; how each item ended.
  async::Task<Result<queue::Outcomes>> finish();

 private:
  struct Place {
    std::string ns;
    documents::Origin origin;
    Schema schema;
    async::TimePoint deadline;
  };
  async::Task<Result<void>> write_some(const Place& place, std::vector<OpenItem>& open);
  async::Task<Result<std::vector<wire::Id>>> send(const Place& place,
                                                  const std::vector<OpenItem>& open);
  async::Task<Result<void>> look_again(const Place& place, std::vector<OpenItem>& open);
  async::Task<Result<void>> close(const std::vector<OpenItem>& done);
  async::Task<Result<void>> write_apart(const Place& place, std::vector<OpenItem> open, Error why);
  async::Task<Result<void>> refuse_vectors(const Place& place, std::vector<OpenItem>& open);
  async::Task<Result<void>> fail_for_good(const OpenItem& item, std::string why);
  queue::ItemLease lease(const OpenItem& item) const { return items_[item.place].lease; }

  const FunctionWork::Parts& parts_;
  const RegisteredFunction& function_;
  const std::string& worker_;
  const std::vector<Completion>& items_;
  RowMarks marks_;
  queue::Outcomes outcomes_;
  std::vector<queue::ItemLease> released_;
};

}  // namespace layer::features::functions
