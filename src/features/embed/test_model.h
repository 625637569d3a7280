// A model for tests: a text's vector is {its length, 1}; "nothing" has none. Thread safety: one
// loop.
#pragma once

#include <optional>
#include <utility>

#include "features/embed/model.h"

namespace layer::features::embed {

class TestModel final : public Model {
 public:
  explicit TestModel(std::string name = "p/m", std::uint32_t dims = 2)
      : spec_{.name = std::move(name), .dims = dims, .tokens_max = 100} {}

  const ModelSpec& spec() const override { return spec_; }
  ModelSpec& change() { return spec_; }
  std::string_view state() const override { return "ready"; }
  async::Task<Result<Vectors>> embed(ModelInput input, async::TimePoint) override {
    ++calls;
    if (pause.count() > 0) {
      async::Timer timer(co_await async::asio::this_coro::executor, pause);
      co_await timer.async_wait(async::kToken);
    }
    if (failure) {
      co_return std::unexpected(*failure);
    }
    Vectors out{.tokens = input.texts.size()};
    for (std::string& text : input.texts) {
      std::vector<float> row(input.dims, 1.0F);
      row[0] = static_cast<float>(text.size());
      out.rows.push_back(text == "nothing" ? std::vector<float>() : std::move(row));
      texts.push_back(std::move(text));
    }
    co_return out;
  }

  int calls = 0;
  std::vector<std::string> texts;
  std::optional<Error> failure;
  async::Duration pause{};

 private:
  ModelSpec spec_;
};

}  // namespace layer::features::embed
