// Two attributes of the rows that a function computed, compared: values side by side, vectors by
// their likeness and by the neighbours that each of them finds. Thread safety: one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/session.h"

namespace layer::cli {

struct PairAsk {
  std::string function{};
  std::string version{};  // rows with results of this one are compared
  std::string from{};
  std::string to{};
  std::size_t sample = 100;  // rows of a namespace
  std::size_t top_k = 10;    // neighbours
};

// Over the rows that have both.
struct PairReport {
  std::string ns{};
  std::size_t rows = 0;
  std::size_t equal = 0;
  std::vector<double> cosines{};   // empty: they are no vectors, or of other lengths
  std::vector<double> overlaps{};  // shares of neighbours that both find; empty: no vectors
  boost::json::array different{};  // {"id","old","new"} of values that are no vectors

  boost::json::object as_json() const;
};

double mean_of(const std::vector<double>& values);
double least_of(const std::vector<double>& values);

// Each sampled row is asked for its neighbours by either vector, among the rows that have both.
// Nothing: a query failed, which was told.
std::optional<PairReport> compare_pair(Session& session, const std::string& ns, const PairAsk& ask);

}  // namespace layer::cli
