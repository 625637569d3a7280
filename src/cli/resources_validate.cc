// `layer resources validate PATH`: every mistake in a directory of resources, without a server.
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "cli/session.h"
#include "json/writer.h"
#include "resources/check_directory.h"

namespace layer::cli {
namespace {

void print_json(const resources::CheckedFiles& checked) {
  json::Writer writer;
  writer.begin_object();
  writer.member("files", checked.files).member("objects", checked.objects);
  writer.key("mistakes").begin_array();
  for (const resources::Mistake& mistake : checked.mistakes) {
    writer.begin_object()
        .member("file", mistake.origin.file)
        .member("line", mistake.origin.at.line)
        .member("column", mistake.origin.at.column)
        .member("object", mistake.object)
        .member("path", mistake.path)
        .member("message", mistake.message)
        .member("hint", mistake.hint)
        .member("reason", mistake.reason)
        .end_object();
  }
  writer.end_array().end_object();
  fmt::print("{}\n", writer.text());
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

int resources_validate(const Settings& settings, const std::vector<std::string>& positionals) {
  const auto checked = resources::check_path(positionals[0]);
  if (!checked) {
    fmt::print(stderr, "layer: {}\n", checked.error().message);
    return kUsage;
  }
  for (const resources::Mistake& note : checked->insecure) {
    fmt::print(stderr, "note: {}\n", to_string(note));
  }
  if (settings.flags.contains("json")) {
    print_json(*checked);
  } else {
    for (const resources::Mistake& mistake : checked->mistakes) {
      fmt::print("{}\n", to_string(mistake));
    }
    fmt::print("{} in {}: {}\n", counted(checked->objects, "object"),
               counted(checked->files, "file"), counted(checked->mistakes.size(), "mistake"));
  }
  return checked->mistakes.empty() ? kOk : kUsage;
}

}  // namespace layer::cli
