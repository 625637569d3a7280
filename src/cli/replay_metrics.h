// How alike two rankings are, and how good each is by what people clicked. Thread safety: pure
// functions. Lists hold ids as JSON texts, best first.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace layer::cli {

using Ranking = std::vector<std::string>;
using Gains = std::map<std::string, double>;  // clicks by document

// Share of the first k that both have, of the longer list; two empty lists are the same.
double overlap_at(const Ranking& a, const Ranking& b, std::size_t k);
// Kendall's tau-a over the ids that both have: 1 the same order, -1 reversed. nullopt: fewer than
// two.
std::optional<double> kendall_tau(const Ranking& a, const Ranking& b);
// Normalized discounted cumulative gain of the first k, clicks as gains. nullopt: no clicks.
std::optional<double> ndcg_at(const Ranking& ranking, const Gains& gains, std::size_t k);
// The nearest rank; 0 of nothing.
double quantile(std::vector<double> values, double share);

}  // namespace layer::cli
