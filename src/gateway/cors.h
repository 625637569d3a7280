// Cross-origin answers (rule N5 of the contract): only for listed origins, with every x-layer-*
// header exposed. Thread safety: immutable once made. Cost: nothing when no origin is listed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace layer::gateway {

class Cors {
 public:
  // "https://app.example.com", exactly as browsers send it, or "*" for every origin.
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  // The answer to a preflight of a listed origin; nullopt: not one, go on as usual.
  std::optional<http::Response> preflight(const http::Request& request) const;
  // Adds the headers that let a listed origin read the answer.
  void allow(const http::Headers& request, http::Headers& answer) const;

 private:
  std::optional<std::string_view> listed_origin(const http::Headers& request) const;
  std::vector<std::string> origins_;
};

}  // namespace layer::gateway
