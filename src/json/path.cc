#include "json/path.h"

namespace layer::json {

std::string Path::to_string() const {
  if (is_root()) {
    return {};
  }
  std::string text = parent_->to_string();
  if (!is_member()) {
    return text + "[" + std::to_string(index_) + "]";
  }
  if (!text.empty()) {
    text += '.';
  }
  return text.append(name_);
}

}  // namespace layer::json
