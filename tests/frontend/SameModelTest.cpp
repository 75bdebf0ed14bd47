//===- SameModelTest.cpp - Ways to write one model --------------*- C++ -*-===//
//
// Every file of same/ holds several models, divided by lines `# ---`: all are to
// become the module of the first one, but for names and places. Whatever they use
// of older Keras is understood with warnings.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/support/GoldenFiles.h"

namespace rondo::test {

static const std::filesystem::path folder = RONDO_SOURCE_DIR "/tests/frontend/same";

/// The module without what only names things.
static std::string anonymous(mlir::ModuleOp module) {
  mlir::Builder builder(module.getContext());
  for (auto function : module.getOps<mlir::func::FuncOp>()) {
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto attribute = RondoDialect::kParameter;
      if (auto parameter = function.getArgAttrOfType<ParameterAttr>(i, attribute))
        function.setArgAttr(i, attribute,
                            ParameterAttr::get(module.getContext(), "", parameter.getInitializer(),
                                               parameter.getTrainable(), ""));
      for (auto name : {RondoDialect::kInput, RondoDialect::kTarget, RondoDialect::kSampleWeight})
        if (function.getArgAttr(i, name))
          function.setArgAttr(i, name, builder.getUnitAttr());
    }
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (function.getResultAttr(i, RondoDialect::kOutput))
        function.setResultAttr(i, mlir::StringAttr::get(module.getContext(), RondoDialect::kOutput),
                               builder.getUnitAttr());
  }
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

class SameModel : public testing::TestWithParam<std::string> {};

TEST_P(SameModel, HasOneModule) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::SmallVector<llvm::StringRef> parts;
  std::string file = readFile(folder / (GetParam() + ".py"));
  llvm::StringRef(file).split(parts, "# ---\n");
  ASSERT_GT(parts.size(), 1u);
  std::string expected;
  for (auto [i, part] : llvm::enumerate(parts)) {
    SCOPED_TRACE(part.str());
    diagnostics::Engine engine;
    auto loaded = frontend::loadModelFile(context, "model.py", {}, engine, part.str());
    ASSERT_TRUE(loaded.has_value()) << engine.render();
    std::string text = anonymous(*loaded->module);
    if (i == 0) {
      EXPECT_EQ(engine.render(), "");
      expected = text;
    }
    EXPECT_EQ(text, expected) << engine.render();
  }
}

INSTANTIATE_TEST_SUITE_P(Files, SameModel, testing::ValuesIn(goldenCases(folder)), goldenName);

} // namespace rondo::test
