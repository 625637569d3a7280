// One definition, two uses. In the preset "fuzz" a target is a libFuzzer entry point; in every
// other build it is a unit test that replays the committed corpus tests/corpus/<name>/ and an empty
// input.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef LAYER_FUZZING
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define LAYER_FUZZ_TARGET(name)                                                       \
  static void layer_fuzz_one(const std::uint8_t* data, std::size_t size);             \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    layer_fuzz_one(data, size);                                                       \
    return 0;                                                                         \
  }                                                                                   \
  static void layer_fuzz_one(const std::uint8_t* data, std::size_t size)
#else
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "testing/source_dir.h"

namespace layer::testing {

using FuzzFunction = void (*)(const std::uint8_t*, std::size_t);

inline void replay_corpus(std::string_view name, FuzzFunction run) {
  run(nullptr, 0);
  const auto folder = source_dir() / "tests" / "corpus" / name;
  if (!std::filesystem::exists(folder)) {
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    SCOPED_TRACE(entry.path().string());
    run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
}

}  // namespace layer::testing

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define LAYER_FUZZ_TARGET(name)                                              \
  static void layer_fuzz_##name(const std::uint8_t* data, std::size_t size); \
  TEST(Corpus, name) {                                                       \
    ::layer::testing::replay_corpus(#name, layer_fuzz_##name);               \
  }                                                                          \
  static void layer_fuzz_##name(const std::uint8_t* data, std::size_t size)
#endif
