#include "scans/rows.h"

#include <fmt/format.h>

#include <iterator>

namespace layer::bench {

std::string write_body(std::uint64_t begin, std::uint64_t end) {
  fmt::memory_buffer body;
  auto out = std::back_inserter(body);
  fmt::format_to(out, R"({{"schema":{{"text":{{"type":"string","filterable":false}}}},)"
                      R"("upsert_rows":[)");
  for (std::uint64_t id = begin; id < end; ++id) {
    const std::uint64_t tag = id * 31;
    fmt::format_to(out,
                   R"({}{{"id":{},"kind":"kind-{:03}","number":{},)"
                   R"("tags":["tag-{}","tag-{}","tag-{}"],"text":"{:x<180} {}"}})",
                   id == begin ? "" : ",", id, kind_of(id), number_of(id), tag % kTags,
                   (tag + 7) % kTags, (tag + 77) % kTags, number_of(id + 1), id);
  }
  fmt::format_to(out, "]}}");
  return fmt::to_string(body);
}

}  // namespace layer::bench
