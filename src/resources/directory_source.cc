#include "resources/directory_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "async/loops.h"
#include "resources/status_writer.h"

namespace layer::resources {

DirectorySource::DirectorySource(Options options, const SecretSource& secrets,
                                 StatusTable& statuses)
    : options_(std::move(options)),
      secrets_(secrets),
      statuses_(statuses),
      files_(options_.directory),
      builder_(options_.default_store),
      catalog_(std::make_shared<const Catalog>()) {}

DirectorySource::~DirectorySource() {
  stop();
}

Result<void> DirectorySource::start() {
  const DirectoryFiles::Reading reading = read();
  std::string faults;
  for (const Mistakes* list : {&reading.fatal, &reading.insecure}) {
    for (const Mistake& mistake : *list) {
      faults += (faults.empty() ? "--resources: " : "\n--resources: ") + to_string(mistake);
    }
  }
  if (!faults.empty()) {
    return fail(ErrorCode::kInvalidArgument, std::move(faults));
  }
  publish(true);
  thread_ = std::thread([this] {
    async::name_this_thread("resources");
    run();
  });
  return {};
}

void DirectorySource::stop() {
  watch_.wake();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void DirectorySource::run() {
  for (;;) {
    const auto event = watch_.wait(options_.rescan_interval);
    if (event == DirectoryWatch::Event::kStop ||
        (event == DirectoryWatch::Event::kChange && settle())) {
      return;
    }
    rescan();
  }
}

bool DirectorySource::settle() {
  const auto until = std::chrono::steady_clock::now() + limits::debounce_total_max;
  while (std::chrono::steady_clock::now() < until) {
    switch (watch_.wait(options_.debounce)) {
      case DirectoryWatch::Event::kStop:
        return true;
      case DirectoryWatch::Event::kQuiet:
        return false;
      case DirectoryWatch::Event::kChange:
        break;
    }
  }
  return false;
}

void DirectorySource::rescan() {
  const DirectoryFiles::Reading reading = read();
  if (!reading.fatal.empty()) {
    log_mistakes(reading.fatal);
    return;
  }
  if (publish(reading.changed)) {
    for (const auto& callback : callbacks_) {
      callback();
    }
  }
}

DirectoryFiles::Reading DirectorySource::read() {
  watch_.begin();
  auto reading = files_.read([this](const auto& directory) { watch_.add(directory); });
  watch_.end();
  return reading;
}

bool DirectorySource::publish(bool changed) {
  auto catalog = current();
  if (changed) {
    catalog = builder_.build(files_.files());
    write_accepted(*catalog, statuses_);
  }
  auto values = write_credentials(*catalog, secrets_, statuses_);
  const bool new_values = values != values_;
  values_ = std::move(values);
  if (changed) {
    log_mistakes(catalog->mistakes());
    catalog_.store(std::move(catalog), std::memory_order_release);
  }
  return changed || new_values;
}

void DirectorySource::log_mistakes(const Mistakes& mistakes) {
  // Each once, until it is mended and comes back.
  for (const Mistake& mistake : mistakes) {
    if (options_.logger != nullptr && std::ranges::find(logged_, mistake) == logged_.end()) {
      options_.logger->warn("resource refused",
                            {{"where", to_string(mistake)}, {"reason", mistake.reason}});
    }
  }
  logged_ = mistakes;
}

}  // namespace layer::resources
