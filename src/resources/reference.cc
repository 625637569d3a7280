#include "resources/reference.h"

#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/options.h"
#include "resources/expectation.h"
#include "resources/schema.h"

namespace layer::resources {
namespace {

constexpr std::string_view kHead =
    "# Resources\n\n"
    "Made by `layer resources reference` from the tables in `src/resources/kind_*.cc`; do not "
    "edit.\n"
    "How resources are read, checked and kept: [resources.md](../resources.md).\n\n"
    "In a path, `[]` stands for each item of a list and `{}` for each value of a map. A default "
    "of\n"
    "`{}` means that an absent object gets the defaults of its fields; an object without a "
    "default\n"
    "stays absent, and its required fields are required only when it is there.\n";

std::string takes(const Field& field) {
  std::string words;
  if (!field.choices.empty()) {
    words = fmt::format("{}: `{}`", field.type == FieldType::kTextList ? "list of" : "one of",
                        fmt::join(core::split_words(field.choices), "`, `"));
  } else if (field.spelling != nullptr) {
    words = fmt::format("{}{}", field.type == FieldType::kTextList ? "list; each " : "",
                        field.spelling->words);
  } else {
    words = type_words(field.type);
  }
  const std::string limits = bound_words(field);
  if (limits.empty()) {
    return words;
  }
  const bool text = field.type == FieldType::kText;
  const bool number = field.type == FieldType::kInteger || field.type == FieldType::kNumber ||
                      field.type == FieldType::kDuration ||
                      field.type == FieldType::kDurationOrNever;
  return fmt::format("{}, {}{}", words, limits, number ? "" : text ? " bytes" : " members");
}

std::string table(const KindSchema& schema) {
  std::string out = "| Field | Takes | Default | Meaning |\n|---|---|---|---|\n";
  for (const Field& field : schema.fields) {
    const std::string usual = field.required ? "required"
                              : field.default_value.empty()
                                  ? ""
                                  : fmt::format("`{}`", field.default_value);
    fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} |\n", field.path, takes(field),
                   usual, field.help);
  }
  return out;
}

}  // namespace

std::string resources_reference() {
  std::string out(kHead);
  for (std::size_t i = 0; i < kKindCount; ++i) {
    const KindSchema& schema = schema_of(static_cast<Kind>(i));
    fmt::format_to(std::back_inserter(out), "\n## {}\n\n`apiVersion: {}`{}\n\n{} Name: {}.\n\n{}",
                   kind_name(schema.kind), api_version(schema.kind),
                   schema.cluster_scoped ? ", cluster scope" : "", schema.help,
                   schema.name_spelling->words, table(schema));
  }
  return out;
}

}  // namespace layer::resources
