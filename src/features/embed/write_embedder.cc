#include "features/embed/write_embedder.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/limits.h"
#include "core/random.h"
#include "features/embed/write_chunks.h"
#include "features/embed/write_schema.h"
#include "features/namespaces/store_metadata.h"
#include "features/namespaces/upstream.h"
#include "json/wrong_member.h"
#include "wire/reserved_names.h"

namespace layer::features::embed {

// What becomes of the profiles.
struct WriteEmbedder::Plan {
  Profiles profiles{};                 // in force for this write
  std::vector<std::size_t> fresh{};    // of those, declared by this write
  std::vector<std::size_t> pending{};  // of those, declared by a write whose outcome is not known
  std::vector<std::string> removed{};
  bool had_chunks = true;  // the namespace may hold rows of chunks
  Profiles before{};       // those of `fresh` and `removed`, as they were
  std::string schema{};    // of the body; empty: as it is
};

namespace {

constexpr std::string_view kEmptySchema = "{}";

// The profiles with some put in the place of those of their attributes.
void put(Profiles& profiles, Profile profile) {
  const auto same = std::ranges::find(profiles, profile.attribute, &Profile::attribute);
  if (same == profiles.end()) {
    profiles.push_back(std::move(profile));
  } else {
    *same = std::move(profile);
  }
}

void remove(Profiles& profiles, std::string_view attribute) {
  std::erase_if(profiles, [&](const Profile& p) { return p.attribute == attribute; });
}

std::unexpected<Error> no_model(std::string_view model) {
  return std::unexpected(Error{
      .code = ErrorCode::kFeatureUnavailable,
      .message = fmt::format("this deployment serves no embedding model \"{}\"", model),
      .fields = {{.name = "feature", .value = "embed"}, {.name = "reason", .value = "model"}}});
}

Result<void> check_targets(const Profiles& profiles) {
  if (profiles.size() > kProfilesMax) {
    return json::wrong_member("schema", fmt::format("at most {} attributes of a namespace are "
                                                    "embedded",
                                                    kProfilesMax));
  }
  if (std::ranges::count_if(profiles, &Profile::is_chunked) > 1) {
    return json::wrong_member("schema", "one attribute of a namespace is embedded in chunks");
  }
  for (const Profile& profile : profiles) {
    const auto same = [&](const Profile& other) {
      return &other != &profile &&
             (other.target == profile.target || other.attribute == profile.target);
    };
    if (std::ranges::any_of(profiles, same)) {
      return json::wrong_member(fmt::format("schema.{}.embed.attribute", profile.attribute),
                                "is another embedded attribute, or the column of one");
    }
  }
  return {};
}

}  // namespace

async::Task<bool> WriteEmbedder::concerns(std::string ns) {
  const auto profiles = co_await parts_.profiles.load(std::move(ns));
  co_return profiles && !(*profiles)->empty();
}

async::Task<Result<std::optional<EmbeddedWrite>>> WriteEmbedder::prepare(WritePlace place,
                                                                         const std::string& body) {
  const bool declares = body.find(R"("embed")") != std::string::npos;
  auto loaded = co_await parts_.profiles.load(place.ns);
  if (!loaded && declares) {
    co_return std::unexpected(std::move(loaded).error());
  }
  // Where nothing is known and nothing can be read, there are no profiles.
  Profiles present = loaded ? **loaded : Profiles();
  std::erase_if(present, [&](const Profile& p) { return p.incarnation != place.incarnation; });
  if (present.empty() && !declares) {
    co_return std::nullopt;
  }
  const auto head = read_write_head(body);
  if (!head) {
    co_return std::nullopt;
  }
  LAYER_CO_ASSIGN(Plan plan, co_await this->plan(place, body, *head, present));
  LAYER_CO_TRY(co_await check_columns(place, *head, plan));
  EmbeddedWrite write{.ns = place.ns, .removed = plan.removed};
  LAYER_CO_ASSIGN(const std::optional<std::string> expanded, co_await expand(body, plan));
  if (expanded) {
    write.chunked = true;
    LAYER_CO_TRY(co_await put_vectors(place, *expanded, plan, write));
  } else {
    LAYER_CO_TRY(co_await put_vectors(place, body, plan, write));
  }
  if (write.body.empty() && plan.removed.empty()) {
    co_return std::nullopt;
  }
  LAYER_CO_TRY(co_await announce(plan, write));
  if (write.body.empty()) {
    write.body = body;
  }
  co_return std::optional<EmbeddedWrite>(std::move(write));
}

async::Task<Result<std::optional<std::string>>> WriteEmbedder::expand(const std::string& body,
                                                                      const Plan& plan) {
  const auto chunked = std::ranges::find_if(plan.profiles, &Profile::is_chunked);
  if (chunked == plan.profiles.end()) {
    co_return std::nullopt;
  }
  const Model* const model = parts_.models.find(chunked->model);
  if (model == nullptr) {
    co_return no_model(chunked->model);
  }
  const chunking::TokenCount tokens = [model](std::string_view text) {
    return model->count_tokens(text);
  };
  const auto work = [&] { return expand_chunks(body, *chunked, tokens, plan.had_chunks); };
  LAYER_CO_ASSIGN(auto expanded, co_await parts_.pool.run(work));
  co_return std::move(expanded);
}

async::Task<Result<void>> WriteEmbedder::put_vectors(const WritePlace& place,
                                                     const std::string& body, const Plan& plan,
                                                     EmbeddedWrite& write) {
  const auto head = read_write_head(body);
  std::vector<json::Replacement> edits;
  LAYER_CO_TRY(co_await add_vectors(place, body, plan.profiles, write, edits));
  std::vector<const Profile*> columns;
  for (const std::size_t i : plan.fresh) {
    columns.push_back(&plan.profiles[i]);
  }
  for (const std::size_t i : plan.pending) {
    columns.push_back(&plan.profiles[i]);
  }
  if (!plan.schema.empty() || !columns.empty()) {
    LAYER_CO_ASSIGN(
        std::string schema,
        add_columns(plan.schema.empty()
                        ? std::string(head->schema ? head->schema->of(body) : kEmptySchema)
                        : std::move(plan.schema),
                    columns));
    edits.push_back(place_schema(*head, std::move(schema)));
  }
  if (!edits.empty() || write.chunked) {
    std::ranges::sort(edits, {}, &json::Replacement::begin);
    write.body = json::replace_ranges(body, edits);
  }
  co_return Result<void>{};
}

async::Task<Result<WriteEmbedder::Plan>> WriteEmbedder::plan(const WritePlace& place,
                                                             const std::string& body,
                                                             const WriteHead& head,
                                                             const Profiles& present) {
  Plan plan{.profiles = present};
  if (head.schema) {
    const auto support = place.store.capabilities().support("embed");
    const bool store_embeds = support == store::Support::kSupported;
    LAYER_CO_ASSIGN(SchemaDeclarations declared,
                    read_declarations(head.schema->of(body), parts_.models, present, store_embeds));
    for (const std::string& attribute : declared.removed) {
      plan.before.push_back(*find_source(present, attribute));
      remove(plan.profiles, attribute);
    }
    plan.removed = std::move(declared.removed);
    for (Profile& profile : declared.local) {
      profile.incarnation = place.incarnation;
      const Profile* const known = find_source(present, profile.attribute);
      if (known != nullptr && known->same_as(profile)) {
        continue;  // says again what is in force
      }
      if (known != nullptr) {
        plan.before.push_back(*known);
      }
      put(plan.profiles, std::move(profile));
    }
    if (declared.schema != head.schema->of(body)) {
      plan.schema = std::move(declared.schema);
    }
  }
  LAYER_CO_TRY(check_targets(plan.profiles));
  for (std::size_t i = 0; i < plan.profiles.size(); ++i) {
    const Profile* const known = find_source(present, plan.profiles[i].attribute);
    if (known == nullptr || !known->same_as(plan.profiles[i])) {
      plan.fresh.push_back(i);
    } else if (known->state == Profile::State::kPending) {
      plan.pending.push_back(i);
    }
  }
  co_return plan;
}

// Columns that the namespace has already, of new profiles and of those whose write is unknown.
async::Task<Result<void>> WriteEmbedder::check_columns(const WritePlace& place,
                                                       const WriteHead& head, Plan& plan) {
  if (plan.fresh.empty() && plan.pending.empty()) {
    co_return Result<void>{};
  }
  LAYER_CO_ASSIGN(const store::Answer answer,
                  co_await namespaces::read_from(
                      place.store, namespaces::metadata_target(std::string(place.physical)),
                      place.authorization, place.deadline));
  namespaces::StoreMetadata metadata;
  if (answer.status == 200) {
    LAYER_CO_ASSIGN(metadata, namespaces::parse_metadata(answer.body));
  } else if (answer.status != 404) {
    co_return fail(
        ErrorCode::kUpstream,
        fmt::format("the store answered {} when asked for the namespace's columns", answer.status));
  }
  plan.had_chunks = std::ranges::find(metadata.columns, wire::kParentAttribute,
                                      &namespaces::Column::name) != metadata.columns.end();
  const auto column_of = [&](const Profile& profile) {
    const auto found =
        std::ranges::find(metadata.columns, profile.target, &namespaces::Column::name);
    return found == metadata.columns.end() ? nullptr : &*found;
  };
  for (const std::size_t i : plan.fresh) {
    const Profile& profile = plan.profiles[i];
    const namespaces::Column* const column = column_of(profile);
    if (column == nullptr && !head.distance_metric) {
      co_return json::wrong_member("distance_metric",
                                   "must be given with the first write that embeds an attribute");
    }
    if (column != nullptr &&
        (column->kind != namespaces::ColumnKind::kDenseVector || column->dims != profile.dims)) {
      co_return json::wrong_member(
          fmt::format("schema.{}.embed", profile.attribute),
          fmt::format("the column \"{}\" is there already and is no vector of {} dimensions",
                      profile.target, profile.dims));
    }
  }
  // What is there needs no declaration; a pending profile whose column is there was written.
  const auto is_there = [&](std::size_t i) { return column_of(plan.profiles[i]) != nullptr; };
  std::vector<std::string> written;
  for (const std::size_t i : plan.pending) {
    if (is_there(i)) {
      written.push_back(plan.profiles[i].attribute);
    }
  }
  std::erase_if(plan.pending, is_there);
  if (!written.empty()) {
    LAYER_CO_TRY(co_await parts_.profiles.change(
        place.ns, [&](const Profiles& now) -> Result<std::optional<Profiles>> {
          Profiles changed = now;
          for (Profile& profile : changed) {
            if (std::ranges::find(written, profile.attribute) != written.end()) {
              profile.state = Profile::State::kActive;
            }
          }
          return changed;
        }));
  }
  co_return Result<void>{};
}

async::Task<Result<void>> WriteEmbedder::add_vectors(const WritePlace& place,
                                                     const std::string& body,
                                                     const Profiles& profiles, EmbeddedWrite& write,
                                                     std::vector<json::Replacement>& edits) {
  const auto find = [&] { return find_write_texts(body, profiles); };
  LAYER_CO_ASSIGN(auto found, co_await parts_.pool.run(find));
  LAYER_CO_ASSIGN(WriteTexts texts, std::move(found));
  std::vector<VectorPtr> vectors(texts.texts.size());
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    const Profile& profile = profiles[i];
    std::vector<std::size_t> mine;
    ComputeAsk ask{.model = parts_.models.find(profile.model),
                   .dims = profile.dims,
                   .revision = profile.revision,
                   .ns = place.ns,
                   .store_kind = place.store.kind()};
    for (std::size_t text = 0; text < texts.texts.size(); ++text) {
      if (texts.texts[text].profile == i) {
        mine.push_back(text);
        ask.texts.push_back(std::move(texts.texts[text].text));
      }
    }
    if (mine.empty()) {
      continue;
    }
    if (ask.model == nullptr) {
      co_return no_model(profile.model);
    }
    ask.instruction = profile.document_instruction + ask.model->spec().document_prefix;
    LAYER_CO_ASSIGN(const Computed computed,
                    co_await parts_.compute.run(std::move(ask), place.deadline));
    write.computed = true;
    write.tokens += computed.tokens;
    write.took += computed.took;
    for (std::size_t k = 0; k < mine.size(); ++k) {
      vectors[mine[k]] = computed.vectors[k];
    }
  }
  std::vector<const std::vector<float>*> plain;
  plain.reserve(vectors.size());
  for (const VectorPtr& vector : vectors) {
    plain.push_back(vector.get());
  }
  const auto place_all = [&] { return place_vectors(texts.places, plain); };
  LAYER_CO_ASSIGN(edits, co_await parts_.pool.run(place_all));
  co_return Result<void>{};
}

// New profiles are pending before the store hears of them.
async::Task<Result<void>> WriteEmbedder::announce(const Plan& plan, EmbeddedWrite& write) {
  if (plan.fresh.empty() && plan.removed.empty()) {
    co_return Result<void>{};
  }
  write.write_id = core::hex(core::random_u64());
  write.before = plan.before;
  if (plan.fresh.empty()) {
    co_return Result<void>{};  // what is removed stays in force until the write is applied
  }
  LAYER_CO_TRY(co_await parts_.profiles.change(
      write.ns, [&](const Profiles& now) -> Result<std::optional<Profiles>> {
        Profiles changed = now;
        for (const std::size_t i : plan.fresh) {
          Profile profile = plan.profiles[i];
          profile.state = Profile::State::kPending;
          profile.write_id = write.write_id;
          put(changed, std::move(profile));
        }
        LAYER_TRY(check_targets(changed));
        return changed;
      }));
  co_return Result<void>{};
}

async::Task<> WriteEmbedder::settle(const EmbeddedWrite& write, EmbeddedOutcome outcome) {
  if (write.write_id.empty() || outcome == EmbeddedOutcome::kUnknown) {
    co_return;
  }
  const bool applied = outcome == EmbeddedOutcome::kApplied;
  const auto settled = co_await parts_.profiles.change(
      write.ns, [&](const Profiles& now) -> Result<std::optional<Profiles>> {
        Profiles changed;
        for (Profile profile : now) {
          if (profile.write_id != write.write_id) {
            changed.push_back(std::move(profile));
          } else if (applied) {
            profile.state = Profile::State::kActive;
            changed.push_back(std::move(profile));
          } else if (const Profile* const old = find_source(write.before, profile.attribute)) {
            changed.push_back(*old);
          }
        }
        for (const std::string& attribute : write.removed) {
          if (applied) {
            remove(changed, attribute);
          }
        }
        return changed;
      });
  if (!settled) {
    parts_.log.warn("an embedding profile stays pending until the next write",
                    {{"namespace", write.ns}, {"what", settled.error().message}});
  }
}

std::string add_performance(std::string answer, const EmbeddedWrite& write) {
  const auto head = read_write_head(answer);
  if (!head) {
    return answer;
  }
  const std::string members =
      fmt::format(R"("embedding_tokens":{},"embedding_images":0,"embedding_ms":{})", write.tokens,
                  std::chrono::duration_cast<std::chrono::milliseconds>(write.took).count());
  const auto performance = find_member(answer, "performance");
  if (performance && performance->of(answer).starts_with('{')) {
    const bool empty = performance->of(answer).find(':') == std::string_view::npos;
    answer.insert(performance->end - 1, (empty ? "" : ",") + members);
  } else {
    answer.insert(head->end,
                  fmt::format(R"({}"performance":{{{}}})", head->members ? "," : "", members));
  }
  return answer;
}

}  // namespace layer::features::embed
