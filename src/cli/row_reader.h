// Rows of a namespace, read with plain queries. Thread safety: one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/row_changes.h"
#include "cli/session.h"

namespace layer::cli {

// The answer's rows. Nothing: the query failed, which was told.
std::optional<boost::json::array> query_rows(Session& session, const std::string& ns,
                                             const boost::json::object& query);

// Whole rows of items {"namespace","id"}; those that are gone are left out. Nothing: as above.
std::optional<Rows> read_rows(Session& session, const boost::json::array& items);

}  // namespace layer::cli
