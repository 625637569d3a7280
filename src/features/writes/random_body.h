// Random write bodies for property tests: mostly well-formed, with odd spacing, escapes, reserved
// and repeated names, large integers and emoji; some of a wrong shape. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace layer::features::writes {

class RandomBody {
 public:
  explicit RandomBody(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string out = space() + "{";
    const std::size_t members = below(5);
    for (std::size_t i = 0; i < members; ++i) {
      out += (i > 0 ? "," : "") + space() + member();
    }
    return out + space() + "}" + space();
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  bool rarely() { return below(60) == 0; }
  std::string space() {
    static constexpr std::string_view kSpaces[] = {"", "", "", "", " ", "\n", "\t ", "  \r\n"};
    return std::string(kSpaces[below(8)]);
  }
  template <std::size_t N>
  std::string pick(const std::string_view (&of)[N]) {
    return std::string(of[below(N)]);
  }

  std::string member() {
    switch (below(12)) {
      case 0:
      case 1:
      case 2:
        return name("upsert_rows") + rows();
      case 3:
        return name("patch_rows") + rows();
      case 4:
      case 5:
        return name("upsert_columns") + columns();
      case 6:
        return name("patch_columns") + columns();
      case 7:
        return name("deletes") + list([&] { return id(); });
      case 8:
        return name("patch_by_filter") + "{" + space() + name("filters") + R"(["a","Eq",1],)" +
               name("patch") + object(false) + "}";
      case 9:
        return name("return_affected_ids") + (below(2) == 0 ? "true" : "false");
      case 10:
        return name("upsert_condition") + R"(["id","Eq",null])";
      default:
        static constexpr std::string_view kOthers[] = {
            R"("schema":{"a":"string"})", R"("distance_metric":"cosine_distance")",
            R"("upsert_rows":null)",      R"("delete_by_filter":["a","In",["x","}"]])",
            R"("deletes":[[1]])",         R"("copy_from_namespace":"x")",
            R"("patch_rows":{})",         R"("disable_backpressure":true)"};
        return pick(kOthers);
    }
  }

  std::string name(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      static constexpr std::string_view kHex = "0123456789abcdef";
      if (below(200) == 0) {
        out += "\\u00";
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 15];
      } else {
        out += c;
      }
    }
    return out + "\"" + space() + ":" + space();
  }

  template <class Item>
  std::string list(Item item) {
    std::string out = "[" + space();
    const std::size_t items = below(5);
    for (std::size_t i = 0; i < items; ++i) {
      out += (i > 0 ? "," : "") + space() + item();
    }
    return out + space() + "]";
  }

  std::string rows() {
    return list([&] { return rarely() ? value() : object(true); });
  }

  std::string id() {
    static constexpr std::string_view kIds[] = {
        "0",
        "7",
        "18446744073709551615",
        R"("a")",
        R"("\ud83d\ude00")",
        R"("6ba7b810-9dad-11d1-80b4-00c04fd430c8")",
        R"("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")",
        R"("0123456789012345678901234567890123456789012345678901234567890123456789")"};
    return rarely() ? value() : pick(kIds);
  }

  std::string value() {
    static constexpr std::string_view kValues[] = {"null",
                                                   "true",
                                                   "-1",
                                                   "9007199254740993",
                                                   "0.1",
                                                   "-1.5e-3",
                                                   R"("plain")",
                                                   R"("quote \" brace } \\")",
                                                   "\"🦈\"",
                                                   "[]",
                                                   "[0.25,-1,3]",
                                                   R"({"a":1})",
                                                   R"([{"x":[]}])",
                                                   R"("_hevlayer_upserted_at")"};
    return pick(kValues);
  }

  std::string attribute() {
    static constexpr std::string_view kNames[] = {"a", "b", "vector", "title", "🦈", "ID"};
    switch (below(40)) {
      case 0:
      case 1:
      case 2:
        return name("_hevlayer_upserted_at");
      case 3:
        return name("_hevlayer_shard");
      case 4:
        return rarely() ? name("_hevlayer_x") : name("_hevlaye");
      default:
        return name(pick(kNames));
    }
  }

  std::string object(bool with_id) {
    std::string out = "{" + space();
    const std::size_t members = below(4) + (with_id ? 1 : 0);
    const std::size_t at = members > 0 && !rarely() ? below(members) : members;
    for (std::size_t i = 0; i < members; ++i) {
      const bool is_id = with_id && (i == at || rarely());
      out += (i > 0 ? "," : "") + space() + (is_id ? name("id") + id() : attribute() + value());
    }
    return out + space() + "}";
  }

  std::string columns() {
    const std::size_t rows = below(4);
    const std::size_t members = 1 + below(3);
    const std::size_t at = below(members);
    std::string out = "{" + space();
    for (std::size_t i = 0; i < members; ++i) {
      out += (i > 0 ? "," : "") + space() + (i == at ? name("id") : attribute()) + "[";
      const std::size_t items = rarely() ? rows + 1 : rows;
      for (std::size_t item = 0; item < items; ++item) {
        out += (item > 0 ? "," : "") + space() + (i == at ? id() : value());
      }
      out += space() + "]";
    }
    return out + space() + "}";
  }

  std::mt19937_64 random_;
};

}  // namespace layer::features::writes
