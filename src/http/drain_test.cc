// A server that stops: requests in flight finish, idle connections go, a time limit holds.
#include <latch>

#include <gtest/gtest.h>

#include "async/deadline.h"
#include "http/test_server.h"
#include "http/test_socket.h"

namespace layer::http {
namespace {

using namespace std::chrono_literals;
using testing::TestServer;
using testing::TestSocket;
using testing::text_response;

void wait_for_requests(const TestServer& server, std::size_t count) {
  while (const_cast<TestServer&>(server).server().requests_in_flight() != count) {
    std::this_thread::yield();
  }
}

TEST(Drain, ARequestInFlightFinishesAndIsToldToClose) {
  std::atomic<bool> release{false};
  TestServer server([&](Request&) -> async::Task<Response> {
    while (!release) {
      co_await async::sleep_for(1ms);
    }
    co_return text_response("finished");
  });
  TestSocket idle(server.port());
  idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  release = true;
  EXPECT_EQ(idle.read_response().second, "finished");
  wait_for_requests(server, 0);  // an answer arrives a moment before its request stops counting
  release = false;

  TestSocket busy(server.port());
  busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_for_requests(server, 1);
  bool orderly = false;
  std::thread stopper([&] { orderly = server.server().stop({}, 30s); });
  EXPECT_EQ(idle.read_to_end(), "");  // closed without waiting for the busy one
  EXPECT_TRUE(server.server().draining());
  release = true;
  const auto [head, body] = busy.read_response();
  EXPECT_EQ(body, "finished");
  EXPECT_NE(head.find("connection: close\r\n"), std::string::npos);
  stopper.join();
  EXPECT_TRUE(orderly);
  EXPECT_FALSE(TestSocket(server.port()).connected());
}

TEST(Drain, RequestsAreStillTakenDuringTheDelay) {
  TestServer server([](Request&) -> async::Task<Response> { co_return text_response("ok"); });
  std::thread stopper([&] { server.server().stop(1h, 1h); });
  while (!server.server().draining()) {
    std::this_thread::yield();
  }
  TestSocket late(server.port());
  late.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto [head, body] = late.read_response();
  EXPECT_EQ(body, "ok");
  EXPECT_NE(head.find("connection: close\r\n"), std::string::npos);
  server.server().abort();  // ends the delay
  stopper.join();
}

TEST(Drain, WhatDoesNotFinishInTimeIsCancelled) {
  std::atomic<bool> cancelled{false};
  TestServer server([&](Request& request) -> async::Task<Response> {
    co_await async::sleep_for(1h);
    cancelled = request.cancelled;
    co_return Response{};
  });
  TestSocket client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_for_requests(server, 1);
  EXPECT_FALSE(server.server().stop({}, 10ms));
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Drain, AbortEndsAStopAtOnce) {
  TestServer server([](Request&) -> async::Task<Response> {
    co_await async::sleep_for(1h);
    co_return Response{};
  });
  TestSocket client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_for_requests(server, 1);
  std::thread stopper([&] { EXPECT_FALSE(server.server().stop(1h, 1h)); });
  while (!server.server().draining()) {
    std::this_thread::yield();
  }
  server.server().abort();
  stopper.join();
  EXPECT_EQ(server.server().connections(), 0U);
}

}  // namespace
}  // namespace layer::http
