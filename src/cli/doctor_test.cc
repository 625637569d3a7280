#include <gtest/gtest.h>

#include <map>

#include "cli/doctor.h"
#include "http/test_server.h"

namespace layer::cli {
namespace {

using http::testing::TestServer;

TEST(Timing, IsReadFromTheNamedEntry) {
  EXPECT_EQ(timing_of("db;dur=3, layer;dur=1.25, upstream;desc=\"x\";dur=7", "layer"), 1.25);
  EXPECT_EQ(timing_of("db;dur=3, upstream;desc=\"x\";dur=7.5", "upstream"), 7.5);
  EXPECT_EQ(timing_of("layer", "layer"), std::nullopt);
  EXPECT_EQ(timing_of("layer;dur=", "layer"), std::nullopt);
  EXPECT_EQ(timing_of("", "layer"), std::nullopt);
}

// A gateway that behaves, whose answers a test then spoils by path.
struct DoctorTest : ::testing::Test {
  std::map<std::string, http::Response> spoiled;
  TestServer server{[this](http::Request& request) -> async::Task<http::Response> {
    auto body = co_await http::read_all(*request.body, 1 << 20U);
    co_return answer(request);
  }};

  http::Response answer(const http::Request& request) {
    const std::string path(request.path());
    const auto spoilt = spoiled.find(request.method + " " + path);
    if (spoilt != spoiled.end()) {
      http::Response copy;
      copy.status = spoilt->second.status;
      copy.headers = spoilt->second.headers;
      copy.body = spoilt->second.body;
      return copy;
    }
    if (path == "/health" || path == "/ready") {
      return http::json_response(200, R"({"status":"ok","version":"9.8.7"})");
    }
    http::Response response =
        path == "/v1/namespaces"      ? http::json_response(200, R"({"namespaces":[{"id":"n"}]})")
        : path.ends_with("/metadata") ? http::json_response(200, R"({"layer":{"stamp":true}})")
        : path.ends_with("/capabilities")
            ? http::json_response(200, R"({"features":[{"id":"temporal","support":"supported"}]})")
        : path == "/v2/vectorstores"
            ? http::json_response(200, R"({"vectorstores":[{"name":"default"}]})")
            : http::json_response(request.method == "POST" ? 422 : 200, "{}");
    if (!request.headers.has("authorization")) {
      response.status = 401;
    }
    response.headers.add("server-timing", "layer;dur=0.30, upstream;dur=2.00");
    return response;
  }

  std::map<std::string, Check> examine_it() {
    auto base = http::parse_base_url("http://127.0.0.1:" + std::to_string(server.port()));
    const auto prober = std::move(*Prober::make(std::move(*base), "k", std::chrono::seconds(10)));
    std::map<std::string, Check> by_name;
    for (Check& check : examine({.server = *prober, .admin = nullptr, .has_key = true})) {
      by_name[check.name] = check;
    }
    return by_name;
  }
};

TEST_F(DoctorTest, AHealthyGatewayPasses) {
  for (const auto& [name, check] : examine_it()) {
    EXPECT_EQ(check.health, Health::kOk) << name << ": " << check.found;
    EXPECT_EQ(check.fix, "") << name;
  }
}

TEST_F(DoctorTest, EachFaultIsNamedWithItsFix) {
  spoiled["GET /ready"] = http::json_response(503, R"({"status":"draining","version":"9.8.7"})");
  spoiled["GET /v1/namespaces"] =
      http::json_response(503, R"({"status":"error","error":"store_unavailable"})");
  auto checks = examine_it();
  EXPECT_EQ(checks["ready"].health, Health::kFail);
  EXPECT_EQ(checks["ready"].found, "draining");
  EXPECT_EQ(checks["store"].health, Health::kFail);
  EXPECT_NE(checks["store"].fix, "");
}

TEST_F(DoctorTest, ARefusedKeyFailsAndAReadersKeyWarns) {
  spoiled["GET /v1/namespaces"] = http::json_response(401, "{}");
  EXPECT_EQ(examine_it()["key"].health, Health::kFail);
  spoiled["GET /v1/namespaces"] = http::json_response(403, "{}");
  EXPECT_EQ(examine_it()["key"].health, Health::kWarn);
}

TEST_F(DoctorTest, AnOldClockFails) {
  spoiled["GET /health"] = http::json_response(200, R"({"version":"9.8.7"})");
  spoiled["GET /health"].headers.add("date", "Mon, 01 Jan 2024 00:00:00 GMT");
  EXPECT_EQ(examine_it()["clock"].health, Health::kFail);
}

TEST_F(DoctorTest, WhatIsNoLayerEndsTheExamination) {
  spoiled["GET /health"] = http::json_response(404, "<html>");
  const auto checks = examine_it();
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks.begin()->second.health, Health::kFail);
}

TEST(DoctorReport, SaysStateFindingAndFix) {
  const std::vector<Check> checks{{"clock", Health::kOk, "fine"},
                                  {"key", Health::kFail, "refused", "set one"}};
  EXPECT_FALSE(healthy(checks));
  EXPECT_EQ(print_as_text(checks),
            "ok    clock     fine\nfail  key       refused\n                fix: set one\n");
  EXPECT_EQ(print_as_json(checks),
            R"({"healthy":false,"checks":[{"name":"clock","state":"ok","found":"fine"},)"
            R"({"name":"key","state":"fail","found":"refused","fix":"set one"}]})"
            "\n");
}

}  // namespace
}  // namespace layer::cli
