#include "features/snapshots/histogram_lines.h"

#include <utility>

#include "json/writer.h"

namespace layer::features::snapshots {

HistogramLines print_histogram(const Body& body) {
  HistogramLines lines;
  for (const FieldCounts& field : body.fields) {
    for (const ValueCount& value : field.values) {
      json::Writer out;
      out.begin_object().member("field", field.name).member("v", value.v).member("n", value.n);
      out.end_object();
      lines.text += std::move(out).take();
      lines.text += '\n';
      ++lines.count;
    }
  }
  return lines;
}

}  // namespace layer::features::snapshots
