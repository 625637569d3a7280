#include "features/deletions/purge_intent.h"

#include "features/deletions/fields.h"
#include "json/writer.h"

namespace layer::features::deletions {

std::string intent_key(std::string_view id) {
  return fmt::format("{}{}.json", kIntentPrefix, id);
}

std::string print_intent(const PurgeIntent& intent) {
  json::Writer out;
  out.begin_object()
      .member("v", kObjectVersion)
      .member("id", intent.id)
      .member("namespace", intent.ns)
      .member("physical", intent.physical)
      .member("store", intent.store)
      .member("requested_at", intent.requested_at_ms)
      .member("requested_by", intent.requested_by)
      .member("incarnation", intent.incarnation)
      .member("cutoff_ms", intent.cutoff_ms)
      .member("may_repeat", intent.may_repeat)
      .end_object();
  return std::move(out).take();
}

Result<PurgeIntent> parse_intent(std::string text) {
  constexpr std::string_view kWhat = "purge intent";
  LAYER_ASSIGN(const json::Document document, parse_object(kWhat, std::move(text)));
  Fields fields(kWhat, document.root());
  PurgeIntent intent{.id = fields.text("id"),
                     .ns = fields.text("namespace"),
                     .physical = fields.text("physical"),
                     .store = fields.text("store"),
                     .requested_by = fields.text("requested_by"),
                     .requested_at_ms = fields.number<std::int64_t>("requested_at"),
                     .incarnation = fields.number<std::uint64_t>("incarnation"),
                     .cutoff_ms = fields.number<std::int64_t>("cutoff_ms"),
                     .may_repeat = fields.flag("may_repeat", false)};
  LAYER_TRY(fields.check());
  return intent;
}

}  // namespace layer::features::deletions
