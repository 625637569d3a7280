#include <gmock/gmock.h>

#include "operator/process/function_registrar.h"
#include "operator/process/pipeline_registrar.h"
#include "operator/process/workloads.h"
#include "queue/testing_queues.h"
#include "resources/directory_source.h"
#include "resources/test_directory.h"

namespace layer::workers {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kBooks = R"(
apiVersion: hevlayer.com/v1alpha1
kind: Pipeline
metadata: {name: books}
spec:
  target: {namespace: docs}
  sourceRef: {warehouse: news, feeds: [a]}
  worker: {command: [work, "-v"], batchSize: 8, timeoutSeconds: 5}
  scaling: {replicas: {max: 40}}
)";
constexpr std::string_view kEmbed = R"(
apiVersion: hevlayer.com/v1alpha1
kind: Function
metadata: {name: embed}
spec:
  targetNamespaces: [docs]
  inputs: [title]
  filter: ["year", "Gt", 1990]
  worker: {command: [embed]}
  scaling: {pool: moon, replicas: {max: 1}}
  triggers: [write, schedule]
  paused: true
)";

std::shared_ptr<const resources::Catalog> catalog_of(
    std::initializer_list<std::string_view> texts) {
  const resources::testing::TestDirectory directory;
  const resources::FileSecrets secrets(directory.path() / "secrets");
  resources::StatusTable statuses(resources::wall_clock_ms);
  int number = 0;
  for (const std::string_view text : texts) {
    directory.write("file" + std::to_string(++number) + ".yaml", text);
  }
  resources::DirectorySource source({.directory = directory.path()}, secrets, statuses);
  EXPECT_TRUE(source.start());
  source.stop();
  return source.current();
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result(text);
  result.replace(result.find(from), from.size(), to);
  return result;
}

std::vector<PlannedWorkload> plan(const resources::Catalog& catalog) {
  return plan_workloads(catalog, {.directory = "/etc/layer",
                                  .url = "http://127.0.0.1:1",
                                  .inherited = {"PATH=/bin"},
                                  .key = [](const resources::Resource& object) {
                                    return "key of " + object.status_key;
                                  }});
}

TEST(Workloads, AWorkerIsToldWhatItWorksOn) {
  const auto planned = plan(*catalog_of({kBooks}));
  ASSERT_EQ(planned.size(), 1);
  const Workload& books = planned[0].workload;
  EXPECT_EQ(books.object, "Pipeline/books");
  EXPECT_THAT(books.command.argv, ElementsAre("work", "-v"));
  EXPECT_EQ(books.command.directory, "/etc/layer");
  EXPECT_THAT(
      books.command.environment,
      ::testing::UnorderedElementsAre(
          "PATH=/bin", "HEVLAYER_BASE_URL=http://127.0.0.1:1",
          "HEVLAYER_API_KEY=key of Pipeline/books", "LAYER_GATEWAY_API_KEY=key of Pipeline/books",
          "HEVLAYER_LEASE_SECONDS=120", "HEVLAYER_TIMEOUT_SECONDS=5", "HEVLAYER_PIPELINE_ID=books",
          "HEVLAYER_TARGET_NAMESPACE=docs", "HEVLAYER_BATCH_SIZE=8",
          R"(HEVLAYER_SOURCE_REF={"warehouse":"news","feeds":["a"]})", "HEVLAYER_WAREHOUSE=news"));
  EXPECT_EQ(books.scaling.max, 32) << "the stock pool allows no more";
  EXPECT_EQ(books.scaling.target_depth, 32) << "four batches";
  EXPECT_EQ(planned[0].conditions[0].reason, "ReplicasAbovePool");
  EXPECT_FALSE(books.held);
}

TEST(Workloads, WhatKeepsWorkersFromRunningIsSaid) {
  const auto planned =
      plan(*catalog_of({replaced(kBooks, R"(command: [work, "-v"])", "image: work:1"), kEmbed}));
  ASSERT_EQ(planned.size(), 2);
  EXPECT_EQ(planned[0].workload.refusal, "NoCommand");
  const Workload& embed = planned[1].workload;
  EXPECT_EQ(embed.refusal, "UnknownPool");
  EXPECT_TRUE(embed.held);
  EXPECT_TRUE(embed.scaling.cron) << "the trigger schedule";
  EXPECT_EQ(planned[1].conditions[1].reason, "Paused");
  EXPECT_THAT(embed.command.environment, Contains("HEVLAYER_UDF_ID=embed"));
  EXPECT_THAT(embed.command.environment, Contains("HEVLAYER_UDF_VERSION=v1"));
}

constexpr std::string_view kIndexes = R"(
apiVersion: hevlayer.com/v1
kind: Index
metadata: {name: films}
spec: {metadata: {labels: {team: search, tier: gold}}}
---
apiVersion: hevlayer.com/v1
kind: Index
metadata: {name: logs}
spec: {stamp: false, metadata: {labels: {team: search}}}
)";

TEST(Workloads, AFunctionWorksOnWhatItNamesAndWhatItsLabelsMean) {
  const auto with = [](std::string_view selector, std::initializer_list<std::string_view> more) {
    std::vector<std::string_view> texts(more);
    const std::string embed = replaced(kEmbed, "targetNamespaces: [docs]", selector);
    const auto catalog = texts.empty() ? catalog_of({embed}) : catalog_of({embed, texts[0]});
    const auto planned = plan(*catalog);
    const auto& condition = planned[0].conditions.back();
    EXPECT_EQ(condition.type, "NamespacesResolved");
    return std::pair(condition.reason, planned[0].fields.at("activeNamespaces"));
  };
  using Found = std::pair<std::string, std::string>;
  EXPECT_EQ(with("targetNamespaces: [b, a]", {}), Found("Resolved", R"(["a","b"])"));
  EXPECT_EQ(with("indexSelector: {team: search}", {}), Found("NoMatch", "[]"));
  EXPECT_EQ(with("indexSelector: {team: search, tier: gold}", {kIndexes}),
            Found("Resolved", R"(["films"])"));
  EXPECT_EQ(with("indexSelector: {team: search}", {kIndexes}),
            Found("StampOff", R"(["films","logs"])"));
}

TEST(FunctionSpecText, SaysEverythingInTheWordsOfTheApi) {
  const auto catalog = catalog_of({kEmbed});
  EXPECT_EQ(
      print_function_spec(*catalog->all<resources::FunctionSpec>()[0].spec),
      R"({"target_namespaces":["docs"],"inputs":["title"],"version":"v1","filter":["year","Gt",1990],)"
      R"("worker":{"command":["embed"],"batch_size":32,"timeout_seconds":30},)"
      R"("schedule":{"cron":"0 * * * *","discovery_interval_seconds":60,"lease_seconds":120,)"
      R"("max_in_flight_batches":8,"max_concurrent_scans":4},"retry":{"max_attempts":8,"initial_backoff_seconds":5,)"
      R"("max_backoff_seconds":300},"triggers":["write","schedule"],"invalidates":[],)"
      R"("output":{"vector_attribute":"vector"}})");
}

class PipelineRegistrarTest : public queue::QueueTest {
 protected:
  // How the one object, or the first, came out.
  resources::Condition bring(std::initializer_list<std::string_view> texts) {
    const auto catalog = catalog_of(texts);
    const auto outcome = run([&] { return registrar.bring_in_line(catalog); });
    EXPECT_TRUE(outcome.done);
    return outcome.told.empty() ? resources::Condition() : outcome.told[0].registered;
  }
  std::optional<queue::Pipeline> books() {
    return *run([&] { return world->documents().find("books"); });
  }

  PipelineRegistrar registrar{&world->documents(),
                              [](std::string_view) { return std::string("euclidean_squared"); }};
};

TEST_P(PipelineRegistrarTest, MakesWhatIsAbsentAndKeepsWhatIsThere) {
  EXPECT_EQ(bring({kBooks}).reason, "Registered");
  EXPECT_EQ(books()->target_namespace, "docs");
  EXPECT_EQ(books()->distance_metric, "euclidean_squared");
  EXPECT_EQ(bring({kBooks}).reason, "Registered");
  const auto other = bring({replaced(kBooks, "namespace: docs", "namespace: other")});
  EXPECT_EQ(other.reason, "TargetMismatch");
  EXPECT_THAT(other.message, HasSubstr("'docs'"));
  bring({});
  EXPECT_TRUE(books()) << "its documents are somebody's work";
}

TEST_P(PipelineRegistrarTest, PausesWhileAllObjectsOfTheQueueArePaused) {
  const std::string paused = std::string(kBooks) + "  paused: true\n";
  const std::string second =
      replaced(kBooks, "name: books", "name: second") + "  pipelineId: books\n";
  bring({paused});
  EXPECT_TRUE(books()->paused);
  bring({paused, second});
  EXPECT_FALSE(books()->paused);
  bring({paused, second + "  paused: true\n"});
  EXPECT_TRUE(books()->paused);
  bring({});
  EXPECT_FALSE(books()->paused) << "a resource that is gone pauses nobody";
}

TEST_P(PipelineRegistrarTest, WithoutAQueueItSaysWhatIsMissing) {
  PipelineRegistrar none(nullptr, {});
  const auto outcome = run([&] { return none.bring_in_line(catalog_of({kBooks})); });
  EXPECT_EQ(outcome.told[0].registered.reason, "NoQueue");
}

INSTANTIATE_TEST_SUITE_P(Queues, PipelineRegistrarTest, ::testing::ValuesIn(queue::queue_kinds()),
                         queue::queue_name);

class FunctionRegistrarTest : public ::testing::Test {
 protected:
  using Names = FunctionRegistrar::Names;

  FunctionRegistrar::Service service() {
    return {.find = [this](std::string id) -> async::Task<Result<void>> {
              co_return functions.contains(id) ? Result<void>()
                                               : fail(ErrorCode::kNotFound, "there is none");
            },
            .put = [this](std::string id, std::string spec, bool) -> async::Task<Result<void>> {
              if (error) {
                co_return std::unexpected(*error);
              }
              ++puts;
              functions[id] = spec;
              co_return Result<void>();
            },
            .remove = [this](std::string id) -> async::Task<Result<void>> {
              co_return functions.erase(id) > 0 ? Result<void>()
                                                : fail(ErrorCode::kNotFound, "there is none");
            },
            .load = [this]() -> async::Task<Result<Names>> { co_return kept; },
            .save = [this](Names names) -> async::Task<Result<void>> {
              kept = std::move(names);
              co_return Result<void>();
            }};
  }
  Registrar::Outcome bring(std::initializer_list<std::string_view> texts) {
    const auto catalog = catalog_of(texts);
    return async::run_blocking(loops.at(0), [&] { return registrar->bring_in_line(catalog); });
  }
  void begin_anew() { registrar.emplace(service()); }

  async::Loops loops{1};
  std::map<std::string, std::string> functions;
  Names kept;
  std::optional<Error> error;
  int puts = 0;
  std::optional<FunctionRegistrar> registrar{service()};
};

TEST_F(FunctionRegistrarTest, PutsWhatComesAndChangesAndRemovesWhatGoes) {
  functions["by-hand"] = "{}";
  EXPECT_EQ(bring({kEmbed}).told[0].registered.reason, "Registered");
  EXPECT_TRUE(functions.contains("embed"));
  bring({kEmbed});
  EXPECT_EQ(puts, 1);
  bring({replaced(kEmbed, "[title]", "[title, text]")});
  EXPECT_THAT(functions["embed"], HasSubstr(R"("inputs":["title","text"])"));
  EXPECT_EQ(puts, 2);
  EXPECT_TRUE(bring({}).done);
  EXPECT_THAT(functions, ElementsAre(::testing::Key("by-hand")));
  EXPECT_THAT(kept, IsEmpty());
}

TEST_F(FunctionRegistrarTest, OneThatSomebodyRemovedComesBack) {
  bring({kEmbed});
  functions.clear();
  bring({kEmbed});
  EXPECT_TRUE(functions.contains("embed"));
}

TEST_F(FunctionRegistrarTest, AFileThatGoesWhileNobodyLooksTakesItsFunctionAlong) {
  bring({kEmbed});
  begin_anew();
  bring({});
  EXPECT_THAT(functions, IsEmpty());
}

TEST_F(FunctionRegistrarTest, WhatIsRefusedIsToldAndWhatIsAwayIsTriedAgain) {
  error = Error{.code = ErrorCode::kValidation, .message = "a cycle"};
  auto outcome = bring({kEmbed});
  EXPECT_EQ(outcome.told[0].registered.message, "a cycle");
  EXPECT_EQ(outcome.told[0].registered.status, resources::ConditionStatus::kFalse);
  EXPECT_TRUE(outcome.done);
  error->code = ErrorCode::kServiceUnavailable;
  outcome = bring({kEmbed});
  EXPECT_EQ(outcome.told[0].registered.status, resources::ConditionStatus::kUnknown);
  EXPECT_FALSE(outcome.done);
  error.reset();
  EXPECT_EQ(bring({kEmbed}).told[0].registered.reason, "Registered");
}

TEST_F(FunctionRegistrarTest, WithoutFunctionsItSaysWhatIsMissing) {
  registrar.emplace(std::nullopt);
  EXPECT_EQ(bring({kEmbed}).told[0].registered.reason, "NoQueue");
}

}  // namespace
}  // namespace layer::workers
