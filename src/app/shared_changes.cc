#include "app/shared_changes.h"

namespace layer::app {
namespace {

constexpr std::string_view kNamespace = "namespace";

}  // namespace

SharedChanges::SharedChanges(queue::Coordination* shared, features::namespaces::StateCache& states,
                             Machine& machine)
    : states_(states) {
  if (shared != nullptr) {
    feed_.emplace(queue::ChangeFeed::Parts{.shared = *shared,
                                           .log = machine.log,
                                           .loop = machine.loops.at(0),
                                           .on_change = [&states](const queue::Change& change) {
                                             if (change.kind == kNamespace) {
                                               states.forget(change.key);
                                             }
                                           }});
  }
}

void SharedChanges::start() {
  if (feed_) {
    feed_->start();
  }
}

void SharedChanges::stop() {
  if (feed_) {
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
