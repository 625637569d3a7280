// What the verbs of search history ask for, and how they show it. Thread safety: pure functions.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/session.h"

namespace layer::cli {

// A path of the namespace and, of these flags, those that were given as parameters: "query-id" is
// the parameter query_id. A list as in --tag a,b is a parameter for each.
std::string history_target(const Session& session, const std::string& ns, std::string_view rest,
                           std::initializer_list<const char*> flags);

// What was asked, as a person reads it: the text typed, else the words looked for, else the kind of
// ranking.
std::string asked_words(const boost::json::object& entry);
// One row of the table of queries, and of clicks.
inline const std::vector<std::string> kQueryColumns{"time",   "query",  "results", "ms",
                                                    "status", "client", "query id"};
std::vector<std::string> query_row(const boost::json::object& entry);
inline const std::vector<std::string> kClickColumns{"time",     "action", "document",
                                                    "position", "source", "query id"};
std::vector<std::string> click_row(const boost::json::object& event);

// A member as text; empty where there is none.
std::string history_member(const boost::json::object& object, std::string_view name);

}  // namespace layer::cli
