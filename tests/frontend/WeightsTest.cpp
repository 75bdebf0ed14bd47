//===- WeightsTest.cpp - Names and places of the weights --------*- C++ -*-===//
//
// The weights of every model of weights/ as Keras has them: their order, paths,
// shapes, whether they are trained, and where Keras' weight files keep them. The
// lists beside the models were printed by Keras 3.15.1 from the same files.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/support/GoldenFiles.h"

namespace rondo::test {

static const std::filesystem::path folder = RONDO_SOURCE_DIR "/tests/frontend/weights";

class Weights : public testing::TestWithParam<std::string> {};

TEST_P(Weights, AreThoseOfKeras) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  diagnostics::Engine engine;
  std::string name = GetParam() + ".py";
  auto loaded = frontend::loadModelFile(context, name, {}, engine, readFile(folder / name));
  ASSERT_TRUE(loaded.has_value()) << engine.render();
  EXPECT_EQ(engine.render(), "");
  auto forward = loaded->module->lookupSymbol<mlir::func::FuncOp>("forward");
  std::string text;
  for (unsigned i = 0; i < forward.getNumArguments(); ++i) {
    auto parameter = forward.getArgAttrOfType<ParameterAttr>(i, RondoDialect::kParameter);
    if (!parameter)
      continue;
    std::string shape;
    for (int64_t size :
         llvm::cast<mlir::RankedTensorType>(forward.getArgumentTypes()[i]).getShape())
      shape += (shape.empty() ? "" : ", ") + std::to_string(size);
    text += fmt::format("{} ({}) {}{}\n", parameter.getPath().str(), shape,
                        parameter.getTrainable() ? "" : "frozen ", parameter.getStored().str());
  }
  EXPECT_EQ(text, readFile(folder / (GetParam() + ".keras")));
}

INSTANTIATE_TEST_SUITE_P(Files, Weights, testing::ValuesIn(goldenCases(folder)), goldenName);

} // namespace rondo::test
