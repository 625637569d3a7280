#include "queue/postgres/named_items.h"

#include <numeric>
#include <utility>

namespace layer::queue::postgres {
namespace {

// Ordinals count from 1.
std::size_t place_of(const Answer::Row& row, const std::vector<std::size_t>& places) {
  return places.at(static_cast<std::size_t>(row.integer(0)) - 1);
}

}  // namespace

async::Task<Result<Outcomes>> run_named(Connection& connection, NamedCall call) {
  Outcomes outcomes(call.items, Refusal{});
  std::vector<std::size_t> left(call.items);
  std::iota(left.begin(), left.end(), std::size_t{0});
  for (int tries = 0; tries < kTriesMax && !left.empty(); ++tries) {
    LAYER_CO_ASSIGN(const Answer done, co_await connection.run(call.act(left)));
    for (int i = 0; i < done.rows(); ++i) {
      outcomes[place_of(done.row(i), left)] = std::nullopt;
    }
    std::erase_if(left, [&](std::size_t place) { return !outcomes[place]; });
    if (left.empty()) {
      break;
    }
    LAYER_CO_ASSIGN(const Answer why, co_await connection.run(call.explain(left)));
    std::vector<std::size_t> again;
    for (int i = 0; i < why.rows(); ++i) {
      const std::size_t place = place_of(why.row(i), left);
      const Outcome refused = call.read(why.row(i), place);
      if (refused) {
        outcomes[place] = refused;
      } else {
        again.push_back(place);
      }
    }
    left = std::move(again);
  }
  co_return outcomes;
}

}  // namespace layer::queue::postgres
