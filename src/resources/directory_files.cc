#include "resources/directory_files.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "resources/limits.h"

namespace layer::resources {
namespace {

constexpr std::chrono::seconds kStampResolution{2};

bool is_settled(const FileSignature& signature) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::chrono::nanoseconds changed(std::max(signature.changed_ns, signature.modified_ns));
  return now - changed > kStampResolution;
}

}  // namespace

std::pair<FileObjects, bool> DirectoryFiles::load(const FoundFile& found, FileObjects* previous,
                                                  Known& state) {
  const auto known = known_.find(found.name);
  const Known* before = previous == nullptr ? nullptr : &known->second;
  if (before != nullptr && before->settled && before->signature == found.signature &&
      before->fault == found.fault) {
    state.content = before->content;
    return {std::move(*previous), false};
  }
  FileObjects file{.name = found.name};
  if (state.fault.empty()) {
    const auto text = read_bounded(found.path, limits::file_bytes_max);
    if (text) {
      state.content = std::hash<std::string>{}(*text);
      if (before != nullptr && before->fault.empty() && before->content == state.content) {
        return {std::move(*previous), false};
      }
      ParsedText parsed = parse_objects(*text, format_of(found.name), found.name);
      file.mistakes = std::move(parsed.mistakes);
      if (parsed.parses) {
        file.objects = std::move(parsed.objects);
        return {std::move(file), true};
      }
      const auto first = std::ranges::find(file.mistakes, "ParseError", &Mistake::reason);
      file.parse_error =
          fmt::format("{}:{}: {}", found.name, first->origin.at.line, first->message);
    } else {
      state.fault = text.error().message;
    }
  }
  if (!state.fault.empty()) {
    file.parse_error = fmt::format("{}: {}", found.name, state.fault);
    file.mistakes.push_back({.origin = {.file = found.name, .at = {}},
                             .object = {},
                             .path = {},
                             .message = fmt::format("cannot be read: {}", state.fault),
                             .hint = {},
                             .reason = "ParseError"});
  }
  if (previous != nullptr) {
    file.objects = std::move(previous->objects);
  }
  return {std::move(file), true};
}

DirectoryFiles::Reading DirectoryFiles::read(
    const std::function<void(const std::filesystem::path&)>& on_directory) {
  Found found = walk(root_, on_directory);
  Reading reading{.fatal = std::move(found.fatal), .insecure = std::move(found.insecure)};
  if (!reading.fatal.empty()) {
    return reading;
  }
  std::map<std::string, Known> known;
  std::vector<FileObjects> files;
  files.reserve(found.files.size());
  for (const FoundFile& each : found.files) {
    const auto it = std::ranges::lower_bound(files_, each.name, {}, &FileObjects::name);
    FileObjects* previous = it != files_.end() && it->name == each.name ? &*it : nullptr;
    // Judged before it is read: what changes while it is read is read again.
    Known state{
        .signature = each.signature, .fault = each.fault, .settled = is_settled(each.signature)};
    auto [file, changed] = load(each, previous, state);
    files.push_back(std::move(file));
    reading.changed = reading.changed || changed;
    known.emplace(each.name, std::move(state));
  }
  reading.changed = reading.changed || files.size() != files_.size();
  files_ = std::move(files);
  known_ = std::move(known);
  return reading;
}

}  // namespace layer::resources
