#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "core/random.h"
#include "operator/process/output_file.h"
#include "operator/process/output_lines.h"

namespace layer::workers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(OutputLines, AreCutWhereTheyEnd) {
  OutputLines lines;
  EXPECT_THAT(lines.take("one\ntwo\r\n\n\nth"), ElementsAre("one", "two"));
  EXPECT_THAT(lines.take("r"), IsEmpty());
  EXPECT_THAT(lines.take("ee\n"), ElementsAre("three"));
  EXPECT_EQ(lines.rest(), "");
  lines.take("last");
  EXPECT_EQ(lines.rest(), "last");
}

TEST(OutputLines, ALongOneComesInPieces) {
  OutputLines lines;
  const std::string piece(kOutputLineBytesMax, 'x');
  EXPECT_THAT(lines.take(piece + piece + "y\n"), ElementsAre(piece, piece, "y"));
  EXPECT_THAT(lines.take(piece + "\n" + "z\n"), ElementsAre(piece, "z"));
}

class OutputFileTest : public ::testing::Test {
 protected:
  ~OutputFileTest() override { std::filesystem::remove_all(root); }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::filesystem::path root =
      std::filesystem::temp_directory_path() / ("output-" + core::random_uuid());
  std::filesystem::path path = root / "workers" / "books-1.log";
};

TEST_F(OutputFileTest, GoesOnWhereItWasLeft) {
  EXPECT_TRUE(OutputFile(path).append("one\n"));
  EXPECT_TRUE(OutputFile(path).append("two\n"));
  EXPECT_EQ(read(path), "one\ntwo\n");
}

TEST_F(OutputFileTest, NeverGrowsBeyondItsBound) {
  OutputFile file(path);
  const std::string piece(1000, 'x');
  for (std::size_t i = 0; i < 3 * kOutputFileBytesMax / piece.size(); ++i) {
    ASSERT_TRUE(file.append(piece));
  }
  EXPECT_LE(std::filesystem::file_size(path), kOutputFileBytesMax);
  EXPECT_EQ(std::filesystem::file_size(path.string() + ".1"), kOutputFileBytesMax);
}

TEST_F(OutputFileTest, SaysWhatCannotBeWritten) {
  std::filesystem::create_directories(path);
  const auto written = OutputFile(path).append("x");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, ::testing::HasSubstr(path.string()));
}

}  // namespace
}  // namespace layer::workers
