// Any bytes as a file of resources, as YAML and as JSON: parse or refuse with a reason, within
// bounds. What is accepted prints as JSON that is accepted again and prints the same.
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "resources/catalog_builder.h"
#include "testing/fuzz.h"

namespace {

using namespace layer::resources;

void check_round_trip(const ParsedObject& object) {
  const std::string text =
      fmt::format(R"({{"apiVersion":"{}","kind":"{}","metadata":{{"name":"{}"}},"spec":{}}})",
                  api_version(object.kind), kind_name(object.kind), object.name, *object.spec_json);
  const ParsedText again = parse_objects(text, TextFormat::kJson, "again.json");
  if (again.objects.size() != 1 || again.objects[0].spec_json == nullptr ||
      *again.objects[0].spec_json != *object.spec_json) {
    std::abort();
  }
}

}  // namespace

LAYER_FUZZ_TARGET(resources_fuzz) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto format : {TextFormat::kYaml, TextFormat::kJson}) {
    ParsedText parsed = parse_objects(text, format, "f");
    for (const ParsedObject& object : parsed.objects) {
      if (object.verdict.accepted != (object.spec != nullptr)) {
        std::abort();
      }
      if (object.spec != nullptr) {
        check_round_trip(object);
      }
    }
    const std::vector<FileObjects> files{{.name = "f",
                                          .objects = std::move(parsed.objects),
                                          .mistakes = std::move(parsed.mistakes)}};
    if (CatalogBuilder().build(files) == nullptr) {
      std::abort();
    }
  }
}
