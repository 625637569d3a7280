#include "app/shared_changes.h"

namespace layer::app {
namespace {

constexpr std::string_view kNamespace = "namespace";

}  // namespace

SharedChanges::SharedChanges(GatewayQueue* queue, features::namespaces::StateCache& states,
                             Machine& machine)
    : states_(states) {
  if (queue == nullptr || queue->shared() == nullptr) {
    return;
  }
  const auto hear = [&states](const queue::Change& change) {
    if (change.kind == kNamespace) {
      states.forget(change.key);
    }
  };
  async::Loop& loop = machine.loops.at(0);
  feed_.emplace(queue::ChangeFeed::Parts{.shared = *queue->shared(),
                                         .log = machine.log,
                                         .loop = loop,
                                         .on_change = hear,
                                         .turned = core::LoopMark(machine.metrics, "changes")});
  const queue::postgres::ConnectionSettings& connection = queue->server()->options().connection;
  listener_.emplace(loop, connection, queue::postgres::changes_channel(connection.schema),
                    [this] { feed_->look(); });
}

void SharedChanges::start() {
  if (feed_) {
    feed_->start();
    listener_->start();
  }
}

void SharedChanges::stop() {
  if (feed_) {
    listener_->stop();
    feed_->stop();
  }
}

void SharedChanges::changed(std::string_view ns) {
  states_.forget(ns);
  if (feed_) {
    feed_->announce(std::string(kNamespace), std::string(ns));
  }
}

}  // namespace layer::app
