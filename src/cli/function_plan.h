// What a run of a function will take, asked and shown. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "cli/session.h"

namespace layer::cli {

// A table of namespaces, one of what it adds up to, then what the estimate leaves out.
std::string format_plan(const boost::json::object& plan);
// Rows that the plan selects, skippable ones too.
std::uint64_t planned_rows(const boost::json::object& plan);

// The flags --namespaces a,b and --sample N as members of a plan's or a sweep's body.
void add_namespaces(const Session& session, boost::json::object& body);

// Looks for rows of the function at `target`, page by page: each call ends before it takes long.
// With the member max_rows of the body, for so many in all.
// How many were found; nothing when a call failed, which was said (see Session::failure).
std::optional<std::uint64_t> discover_all(Session& session, const std::string& target,
                                          boost::json::object body);

}  // namespace layer::cli
