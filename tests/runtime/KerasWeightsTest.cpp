//===- KerasWeightsTest.cpp - Keras' own weight files --------------------------------===//
//
// The layout of `.weights.h5` files, round trips, and files that are damaged or
// something else. tests/cli reads files that Keras wrote.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/KerasWeights.h"
#include "runtime/host/File.h"
#include "runtime/host/Hdf5.h"
#include "tests/runtime/FakeModel.h"
#include "tests/runtime/HostTest.h"
#include <fmt/format.h>
#include <zip.h>

using namespace rondo::host;
using namespace rondo::test;

namespace {

class KerasWeightsTest : public HostTest {
protected:
  /// Writes an HDF5 file with these contents and says why it is refused.
  std::string read(const Hdf5File &contents) {
    writeText("w.weights.h5", value(formatHdf5(contents)));
    return text(readWeights(path("w.weights.h5"), *model));
  }

  OptimizerState state() const {
    OptimizerState state;
    state.iteration = 17;
    state.epoch = 3;
    state.seed = -5;
    state.slots = {std::vector<float>(kTrainableSize)};
    state.slots[0][kTableOffset + 2] = 0.25f;
    return state;
  }

  FlatWeights weights() const {
    FlatWeights weights = zeroWeights(*model);
    weights.trainable[1] = 2;
    weights.trainable[kTableOffset + 4] = 8;
    weights.state[0] = 3;
    return weights;
  }

  const rondo_model *model = openFake();
  Hdf5File good = {{floats("layers/dense/vars/0", {2}, {1, 2}),
                    floats("layers/counter/vars/0", {}, {3}),
                    floats("layers/embedding/vars/0", {5}, {4, 5, 6, 7, 8})},
                   {}};
};

TEST_F(KerasWeightsTest, HaveKerasLayout) {
  OptimizerState optimizer = state();
  ASSERT_EQ(text(writeWeights(path("w.weights.h5"), *model, weights(), &optimizer)), "");
  Hdf5File file = value(parseHdf5(readText("w.weights.h5")));
  std::vector<std::string> names;
  for (const Array &array : file.arrays)
    names.push_back(fmt::format("{} {} {}", array.name, elementTypeName(array.type).str(),
                                shapeText(array.shape)));
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "layers/counter/vars/0 float32 ()", "layers/dense/vars/0 float32 (2,)",
                "layers/embedding/vars/0 float32 (5,)", "optimizer/vars/0 int64 ()",
                "optimizer/vars/1 float32 ()", "optimizer/vars/2 float32 (2,)",
                "optimizer/vars/3 float32 (5,)", "rondo/epoch int64 ()", "rondo/seed int64 ()"}));
  EXPECT_EQ(file.names, (std::map<std::string, std::string>{{"layers/counter/vars", "counter"},
                                                            {"layers/dense/vars", "dense"},
                                                            {"layers/embedding/vars", "table"},
                                                            {"optimizer/vars", "sgd"},
                                                            {"vars", "fake"}}));
}

TEST_F(KerasWeightsTest, RoundTripWithTheSameBytes) {
  OptimizerState optimizer = state();
  ASSERT_EQ(text(writeWeights(path("w.weights.h5"), *model, weights(), &optimizer)), "");
  LoadedWeights loaded = value(readWeights(path("w.weights.h5"), *model));
  EXPECT_EQ(loaded.weights.trainable, weights().trainable);
  EXPECT_EQ(loaded.weights.state, weights().state);
  ASSERT_TRUE(loaded.optimizer);
  EXPECT_EQ(loaded.optimizer->iteration, 17);
  EXPECT_EQ(loaded.optimizer->epoch, 3);
  EXPECT_EQ(loaded.optimizer->seed, -5);
  EXPECT_EQ(loaded.optimizer->slots, optimizer.slots);
  ASSERT_EQ(
      text(writeWeights(path("again.weights.h5"), *model, loaded.weights, &*loaded.optimizer)), "");
  EXPECT_EQ(readText("again.weights.h5"), readText("w.weights.h5"));
}

TEST_F(KerasWeightsTest, KerasHasNoEpochAndNoSeed) {
  good.names["optimizer/vars"] = "sgd";
  good.arrays.push_back(ints("optimizer/vars/0", {}, {4}));
  good.arrays.push_back(floats("optimizer/vars/1", {}, {0.5f}));
  good.arrays.push_back(floats("optimizer/vars/2", {2}, {1, 2}));
  good.arrays.push_back(floats("optimizer/vars/3", {5}, {1, 2, 3, 4, 5}));
  ASSERT_EQ(read(good), "");
  LoadedWeights loaded = value(readWeights(path("w.weights.h5"), *model));
  ASSERT_TRUE(loaded.optimizer);
  EXPECT_EQ(loaded.optimizer->iteration, 4);
  EXPECT_EQ(loaded.optimizer->epoch, 0);
  EXPECT_EQ(loaded.optimizer->slots[0][kTableOffset + 4], 5);
}

TEST_F(KerasWeightsTest, AnotherOptimizersStateIsANote) {
  good.names["optimizer/vars"] = "adam";
  for (int i = 0; i < 6; ++i)
    good.arrays.push_back(ints(fmt::format("optimizer/vars/{}", i), {}, {4}));
  ASSERT_EQ(read(good), "");
  LoadedWeights loaded = value(readWeights(path("w.weights.h5"), *model));
  EXPECT_FALSE(loaded.optimizer);
  EXPECT_EQ(loaded.notes, std::vector<std::string>{fmt::format(
                              "`{}` holds the state of another optimizer (`adam`, 6 variables; "
                              "this one is `sgd`, 4): the optimizer starts afresh",
                              path("w.weights.h5"))});
}

TEST_F(KerasWeightsTest, TheOptimizerMayHaveAnyNameButAnothers) {
  good.arrays.push_back(ints("optimizer/vars/0", {}, {4}));
  good.arrays.push_back(floats("optimizer/vars/1", {}, {0.5f}));
  good.arrays.push_back(floats("optimizer/vars/2", {2}, {1, 2}));
  good.arrays.push_back(floats("optimizer/vars/3", {5}, {1, 2, 3, 4, 5}));
  auto keepsState = [&](const std::string &name) {
    good.names["optimizer/vars"] = name;
    EXPECT_EQ(read(good), "");
    return value(readWeights(path("w.weights.h5"), *model)).optimizer.has_value();
  };
  for (const char *name : {"sgd", "sgd_1", "mine", ""})
    EXPECT_TRUE(keepsState(name)) << name;
  for (const char *name : {"adam", "adam_w_2", "rm_sprop", "lion"})
    EXPECT_FALSE(keepsState(name)) << name;
}

TEST_F(KerasWeightsTest, AnOptimizerBeforeItsFirstStepHasNoState) {
  good.names["optimizer/vars"] = "sgd";
  good.arrays.push_back(ints("optimizer/vars/0", {}, {0}));
  good.arrays.push_back(floats("optimizer/vars/1", {}, {0.5f}));
  ASSERT_EQ(read(good), "");
  LoadedWeights loaded = value(readWeights(path("w.weights.h5"), *model));
  EXPECT_FALSE(loaded.optimizer);
  EXPECT_TRUE(loaded.notes.empty());
}

TEST_F(KerasWeightsTest, PlacesAndShapesMustMatch) {
  good.arrays[0] = floats("layers/dense/vars/0", {1, 2}, {1, 2});
  good.arrays[2].name = "layers/embedding_1/vars/0";
  EXPECT_EQ(read(good), fmt::format("`{}` does not fit the model:\n"
                                    "  `dense/kernel` has shape (1, 2), the model needs (2,)\n"
                                    "  variable `table/embeddings` (5,) is missing\n"
                                    "  the model has no variable `layers/embedding_1/vars/0`",
                                    path("w.weights.h5")));
}

TEST_F(KerasWeightsTest, OtherFilesAreNamedForWhatTheyAre) {
  std::string file = path("w.weights.h5");
  EXPECT_EQ(read({{floats("dense/dense/kernel:0", {2}, {1, 2})}, {}}),
            fmt::format("`{}` is in the layout of Keras 2, which is not read; load it in Keras and "
                        "call `model.save_weights(\"w.weights.h5\")`",
                        file));
  EXPECT_EQ(read({{floats("measurements", {2}, {1, 2})}, {}}),
            fmt::format("`{}` is an HDF5 file, but not one of Keras' weight files: it holds no "
                        "`layers/…/vars/…`",
                        file));
  // A library that is not ours to change says nothing of Keras.
  rondo_model silent = *model;
  silent.build_info = "{}";
  EXPECT_EQ(text(readWeights(file, silent)),
            "the library of `fake` does not know where Keras' files keep its variables; compile it "
            "again");
}

TEST_F(KerasWeightsTest, AreReadFromKerasArchives) {
  auto archive = [&](const std::string &member, const std::string &contents) {
    int code = 0;
    zip_t *zip = zip_open(path("m.keras").c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    for (const auto &[name, bytes] :
         {std::pair(std::string("config.json"), &member), std::pair(member, &contents)})
      zip_file_add(zip, name.c_str(), zip_source_buffer(zip, bytes->data(), bytes->size(), 0), 0);
    EXPECT_EQ(zip_close(zip), 0);
    return path("m.keras");
  };
  std::string bytes = value(formatHdf5(good));
  EXPECT_EQ(value(readWeights(archive("model.weights.h5", bytes), *model)).weights.trainable[1], 2);
  EXPECT_EQ(text(readWeights(archive("model.weights.json", bytes), *model)),
            fmt::format("`{}` holds no `model.weights.h5`", path("m.keras")));
  EXPECT_EQ(text(readWeights(archive("model.weights.h5", "nothing"), *model)),
            fmt::format("`model.weights.h5` in `{}` is not an HDF5 file", path("m.keras")));
}

TEST_F(KerasWeightsTest, MayNotClaimMoreThanIsStored) {
  constexpr uint64_t gigabyte = 1 << 30;
  EXPECT_FALSE(claimsTooMuch(gigabyte / 8, 100));
  EXPECT_FALSE(claimsTooMuch(gigabyte / 2, gigabyte / 4));
  EXPECT_TRUE(claimsTooMuch(gigabyte / 2, 1000));
  EXPECT_TRUE(claimsTooMuch(gigabyte << 20, gigabyte << 20));
}

TEST_F(KerasWeightsTest, DamagedFilesAreErrors) {
  std::string bytes = value(formatHdf5(good));
  int refused = 0;
  for (size_t i = 0; i < 120; ++i) {
    // Cut off at many lengths, and bytes of the structure changed.
    std::string damaged = bytes;
    if (i % 2)
      damaged.resize(8 + i * (bytes.size() - 8) / 120);
    else
      for (size_t at = 8 + i; at < 2000; at += 97 + i)
        damaged[at] = static_cast<char>(0xff - damaged[at]);
    writeText("w.weights.h5", damaged);
    std::string message = text(readWeights(path("w.weights.h5"), *model));
    refused += !message.empty();
    if (!message.empty()) {
      EXPECT_NE(message.find(path("w.weights.h5")), std::string::npos) << message;
    }
  }
  EXPECT_GT(refused, 60);
}

TEST_F(KerasWeightsTest, EndingsSayTheFormat) {
  EXPECT_EQ(text(checkWeightsName("a.npz")), "");
  EXPECT_EQ(text(checkWeightsName("a.weights.h5")), "");
  EXPECT_EQ(text(checkWeightsName("a.h5")),
            "cannot write `a.h5`: the name must end in `.weights.h5`, or Keras takes the file for "
            "one of Keras 2");
  EXPECT_NE(text(checkWeightsName("a.keras")), "");
  for (const char *name : {"a.foo", "a", "npz", "a.npz/"})
    EXPECT_EQ(text(checkWeightsName(name)),
              fmt::format("cannot write `{}`: the name of a weights file ends in `.npz` or "
                          "`.weights.h5`",
                          name));
}

} // namespace
