#include "resources/store_config.h"

#include <gtest/gtest.h>

#include "resources/catalog_builder.h"
#include "resources/test_directory.h"

namespace layer::resources {
namespace {

struct Secrets final : SecretSource {
  std::map<std::string, std::string> values;
  Result<core::Secret> resolve(const SecretRef& ref) const override {
    const auto it = values.find(ref.name + "/" + ref.key);
    if (it == values.end()) {
      return fail(ErrorCode::kNotFound, "not here");
    }
    return core::Secret(it->second);
  }
};

struct StoreConfigTest : ::testing::Test {
  Secrets secrets;
  Catalog catalog;
  StoreOptions options;
  std::vector<StoreSpec> previous;

  std::vector<StoreSpec> stores() {
    auto stores = configure_stores(options, catalog, secrets, previous);
    if (!stores) {
      ADD_FAILURE() << faults();
      return {};
    }
    return *stores;
  }
  std::string faults() {
    const auto stores = configure_stores(options, catalog, secrets, previous);
    std::string lines;
    for (const Mistake& mistake : stores ? Mistakes{} : stores.error()) {
      lines += to_string(mistake) + "\n";
    }
    return lines;
  }
};

TEST_F(StoreConfigTest, WithoutAnythingThereIsOneStoreByRegion) {
  options.region = "gcp-us-central1";
  const auto all = stores();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "default");
  EXPECT_EQ(all[0].kind, StoreKind::kTurbopuffer);
  EXPECT_EQ(all[0].url, "https://gcp-us-central1.turbopuffer.com");
  EXPECT_TRUE(all[0].is_default);
  EXPECT_FALSE(all[0].has_credential);
}

TEST_F(StoreConfigTest, TheUpstreamsKeyIsItsCredential) {
  options.upstream = "http://127.0.0.1:9000";
  options.upstream_key = "k";
  const auto all = stores();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].url, "http://127.0.0.1:9000");
  EXPECT_EQ(all[0].credential.reveal(), "k");
  options.upstream = "memory:";
  EXPECT_EQ(stores()[0].kind, StoreKind::kEmbedded);
  options.upstream = "localhost:9000";
  EXPECT_EQ(faults(),
            "--upstream: does not make an http:// or https:// URL without a user name; "
            "give --upstream https://HOST\n");
}

TEST_F(StoreConfigTest, AMapOneResourceOrItems) {
  const std::string spec = R"({"kind": "embedded", "endpoint": {"url": "memory:"}})";
  const std::string resource = R"({"apiVersion": "hevlayer.com/v1alpha1", "kind": "VectorStore",
      "metadata": {"name": "one"}, "spec": )" +
                               spec + "}";
  for (const std::string& text :
       {R"({"one": )" + spec + "}", resource, R"({"items": [)" + resource + "]}",
        std::string("one:\n  kind: embedded\n  endpoint:\n    url: 'memory:'\n")}) {
    options.store_json = text;
    const auto all = stores();
    ASSERT_EQ(all.size(), 1U) << text;
    EXPECT_EQ(all[0].name, "one");
    EXPECT_TRUE(all[0].is_default) << "a single store is the default";
  }
}

TEST_F(StoreConfigTest, AFileComesBeforeTheText) {
  const testing::TestDirectory directory;
  directory.write("stores.yaml", "filed: {kind: embedded, endpoint: {url: 'memory:'}}");
  options.store_file = directory.path() / "stores.yaml";
  options.store_json = "{}";
  EXPECT_EQ(stores()[0].name, "filed");
  options.store_file = directory.path() / "nowhere.yaml";
  EXPECT_NE(faults().find("nowhere.yaml: cannot be read"), std::string::npos);
}

TEST_F(StoreConfigTest, ResourcesComeAfterTheOptions) {
  ParsedText parsed = parse_objects(
      "apiVersion: hevlayer.com/v1alpha1\nkind: VectorStore\nmetadata: {name: kept}\n"
      "spec: {kind: embedded, endpoint: {url: 'memory:'}}\n",
      TextFormat::kYaml, "f");
  const std::vector<FileObjects> files{{.name = "f", .objects = std::move(parsed.objects)}};
  catalog = *CatalogBuilder().build(files);
  EXPECT_EQ(stores()[0].name, "kept");
  options.store_json = R"({"given": {"kind": "embedded", "endpoint": {"url": "memory:"}}})";
  EXPECT_EQ(stores()[0].name, "given");
}

TEST_F(StoreConfigTest, EveryFaultIsToldAtOnce) {
  options.store_json =
      "a: {kind: turbopuffer, endpoint: {url: 'https://a'}, default: true}\n"
      "b: {kind: turbopuffer, endpoint: {url: 'https://b'}, default: true}\n"
      "c: {kind: turbopuffer, endpoint: {url: 'https://c'}}\n"
      "d: {kind: pinecone, endpoint: {url: 'https://d'}}\n"
      "E: {}\n"
      "f: 1\n";
  EXPECT_EQ(faults(),
            "--store-json:4:11: VectorStore/d: spec.kind: stores of kind 'pinecone' are not "
            "supported; known here: turbopuffer, embedded\n"
            "--store-json:5:1: E: expected a name of lower-case letters, digits, '-' and '.' that "
            "begins and ends with a letter or digit as the name of a store\n"
            "--store-json:6:1: VectorStore/f: expected a map with kind, endpoint and so on\n"
            "--store-json:2:4: VectorStore/b: spec.default: VectorStore/a is the default already\n"
            "--store-json:3:4: VectorStore/c: spec.credential: is missing; only the default store "
            "can use its callers' keys; give credential.secretRef\n");
}

TEST_F(StoreConfigTest, SeveralStoresNeedADefault) {
  options.store_json =
      "a: {kind: embedded, endpoint: {url: 'memory:'}}\n"
      "b: {kind: embedded, endpoint: {url: 'memory:'}}\n";
  EXPECT_EQ(faults(),
            "--store-json: none of the stores is the default; set default: true on one\n");
  options.store_json = "{}";
  EXPECT_EQ(faults(), "--store-json: names no store\n");
  options.store_json = "[]";
  EXPECT_EQ(faults(),
            "--store-json:1:1: found a list, expected a map; write name: spec, one VectorStore, "
            "or items: [...]\n");
}

TEST_F(StoreConfigTest, TheDefaultIsFirstAndCredentialsAreResolved) {
  options.store_json =
      "a: {kind: turbopuffer, endpoint: {url: 'https://a', region: r}, turbopuffer: {orgId: o},\n"
      "    rateCard: c, credential: {secretRef: {name: s, key: a}}}\n"
      "z: {kind: embedded, endpoint: {url: 'memory:'}, default: true, inboundAuth: {mode: keys,\n"
      "    keys: [{name: ci, scopes: [read], secretRef: {name: s, key: ci}}]}}\n";
  secrets.values = {{"s/a", "secret-a"}, {"s/ci", "secret-ci"}};
  const auto all = stores();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "z");
  EXPECT_EQ(all[0].inbound_auth.mode, InboundMode::kKeys);
  ASSERT_EQ(all[0].inbound_auth.keys.size(), 1U);
  EXPECT_EQ(all[0].inbound_auth.keys[0].value.reveal(), "secret-ci");
  EXPECT_EQ(all[1].credential.reveal(), "secret-a");
  EXPECT_EQ(all[1].region, "r");
  EXPECT_EQ(all[1].org_id, "o");
  EXPECT_EQ(all[1].rate_card, "c");
}

TEST_F(StoreConfigTest, AnUnreadableSecretKeepsItsLastValue) {
  options.store_json =
      "a: {kind: turbopuffer, endpoint: {url: 'https://a'}, credential: {secretRef: {name: s, "
      "key: a}}}";
  const auto never = stores();
  EXPECT_TRUE(never[0].has_credential);
  EXPECT_TRUE(never[0].credential.empty());
  EXPECT_EQ(never[0].credential_fault, "not here");

  secrets.values["s/a"] = "one";
  previous = stores();
  EXPECT_EQ(previous[0].credential.reveal(), "one");
  EXPECT_EQ(previous[0].credential_fault, "");
  secrets.values.clear();
  EXPECT_EQ(stores()[0].credential.reveal(), "one");
  EXPECT_EQ(stores()[0].credential_fault, "not here");

  options.store_json.replace(options.store_json.find("key: a"), 6, "key: b");
  EXPECT_TRUE(stores()[0].credential.empty()) << "the value of another secret must not be used";
}

}  // namespace
}  // namespace layer::resources
