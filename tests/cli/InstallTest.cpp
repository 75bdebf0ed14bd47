//===- InstallTest.cpp - Installed, and away from it ------------*- C++ -*-===//
//
// `cmake --install` gives a tool that works from any prefix; what it compiles
// needs libc and libm only, and runs from C where there is nothing else.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace rondo::test {
namespace {

class Install : public ToolTest {
protected:
  void install() {
    Outcome outcome = run({CMAKE_PROGRAM, "--install", RONDO_BUILD_DIR, "--prefix", path("a")});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.out << outcome.err;
    fs::rename(path("a"), path("elsewhere")); // no path of the prefix may matter
  }

  void expectSuccess(const std::vector<std::string> &command) {
    Outcome outcome = run(command);
    ASSERT_EQ(outcome.exitCode, 0) << testing::PrintToString(command) << outcome.out << outcome.err;
  }

  /// What the dynamic linker would load for a file, directly.
  std::vector<std::string> neededBy(const std::string &file) {
    std::istringstream lines(run({"readelf", "-d", file}).out);
    std::vector<std::string> needed;
    for (std::string line; std::getline(lines, line);)
      if (line.find("(NEEDED)") != std::string::npos) {
        size_t begin = line.find('[') + 1;
        needed.push_back(line.substr(begin, line.find(']') - begin));
      }
    return needed;
  }
};

TEST_F(Install, WorksWithoutTheBuildTree) {
  install();
  makeTiny();
  std::string tool = path("elsewhere/bin/rondo");
  // The installed tool must not look into the build tree.
  EXPECT_EQ(run({"sh", "-c", "readelf -d " + tool + " | grep -c " RONDO_BUILD_DIR}).out, "0\n");
  expectSuccess({tool, "compile", "tiny.py", "-o", "tiny.so", "--header", "tiny.h"});
  expectSuccess({tool, "predict", "tiny.so", "--weights", "weights.npz", "--data", "data.npz",
                 "--out", "out.npz"});
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "built.so"}).exitCode, 0);
  // The compiler and the linker put nothing of their surroundings into it.
  fs::rename(path("tiny.so"), path("installed.so"));
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  EXPECT_EQ(read("installed.so"), read("tiny.so"));
}

TEST_F(Install, LetsACProgramRunTheModelWithNothingElseThere) {
  install();
  fs::copy(fs::path(RONDO_SOURCE_DIR) / "examples" / "vowels.py", directory);
  std::string tool = path("elsewhere/bin/rondo");
  expectSuccess({tool, "compile", "vowels.py", "-o", "vowels.so", "--header", "vowels.h"});
  for (const std::string &library : neededBy("vowels.so"))
    EXPECT_TRUE(library == "libc.so.6" || library == "libm.so.6") << library;

  const std::string examples = RONDO_SOURCE_DIR "/examples/";
  const std::string data = examples + "data/japanese_vowels_test.npz";
  expectSuccess({tool, "train", "vowels.py", "--data", data, "--epochs", "1", "--out", "w.npz"});
  expectSuccess({tool, "predict", "vowels.so", "--weights", "w.npz", "--data", data, "--out",
                 "speakers.npz"});
  expectSuccess({"cc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-O1", "-I", ".",
                 "-I", "elsewhere/include", "-o", "predict", examples + "c/predict.c",
                 examples + "c/npz.c", "./vowels.so", "-lzip", "-Wl,-rpath,."});
  Outcome outcome = run({"./predict", "w.npz", data, "speakers.npz"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("bit for bit"), std::string::npos) << outcome.out;

  // The library alone, where the loader finds nothing but libc and libm.
  write("query.c", "#include \"vowels.h\"\n"
                   "int main(void) { return vowels_rondo_model(RONDO_ABI_VERSION) == 0; }\n");
  expectSuccess({"cc", "-std=c99", "-I", ".", "-I", "elsewhere/include", "-o", "query", "query.c",
                 "./vowels.so", "-Wl,-rpath,."});
  expectSuccess({"env", "-i", "LD_LIBRARY_PATH=/nonexistent", "./query"});
}

} // namespace
} // namespace rondo::test
