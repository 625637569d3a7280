// A search as it was logged, made into a query again. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>

namespace layer::cli {

// The body of a query that asks what `logged`, the member `query` of an entry, says, for the first
// `k` ids; `more_filters` is a filter that holds as well, JSON or empty. nullopt: the log does not
// say enough (vectors are never logged), or it was several queries at once, or counted rows.
std::optional<std::string> replay_body(const boost::json::object& logged, std::size_t k,
                                       const std::string& more_filters);

}  // namespace layer::cli
