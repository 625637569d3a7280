// Values of rows before and after a function computed them. Thread safety: pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace layer::cli {

// By namespace and id, the id as JSON text.
using Rows = std::map<std::pair<std::string, std::string>, boost::json::object>;

struct RowChange {
  std::string ns;
  std::string id;  // JSON text
  std::string attribute;
  boost::json::value before;  // null: there was none
  boost::json::value after;
};

// Of rows that are in both, attributes that differ, reserved ones apart.
std::vector<RowChange> changes_between(const Rows& before, const Rows& after);

// nullopt: they are no vectors of one length, or one of them is nothing but zeros.
std::optional<double> cosine(const boost::json::value& one, const boost::json::value& other);

// Vectors are told by their likeness and length, other values as they are.
boost::json::array changes_json(const std::vector<RowChange>& changes);
// A table; "" without changes.
std::string format_changes(const std::vector<RowChange>& changes);

}  // namespace layer::cli
