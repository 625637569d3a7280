// Spellings that resources must keep: names, label keys, quantities, schedules. Each check answers
// for one text and has an example in words for the person who got it wrong.
// Thread safety: pure functions. Cost: one pass over the text.
#pragma once

#include <string_view>

namespace layer::resources {

// Kubernetes object name (DNS-1123 subdomain): lower case letters, digits, '-' and '.', beginning
// and ending with a letter or digit, at most 253.
bool is_object_name(std::string_view text);
// Names that become ids of pipelines and functions: [a-z0-9][a-z0-9-]{0,62}.
bool is_id_name(std::string_view text);
// Key of a secret: letters, digits, '-', '_', '.'; not "." or ".."; at most 253.
bool is_secret_key(std::string_view text);
// Optional DNS prefix and '/', then a name of at most 63.
bool is_label_key(std::string_view text);
bool is_label_value(std::string_view text);
// Namespace of a store: [A-Za-z0-9-_.]{1,128}, not "." or "..".
bool is_namespace_name(std::string_view text);
// Attribute of a row: 1 to 128 bytes, not beginning with '$'.
bool is_attribute_name(std::string_view text);
// "2Gi", "250m", "1.5", "1e3".
bool is_quantity(std::string_view text);
// Five fields, UTC, the minute a single integer.
bool is_cron(std::string_view text);
// http:// or https:// with a host and without user information.
bool is_http_url(std::string_view text);
// file:///dir, s3://bucket[/prefix] or memory:
bool is_embedded_url(std::string_view text);

}  // namespace layer::resources
