//===- WeightDecayTest.cpp - What weight decay leaves alone -----*- C++ -*-===//
//
// exclude_from_weight_decay of optimizers, as rondo.optimizer says it.
//
//===----------------------------------------------------------------------===//

#include "tests/frontend/ModelFileTest.h"

namespace rondo::test {
namespace {

class WeightDecay : public ModelFileTest {
protected:
  /// The paths of the variables that do not decay.
  std::string undecayed() {
    auto optimizer =
        model.module->getOperation()->getAttrOfType<mlir::DictionaryAttr>(RondoDialect::kOptimizer);
    std::string text;
    if (auto paths = optimizer.getAs<mlir::ArrayAttr>("undecayed"))
      for (mlir::Attribute path : paths)
        text += (text.empty() ? "" : " ") + llvm::cast<mlir::StringAttr>(path).str();
    return text;
  }
};

// What Keras 3.15 lets decay: it looks for words in the names of variables, not in their paths.
TEST_F(WeightDecay, LeavesAloneWhatIsExcluded) {
  const std::string make = "x = keras.Input((3,))\n"
                           "a, b = L.Dense(2, name='norm'), L.Dense(1, name='b')\n"
                           "model = keras.Model(x, b(a(x)))\n"
                           "optimizer = keras.optimizers.AdamW(0.01)\n";
  const std::string compile = "model.compile(optimizer, 'mse')\n";
  const std::string exclude = "optimizer.exclude_from_weight_decay";
  const std::pair<std::string, std::string> cases[] = {
      {compile, ""},
      {exclude + "(var_names=['bias'])\n" + compile, "norm/bias b/bias"},
      {exclude + "(var_names=['norm', 'beta'])\n" + compile, ""},
      {exclude + "(var_names=('ker', 'gamma'))\n" + compile, "norm/kernel b/kernel"},
      {exclude + "(var_list=[a.kernel])\n" + compile, "norm/kernel"},
      {exclude + "(b.trainable_variables, ['kernel'])\n" + compile, "norm/kernel b/kernel b/bias"},
      {exclude + "([v for v in model.trainable_variables if 'norm' in v.path])\n" + compile,
       "norm/kernel norm/bias"},
      {exclude + "(var_names=['bias'])\n" + exclude + "(var_list=[b.bias])\n" + compile, "b/bias"},
      {exclude + "(var_names=['bias'])\n" + exclude + "()\n" + compile, ""},
      {compile + "model.optimizer.exclude_from_weight_decay(var_names=['bias'])\n",
       "norm/bias b/bias"},
      {"model.compile('adamw', 'mse')\n"
       "model.optimizer.exclude_from_weight_decay(var_list=[a.bias])\n",
       "norm/bias"},
      // Without a decay there is nothing to leave out.
      {"optimizer = keras.optimizers.Adam()\n" + exclude + "(var_names=['bias'])\n" + compile, ""},
  };
  for (const auto &[text, expected] : cases) {
    ASSERT_TRUE(load(make + text)) << text;
    EXPECT_EQ(findings, "") << text;
    EXPECT_EQ(undecayed(), expected) << text;
  }
}

} // namespace
} // namespace rondo::test
