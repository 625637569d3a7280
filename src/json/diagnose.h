// Why a text is not JSON, in words and with a place. Cold: runs after the fast parser has refused a
// text, because that one does not say where.
#pragma once

#include <string>
#include <string_view>

namespace layer::json {

// "<detail> at line L column C". `otherwise` is the detail when this walk finds no fault of its own
// (the fast parser checks more: UTF-8, for one); it is then placed at the end of the text.
std::string diagnose(std::string_view text, std::string_view otherwise);

}  // namespace layer::json
