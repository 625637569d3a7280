// Text out of HTML, as feeds carry it. Thread safety: pure function. Cost: linear.
#pragma once

#include <string>
#include <string_view>

namespace layer::sources {

// Without tags, comments, scripts and styles; blocks become lines; the usual character references
// and numbers become characters, white space a single space or line end.
std::string plain_text(std::string_view html);

}  // namespace layer::sources
