// The schema of a write body without what the gateway serves of it, and with the columns of the
// vectors (rules EM1, EM2 and EM4 of the contract). Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "features/embed/declaration.h"
#include "features/embed/write_texts.h"
#include "json/splice.h"

namespace layer::features::embed {

struct SchemaDeclarations {
  Profiles local{};                    // in the order written
  std::vector<std::string> removed{};  // attributes whose embedding is null, or the store's now
  std::string schema{};                // the text without what is not the store's to read
};

// `schema` is the text of the object. `present` says whose null is the gateway's. A schema of
// another shape declares nothing. Errors: those of parse_declaration.
Result<SchemaDeclarations> read_declarations(std::string_view schema, const Models& models,
                                             const Profiles& present, bool store_embeds);

// `schema` with a column for each profile's vectors, unless it names that column itself, and with
// those that tell chunks apart where a profile makes them. Errors:
// kValidation: it names it with other dimensions.
Result<std::string> add_columns(std::string schema, const std::vector<const Profile*>& profiles);

// How the schema comes into the body: instead of the one it has, or as a further member.
json::Replacement place_schema(const WriteHead& head, std::string schema);

}  // namespace layer::features::embed
