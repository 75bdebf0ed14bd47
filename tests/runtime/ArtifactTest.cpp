//===- ArtifactTest.cpp - Loading compiled models --------------------------------------===//
//
// Libraries that are models, are not, or are of another time.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Artifact.h"
#include "runtime/host/Data.h"
#include "runtime/host/Initializers.h"
#include "runtime/host/Run.h"
#include "tests/runtime/FakeModel.h"
#include "tests/runtime/HostTest.h"
#include <fmt/format.h>

using namespace rondo::host;
using namespace rondo::test;

namespace {

class ArtifactTest : public HostTest {};

TEST_F(ArtifactTest, OpensAModelAndRunsIt) {
  EXPECT_TRUE(isLibrary(RONDO_FAKE_MODEL));
  Artifact artifact = value(Artifact::open(RONDO_FAKE_MODEL));
  EXPECT_STREQ(artifact.model().name, "fake");
  FlatWeights weights = value(initialWeights(artifact.model(), 1));
  Executor executor = value(Executor::create(artifact.model(), 2));
  EXPECT_EQ(executor.threads(), 2);
  Context context = value(Context::create(artifact.model(), weights, &executor));
  Dataset data = value(bindData(fakeData(10, 3), artifact.model(), true));
  std::vector<Array> outputs = value(predict(context, data));
  EXPECT_EQ(outputs[0].shape, std::vector<int64_t>{10});

  data.dims[1] = 0;
  EXPECT_EQ(text(predict(context, data)), "dimension `T` is 0; it must be at least 1");
  EXPECT_EQ(text(Executor::create(artifact.model(), -3)),
            "-3 is not a number of threads from 1 to 1024");
}

TEST_F(ArtifactTest, RefusesOtherFiles) {
  EXPECT_EQ(text(Artifact::open(path("none.so"))),
            fmt::format("cannot read `{}`: No such file or directory", path("none.so")));
  writeText("model.py", "import keras\n");
  EXPECT_FALSE(isLibrary(path("model.py")));
  EXPECT_EQ(text(Artifact::open(path("model.py"))),
            fmt::format("`{}` is not a shared library", path("model.py")));
  // Loading this one would end the process.
  EXPECT_EQ(text(Artifact::open(RONDO_FOREIGN_LIBRARY)),
            fmt::format("`{}` is a library, but not one that `rondo compile` made",
                        RONDO_FOREIGN_LIBRARY));
  EXPECT_EQ(text(Artifact::open(RONDO_NEWER_MODEL)),
            fmt::format("`{}` was compiled by a newer version of Rondo than this one",
                        RONDO_NEWER_MODEL));
}

TEST_F(ArtifactTest, RefusesDamagedLibraries) {
  std::filesystem::copy_file(RONDO_FAKE_MODEL, path("whole.so"));
  std::string bytes = readText("whole.so");
  for (size_t part = 0; part < 50; ++part) {
    writeText("cut.so", bytes.substr(0, bytes.size() * part / 50));
    EXPECT_NE(text(Artifact::open(path("cut.so"))), "") << part;
  }
}

} // namespace
