// Any bytes as a log of the spool and as lines of a segment. What is read of a log survives being
// written again; what is taken for a record is shown as valid JSON and listed where it belongs.
#include <cstdlib>
#include <string>
#include <string_view>

#include "features/history/day_index.h"
#include "features/history/page.h"
#include "features/history/record.h"
#include "features/history/segment_text.h"
#include "features/history/spool_frames.h"
#include "json/document.h"
#include "testing/fuzz.h"

namespace layer::features::history {
namespace {

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check_log(std::string_view text) {
  FrameReader reader(text);
  std::string again;
  while (reader.next()) {
    append_frame(again, reader.frame());
    require(reader.frame().kind != FrameKind::record ||
            record_at(text, reader.begin()) == reader.frame().line);
  }
  // Every number has one spelling but lengths, which may be written longer than they need be.
  FrameReader second(again);
  FrameReader first(text);
  while (first.next()) {
    require(second.next() && second.frame() == first.frame());
  }
  require(!second.next() && second.at() == again.size());
}

void check_lines(std::string_view text) {
  for_each_line(text, [](std::string_view line) {
    const auto read = read_line(line, Ask::all);
    if (read && json::Document::parse(std::string(line))) {
      require(json::Document::parse(shown(line)).has_value());
    }
    return true;
  });
  for (const RecordKind kind : {RecordKind::query, RecordKind::click}) {
    PageBuilder page(2);
    page.add(newest_of(text, {.kind = kind, .limit = 3}));
    const Page first = std::move(page).finish(kind);
    require(first.records.size() <= 2);
    if (first.next) {
      for (const Found& older :
           newest_of(text, {.kind = kind, .before = rank_of(*first.next), .limit = 100})) {
        require(older.rank.timestamp_ns <= first.records.back().timestamp_ns);
      }
    }
  }
}

}  // namespace
}  // namespace layer::features::history

LAYER_FUZZ_TARGET(history_fuzz) {
  using namespace layer::features::history;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_log(text);
  check_lines(text);
  static_cast<void>(unpack(text));
  static_cast<void>(parse_day_index(text));
}
