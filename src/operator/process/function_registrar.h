// Function resources as functions of the gateway (section 6.6 of the contract): what PUT and DELETE
// of /v2/udfs/{name} do, when objects come, change and go. Markers on rows stay.
//
// Which functions came from resources is kept outside the process, so that a file that goes while
// no gateway runs takes its function along, and one that somebody registered by the API is left
// alone. Thread safety: one loop, one call at a time.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "operator/process/registrar.h"

namespace layer::workers {

// The specification as the API takes it.
std::string print_function_spec(const resources::FunctionSpec& spec);

class FunctionRegistrar final : public Registrar {
 public:
  using Names = std::set<std::string>;
  // The service of functions. kNotFound of find(): there is none; of remove(): it is done.
  struct Service {
    std::function<async::Task<Result<void>>(std::string id)> find;
    std::function<async::Task<Result<void>>(std::string id, std::string spec, bool paused)> put;
    std::function<async::Task<Result<void>>(std::string id)> remove;
    // Functions that came from resources.
    std::function<async::Task<Result<Names>>()> load;
    std::function<async::Task<Result<void>>(Names names)> save;
  };

  // What somebody changes by the API stays until the object changes, or the process begins anew.
  // nullopt: functions are off here.
  explicit FunctionRegistrar(std::optional<Service> service) : service_(std::move(service)) {}

  async::Task<Outcome> bring_in_line(std::shared_ptr<const resources::Catalog> catalog) override;

 private:
  struct Wanted {
    std::string spec;
    bool paused = false;
    bool operator==(const Wanted&) const = default;
  };
  async::Task<Result<void>> load();
  async::Task<Result<void>> put(std::string id, Wanted wanted);
  async::Task<bool> remove_others(const Names& wanted);
  async::Task<Result<void>> remember(Names names);

  std::optional<Service> service_;
  std::map<std::string, Wanted> known_;  // what was registered by this process
  std::optional<Names> names_;           // as they are kept; nullopt: not read yet
};

}  // namespace layer::workers
