#include "cli/replay_metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace layer::cli {
namespace {

Ranking first(const Ranking& ranking, std::size_t k) {
  return {ranking.begin(),
          ranking.begin() + static_cast<std::ptrdiff_t>(std::min(k, ranking.size()))};
}

double discount(std::size_t place) {
  return 1 / std::log2(static_cast<double>(place) + 2);
}

}  // namespace

double overlap_at(const Ranking& a, const Ranking& b, std::size_t k) {
  const Ranking left = first(a, k);
  const Ranking right = first(b, k);
  const std::size_t longer = std::max(left.size(), right.size());
  if (longer == 0) {
    return 1;
  }
  const auto both = std::ranges::count_if(
      left, [&](const std::string& id) { return std::ranges::find(right, id) != right.end(); });
  return static_cast<double>(both) / static_cast<double>(longer);
}

std::optional<double> kendall_tau(const Ranking& a, const Ranking& b) {
  std::vector<std::ptrdiff_t> places;  // in b, of what both have, in a's order
  for (const std::string& id : a) {
    if (const auto found = std::ranges::find(b, id); found != b.end()) {
      places.push_back(found - b.begin());
    }
  }
  if (places.size() < 2) {
    return std::nullopt;
  }
  std::int64_t balance = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = i + 1; j < places.size(); ++j) {
      balance += places[i] < places[j] ? 1 : -1;
    }
  }
  const auto pairs = static_cast<double>(places.size() * (places.size() - 1)) / 2;
  return static_cast<double>(balance) / pairs;
}

std::optional<double> ndcg_at(const Ranking& ranking, const Gains& gains, std::size_t k) {
  std::vector<double> best;
  for (const auto& [id, clicks] : gains) {
    best.push_back(clicks);
  }
  std::ranges::sort(best, std::greater<>());
  double ideal = 0;
  for (std::size_t i = 0; i < std::min(k, best.size()); ++i) {
    ideal += best[i] * discount(i);
  }
  if (ideal <= 0) {
    return std::nullopt;
  }
  double sum = 0;
  for (std::size_t i = 0; i < std::min(k, ranking.size()); ++i) {
    if (const auto found = gains.find(ranking[i]); found != gains.end()) {
      sum += found->second * discount(i);
    }
  }
  return sum / ideal;
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) {
    return 0;
  }
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  std::ranges::sort(values);
  return values[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace layer::cli
