// What several answers say of their cost, as one (rule Z7 of the contract). Of a single answer
// every byte stays as it was. Thread safety: one task's own object.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace layer::features::legs {

class AnswerTotals {
 public:
  // JSON objects, or empty.
  void add(std::string_view billing, std::string_view performance);
  // Empty where no answer had it.
  std::string billing() const { return billing_.print(); }
  std::string performance() const { return performance_.print(); }

 private:
  struct Field {
    std::string name;
    std::string text;  // of the value
    double sum = 0;    // of an average
    std::size_t values = 1;
  };
  class Object {
   public:
    explicit Object(bool sums_all) : sums_all_(sums_all) {}
    void add(std::string_view json);
    std::string print() const;

   private:
    void fold(Field& field, std::string_view text) const;

    bool sums_all_;
    std::string first_{};
    std::size_t objects_ = 0;
    std::vector<Field> fields_{};
  };

  Object billing_{true};
  Object performance_{false};
};

}  // namespace layer::features::legs
