#include "app/store_serving.h"

#include "app/api_handler.h"
#include "store/embedded/embedded_store.h"

namespace layer::app {
namespace {

class StoreServing final : public Serving {
 public:
  StoreServing(const Config& config, Machine& machine, std::unique_ptr<engine::Engine> engine)
      : engine_(std::move(engine)),
        counted_(machine.metrics),
        auth_(config.api_keys),
        store_({.engine = *engine_,
                .engine_pool = machine.engine_pool,
                .codec_pool = machine.codec_pool,
                .log = machine.log,
                .body_bytes_max = config.body_bytes_max}),
        routes_(machine.metrics, std::string(store_.kind())),
        api_({.store = store_,
              .auth = auth_,
              .service = routes_,
              .metrics = counted_,
              .log = machine.log,
              .access_log = config.access_log,
              .admin_here = !config.admin_listen}),
        admin_(routes_) {}

  http::Handler& main_handler() override { return api_; }
  http::Handler& admin_handler() override { return admin_; }
  void ready(const std::string& /*url*/) override { routes_.set_ready(true); }
  void drain() override { routes_.set_ready(false); }
  bool refuse(async::Duration) override { return false; }
  void stop() override { engine_->stop(); }

 private:
  std::unique_ptr<engine::Engine> engine_;
  ServerMetrics counted_;
  Auth auth_;
  store::EmbeddedStore store_;
  ServiceRoutes routes_;
  ApiHandler api_;
  AdminHandler admin_;
};

}  // namespace

Started<std::unique_ptr<Serving>> open_store(const Config& config, Machine& machine,
                                             const OpenEngine& open_engine) {
  auto engine = open_engine(config, config.data_dir, machine.log);
  if (!engine) {
    return cannot_start(std::move(engine).error());
  }
  return std::make_unique<StoreServing>(config, machine, std::move(*engine));
}

}  // namespace layer::app
