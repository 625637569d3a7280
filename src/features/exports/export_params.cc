#include "features/exports/export_params.h"

#include <fmt/format.h>

#include "features/namespaces/slices.h"
#include "json/document.h"
#include "json/writer.h"
#include "json/wrong_member.h"

namespace layer::features::exports {
namespace {

using Columns = pages::PageQuery::Columns;

Result<std::uint32_t> read_integer(std::string_view member, const json::Value& value,
                                   std::uint32_t max) {
  std::uint64_t number = 0;
  if (!value.is_uint64() || value.get(number) != simdjson::SUCCESS || number < 1 || number > max) {
    return json::wrong_member(member, fmt::format("expected an integer from 1 to {}", max));
  }
  return static_cast<std::uint32_t>(number);
}

// Reads the members of a body one by one, then what they mean together.
class Reader {
 public:
  // A job also knows which namespace of that name was meant.
  enum class Source : std::uint8_t { kCaller, kJob };
  Reader(std::string_view body, Source source) : body_(body), source_(source) {}

  Result<ExportParams> run() {
    auto document = json::Document::parse(std::string(body_));
    json::Object object;
    if (!document) {
      return json::wrong_member("body", document.error().message);
    }
    if (document->root().get(object) != simdjson::SUCCESS) {
      return json::wrong_member("body", "expected a JSON object");
    }
    for (const auto& [name, value] : object) {
      if (!value.is_null()) {
        LAYER_TRY(read_member(name, value, namespaces::raw_member(body_, name)));
      }
    }
    LAYER_ASSIGN(params_.range, freshness::parse_time_range(as_of_, written_before_, between_));
    if (vectors_ && params_.columns != Columns::kAll) {
      return json::wrong_member("vectors",
                                "needs include_attributes to be true; name vectors in it instead");
    }
    if (vectors_) {
      params_.columns = Columns::kAllAndVectors;
    }
    return std::move(params_);
  }

 private:
  Result<void> read_member(std::string_view name, const json::Value& value, std::string_view raw) {
    if (name == "filters") {
      params_.filter = raw;
    } else if (name == "as_of") {
      as_of_ = raw;
    } else if (name == "written_before") {
      written_before_ = raw;
    } else if (name == "between") {
      between_ = raw;
    } else if (name == "include_attributes") {
      return read_columns(name, value);
    } else if (name == "vectors") {
      if (value.get(vectors_) != simdjson::SUCCESS) {
        return json::wrong_member(name, "expected true or false");
      }
    } else if (name == "format") {
      std::string_view format;
      if (value.get(format) != simdjson::SUCCESS || format != "ndjson") {
        return json::wrong_member(name, "only ndjson is made");
      }
    } else if (name == "threads") {
      LAYER_ASSIGN(params_.threads, read_integer(name, value, kThreadsMax));
    } else if (name == "page_size") {
      LAYER_ASSIGN(params_.page_size, read_integer(name, value, kPageSizeMax));
    } else if (name == "incarnation" && source_ == Source::kJob) {
      if (value.get(params_.incarnation) != simdjson::SUCCESS) {
        return json::wrong_member(name, "expected an integer");
      }
    } else {
      return json::wrong_member(name, "unknown");
    }
    return {};
  }

  Result<void> read_columns(std::string_view name, const json::Value& value) {
    if (bool all = false; value.get(all) == simdjson::SUCCESS) {
      params_.columns = all ? Columns::kAll : Columns::kNone;
      return {};
    }
    json::Array names;
    if (value.get(names) != simdjson::SUCCESS) {
      return json::wrong_member(name, "expected true, false or a list of names");
    }
    params_.columns = Columns::kSome;
    for (const json::Value& each : names) {
      std::string_view text;
      if (each.get(text) != simdjson::SUCCESS || text.empty()) {
        return json::wrong_member(name, "expected true, false or a list of names");
      }
      if (text != "id") {  // comes with every row
        params_.names.emplace_back(text);
      }
    }
    if (params_.names.empty()) {
      params_.columns = Columns::kNone;
    }
    return {};
  }

  std::string_view body_;
  Source source_;
  ExportParams params_;
  bool vectors_ = false;
  std::string_view as_of_;
  std::string_view written_before_;
  std::string_view between_;
};

}  // namespace

Result<ExportParams> parse_ask(std::string_view body) {
  if (body.size() > kAskBytesMax) {
    return json::wrong_member(
        "body", fmt::format("longer than {} bytes, which a job does not keep", kAskBytesMax));
  }
  return Reader(body, Reader::Source::kCaller).run();
}

pages::PageQuery page_query(const ExportParams& params) {
  return {.filter = freshness::all_of({params.filter, freshness::time_filter(params.range)}),
          .page_size = params.page_size,
          .columns = params.columns,
          .names = params.names};
}

std::string print_params(const ExportParams& params) {
  json::Writer out;
  out.begin_object();
  if (!params.filter.empty()) {
    out.key("filters").raw(params.filter);
  }
  if (params.range.after_ms) {
    out.key("between").begin_array();
    out.value(*params.range.after_ms).value(params.range.until_ms.value_or(0)).end_array();
  } else if (params.range.until_ms) {
    out.member("written_before", *params.range.until_ms);
  }
  if (params.columns == Columns::kSome) {
    out.key("include_attributes").begin_array();
    for (const std::string& name : params.names) {
      out.value(name);
    }
    out.end_array();
  } else {
    out.member("include_attributes", params.columns != Columns::kNone);
  }
  out.member("vectors", params.columns == Columns::kAllAndVectors);
  out.member("threads", params.threads).member("page_size", params.page_size);
  out.member("incarnation", params.incarnation);
  out.end_object();
  return std::move(out).take();
}

Result<ExportParams> parse_params(std::string_view text) {
  auto params = Reader(text, Reader::Source::kJob).run();
  if (!params) {
    return fail(ErrorCode::kCorrupt,
                "the job does not say what to export: " + params.error().message);
  }
  return params;
}

}  // namespace layer::features::exports
