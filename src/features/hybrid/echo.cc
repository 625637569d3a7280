#include "features/hybrid/echo.h"

#include "json/writer.h"

namespace layer::features::hybrid {
namespace {

void print_words(json::Writer& out, std::string_view name, const std::vector<std::string>& words) {
  out.key(name).begin_array();
  for (const std::string& word : words) {
    out.value(word);
  }
  out.end_array();
}

}  // namespace

std::string print_echo(const HybridOptions& options, const LegPlan& plan, const Echo& echo) {
  json::Writer out;
  out.begin_object();
  print_words(out, "tokens", plan.words.words);
  print_words(out, "tokens_dropped", plan.words.dropped);
  if (!options.stopwords) {
    out.member("stopwords", "en");
  } else if (options.stopwords->empty()) {
    out.member("stopwords", false);
  } else {
    print_words(out, "stopwords", *options.stopwords);
  }
  print_words(out, "stopwords_dropped", plan.words.stopwords);
  out.key("fuzziness");
  if (options.distance_max) {
    out.value(*options.distance_max);
  } else {
    out.value("auto");
  }
  out.member("rank_constant", options.rank_constant);
  out.member("legs", echo.legs);
  out.member("per_leg_limit", plan.window);
  out.member("fusion", "gateway");
  if (echo.threads > 0) {
    out.member("threads", echo.threads);
  }
  if (echo.surfaced == Surfaced::kRanked) {
    out.member("surfaced", true);
  } else if (echo.surfaced == Surfaced::kApproximate) {
    out.member("surfaced", "approximate");
  }
  if (echo.fuzzy_unsupported) {
    out.member("fuzzy", "unsupported");
  }
  if (!echo.legs_failed.empty()) {
    print_words(out, "legs_failed", echo.legs_failed);
  }
  out.end_object();
  return std::move(out).take();
}

}  // namespace layer::features::hybrid
