//===- DataTest.cpp - Data files bound to a model -------------------------------------===//
//
// Which array serves which tensor, what must agree, and batches.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Data.h"
#include "tests/runtime/Allocations.h"
#include "tests/runtime/FakeModel.h"
#include "tests/runtime/HostTest.h"
#include <cstring>

using namespace rondo::host;
using namespace rondo::test;

namespace {

/// A model of tables only: inputs `x` (B, T, 2), or what a test makes of it.
struct Tables {
  std::vector<const char *> symbols = {"B", "T"};
  std::vector<rondo_tensor_info> inputs = {
      {"x", RONDO_INPUT, RONDO_F32, 3, {-1, -1, 2}, {"B", "T"}, 0}};
  std::vector<rondo_tensor_info> outputs = {{"out", RONDO_OUTPUT, RONDO_F32, 2, {-1, 3}, {"B"}, 0}};
  std::vector<rondo_tensor_info> targets = {{"out", RONDO_TARGET, RONDO_I32, 1, {-1}, {"B"}, 3}};
  std::vector<rondo_tensor_info> weights = {
      {"out", RONDO_SAMPLE_WEIGHT, RONDO_F32, 1, {-1}, {"B"}, 0}};

  const rondo_model &model() {
    table.name = "tables";
    table.num_symbols = static_cast<int32_t>(symbols.size());
    table.symbols = symbols.data();
    table.num_inputs = static_cast<int32_t>(inputs.size());
    table.inputs = inputs.data();
    table.num_outputs = static_cast<int32_t>(outputs.size());
    table.outputs = outputs.data();
    table.num_targets = static_cast<int32_t>(targets.size());
    table.targets = targets.data();
    table.sample_weights = weights.data();
    return table;
  }

private:
  rondo_model table = {};
};

class DataTest : public ::testing::Test {
protected:
  Dataset bind(std::vector<Array> arrays, bool withTargets = true) {
    file = {"d.npz", std::move(arrays)};
    return value(bindData(file, tables.model(), withTargets));
  }
  std::string problem(std::vector<Array> arrays, bool withTargets = true) {
    file = {"d.npz", std::move(arrays)};
    return text(bindData(file, tables.model(), withTargets));
  }
  static Array x(int64_t samples, int64_t steps, std::string name = "x", int64_t features = 2) {
    std::vector<float> values(samples * steps * features);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = i;
    return floats(std::move(name), {samples, steps, features}, values);
  }

  Tables tables;
  ArrayFile file;
};

template <typename T> std::vector<T> valuesOf(const BoundTensor &tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

TEST_F(DataTest, NeedsArraysOfNumbersOnlyWhereItReadsThem) {
  file = {"d.npz", {x(3, 4, "any"), ints("y", {3}, {0, 1, 2})}, {{"names", "names are strings"}}};
  Dataset data = value(bindData(file, tables.model(), /*withTargets=*/true));
  EXPECT_EQ(data.notes, std::vector<std::string>{"`names` in `d.npz` is not used"});
  for (const char *name : {"x", "y", "target/out", "sample_weight", "sample_weight/out"}) {
    file = {"d.npz", {x(3, 4), ints("y", {3}, {0, 1, 2})}, {{name, "these are strings"}}};
    llvm::erase_if(file.arrays, [&](const Array &array) { return array.name == name; });
    EXPECT_EQ(text(bindData(file, tables.model(), true)), "these are strings") << name;
  }
}

TEST_F(DataTest, SaysWhatAFileHolds) {
  std::vector<Array> many;
  for (int i = 0; i < 12; ++i)
    many.push_back(ints(fmt::format("a{}", i), {1}, {i}));
  tables.inputs.push_back(tables.inputs.front());
  EXPECT_EQ(problem(many),
            "`d.npz` has no array `x` for input `x` (B, T, 2); it holds `a0` (1,), `a1` (1,), "
            "`a2` (1,), `a3` (1,), `a4` (1,), `a5` (1,), `a6` (1,), `a7` (1,), `a8` (1,), "
            "`a9` (1,), and 2 more");
}

TEST_F(DataTest, BindsByName) {
  Dataset data = bind({x(3, 4), ints("y", {3}, {0, 1, 2}), floats("sample_weight", {3}, {1, 2, 3}),
                       ints("length", {3}, {4, 4, 4})});
  EXPECT_EQ(data.samples, 3);
  EXPECT_EQ(data.dims, (std::vector<int64_t>{3, 4}));
  EXPECT_EQ(data.batchSymbol, 0);
  EXPECT_EQ(data.inputs[0].sampleBytes, 4 * 2 * 4);
  EXPECT_EQ(valuesOf<int32_t>(data.targets[0]), (std::vector<int32_t>{0, 1, 2}));
  EXPECT_EQ(valuesOf<float>(data.sampleWeights[0]), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(data.notes, std::vector<std::string>{"array `length` in `d.npz` is not used"});
}

TEST_F(DataTest, ASingleInputTakesTheOnlyArray) {
  EXPECT_EQ(bind({x(3, 4, "whatever")}, false).samples, 3);
  EXPECT_EQ(bind({x(3, 4, "")}, false).samples, 3);
  EXPECT_EQ(bind({x(3, 4, "y")}, false).samples, 3);
  EXPECT_EQ(bind({x(3, 4, "whatever"), ints("y", {3}, {0, 1, 2})}).samples, 3);
  EXPECT_TRUE(bind({x(3, 4), ints("y", {3}, {0, 1, 2})}, false).notes.empty());
  EXPECT_EQ(problem({x(3, 4, "a"), x(3, 4, "b")}, false),
            "`d.npz` has no array `x` for input `x` (B, T, 2); it holds `a` (3, 4, 2), `b` (3, 4, "
            "2)");
}

TEST_F(DataTest, TargetsGoByYOrByTheOutputsName) {
  EXPECT_EQ(bind({x(3, 4), ints("target/out", {3}, {0, 1, 2})}).targets.size(), 1u);
  EXPECT_EQ(problem({x(3, 4)}),
            "`d.npz` has no array `y` or `target/out` for target `out` (B,); it holds `x` (3, 4, "
            "2)");
  tables.targets.push_back({"other", RONDO_TARGET, RONDO_I32, 1, {-1}, {"B"}, 3});
  tables.weights.push_back({"other", RONDO_SAMPLE_WEIGHT, RONDO_F32, 1, {-1}, {"B"}, 0});
  EXPECT_EQ(problem({x(3, 4), ints("y", {3}, {0, 1, 2})}),
            "`d.npz` has no array `target/out` for target `out` (B,); it holds `x` (3, 4, 2), `y` "
            "(3,)");
}

TEST_F(DataTest, ATrailingAxisOfOneMayDiffer) {
  EXPECT_EQ(valuesOf<int32_t>(bind({x(3, 4), ints("y", {3, 1}, {0, 1, 2})}).targets[0]),
            (std::vector<int32_t>{0, 1, 2}));
  tables.inputs[0].dims[2] = 1;
  EXPECT_EQ(bind({floats("x", {2, 2}, {1, 2, 3, 4})}, false).dims, (std::vector<int64_t>{2, 2}));
}

TEST_F(DataTest, WrongShapesSayWhatIsNeeded) {
  EXPECT_EQ(problem({x(3, 4, "x", 5)}, false),
            "input `x` in `d.npz` has shape (3, 4, 5); the model needs (B, T, 2): axis 2 has 5 "
            "elements instead of 2");
  EXPECT_EQ(problem({floats("x", {2}, {1, 2})}, false),
            "input `x` in `d.npz` has shape (2,); the model needs (B, T, 2)");
  EXPECT_EQ(problem({x(0, 4)}, false), "input `x` in `d.npz` has shape (0, 4, 2); the model needs "
                                       "(B, T, 2): there are no samples");
  EXPECT_EQ(problem({x(3, 0)}, false), "input `x` in `d.npz` has shape (3, 0, 2); the model needs "
                                       "(B, T, 2): axis 1 is empty");
  EXPECT_EQ(problem({x(3, 4), ints("y", {2}, {0, 1})}),
            "target `out` (array `y` in `d.npz`) has shape (2,); the model needs (B,): there are 2 "
            "samples, but 3 in input `x` in `d.npz`");
  EXPECT_EQ(problem({x(3, 4), floats("y", {3, 3}, std::vector<float>(9))}),
            "target `out` (array `y` in `d.npz`) has shape (3, 3); the model needs (B,): the array "
            "looks one-hot, as `categorical_crossentropy` takes it; this loss takes class numbers");
}

TEST_F(DataTest, ClassNumbersAreNoSharesOfClasses) {
  tables.targets[0] = {"out", RONDO_TARGET, RONDO_F32, 2, {-1, 3}, {"B"}, 0};
  const std::string mend = "the array looks like class numbers, as "
                           "`sparse_categorical_crossentropy` takes them; this loss takes a value "
                           "for each class";
  EXPECT_EQ(problem({x(3, 4), ints("y", {3}, {0, 1, 2})}),
            "target `out` (array `y` in `d.npz`) has shape (3,); the model needs (B, 3): " + mend);
  EXPECT_EQ(problem({x(3, 4), ints("y", {3, 1}, {0, 1, 2})}),
            "target `out` (array `y` in `d.npz`) has shape (3, 1); the model needs (B, 3): " +
                mend);
  EXPECT_EQ(problem({x(3, 4), floats("y", {3}, {0, 1, 2})}),
            "target `out` (array `y` in `d.npz`) has shape (3,); the model needs (B, 3)");
}

TEST_F(DataTest, EqualSymbolsHaveEqualSizes) {
  tables.inputs.push_back({"z", RONDO_INPUT, RONDO_F32, 2, {-1, -1}, {"B", "T"}, 0});
  EXPECT_EQ(problem({x(3, 4), floats("z", {3, 5}, std::vector<float>(15))}, false),
            "input `z` in `d.npz` has shape (3, 5); the model needs (B, T): axis 1 has 5 elements, "
            "but `T` is 4 in input `x` in `d.npz`");
  tables.inputs[1].symbols[1] = "T-1";
  EXPECT_EQ(bind({x(3, 4), floats("z", {3, 3}, std::vector<float>(9))}, false).samples, 3);
  EXPECT_EQ(problem({x(3, 4), floats("z", {3, 4}, std::vector<float>(12))}, false),
            "input `z` in `d.npz` has shape (3, 4); the model needs (B, T-1): axis 1 has 4 "
            "elements, but `T-1` is 3");
}

TEST_F(DataTest, LabelsMustBeClasses) {
  EXPECT_EQ(problem({x(3, 4), ints("y", {3, 1}, {0, 3, 2})}),
            "target `out` (array `y` in `d.npz`): value [1, 0] is 3; there are 3 classes, from 0 "
            "to 2");
  EXPECT_EQ(problem({x(3, 4), floats("y", {3}, {0, 1.5, 2})}),
            "target `out` (array `y` in `d.npz`): value [1] is 1.5, which int32 cannot hold");
  EXPECT_EQ(valuesOf<int32_t>(bind({x(3, 4), floats("y", {3}, {0, 1, 2})}).targets[0]),
            (std::vector<int32_t>{0, 1, 2}));
}

TEST_F(DataTest, SampleWeightsMayServeAllSteps) {
  tables.targets[0] = {"out", RONDO_TARGET, RONDO_I32, 2, {-1, -1}, {"B", "T"}, 3};
  tables.weights[0] = {"out", RONDO_SAMPLE_WEIGHT, RONDO_F32, 2, {-1, -1}, {"B", "T"}, 0};
  Array y = ints("y", {2, 2}, {0, 1, 2, 0});
  EXPECT_EQ(
      valuesOf<float>(bind({x(2, 2), y, floats("sample_weight", {2, 1}, {5, 6})}).sampleWeights[0]),
      (std::vector<float>{5, 5, 6, 6}));
  EXPECT_EQ(valuesOf<float>(
                bind({x(2, 2), y, floats("sample_weight", {2, 2}, {1, 2, 3, 4})}).sampleWeights[0]),
            (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(problem({x(2, 2), y, floats("sample_weight", {2}, {5, 6})}),
            "sample weight `out` (array `sample_weight` in `d.npz`) has shape (2,); the model "
            "needs (B, T)");
}

TEST_F(DataTest, AStaticBatchDividesTheSamples) {
  for (auto *list : {&tables.inputs, &tables.targets, &tables.weights}) {
    (*list)[0].dims[0] = 2;
    (*list)[0].symbols[0] = nullptr;
  }
  tables.symbols = {"T"};
  Dataset data = bind({x(4, 3), ints("y", {4}, {0, 1, 2, 0})});
  EXPECT_EQ(data.staticBatch, 2);
  EXPECT_EQ(data.samples, 4);
  EXPECT_EQ(data.dims, std::vector<int64_t>{3});
  EXPECT_NE(problem({x(3, 3)}, false).find("must be a multiple of 2"), std::string::npos);
}

TEST_F(DataTest, BatchesPointIntoTheDataOrGatherIt) {
  Dataset data = bind({x(5, 3), ints("y", {5}, {0, 1, 2, 0, 1})});
  Batch batch(data, 2);
  batch.select(2, 2);
  EXPECT_EQ(batch.dims()[0], 2);
  EXPECT_EQ(batch.inputs()[0], data.inputs[0].bytes.data() + 2 * 3 * 2 * 4);
  EXPECT_FALSE(batch.sampleWeights()[0]);
  std::vector<int64_t> order = {4, 0, 3, 1, 2};
  batch.select(0, 2, order);
  int64_t before = allocationCalls();
  batch.select(4, 1, order);
  EXPECT_EQ(batch.dims()[0], 1);
  EXPECT_EQ(static_cast<const float *>(batch.inputs()[0])[0], 2 * 3 * 2);
  EXPECT_EQ(static_cast<const int32_t *>(batch.targets()[0])[0], 2);
  batch.select(1, 2, order);
  EXPECT_EQ(allocationCalls(), before);
  EXPECT_EQ(static_cast<const float *>(batch.inputs()[0])[0], 0);
  EXPECT_EQ(static_cast<const float *>(batch.inputs()[0])[3 * 2], 3 * 3 * 2);
}

} // namespace
