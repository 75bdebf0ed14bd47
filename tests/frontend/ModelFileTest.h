//===- ModelFileTest.h - Model files as text --------------------*- C++ -*-===//
//
// The fixture of what looks at the modules that model files become.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_FRONTEND_MODELFILETEST_H
#define RONDO_TESTS_FRONTEND_MODELFILETEST_H

#include "dialect/IR/RondoDialect.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

namespace rondo::test {

class ModelFileTest : public testing::Test {
protected:
  /// Loads a text; the preamble imports what all of them need.
  bool load(const std::string &text, frontend::LoadOptions options = {}) {
    auto result =
        frontend::loadModelFile(context, "model.py", options, engine,
                                "import keras\nfrom keras import layers as L, ops\n" + text);
    findings = engine.render();
    EXPECT_TRUE(result.has_value()) << findings;
    if (!result)
      return false;
    model = std::move(*result);
    return true;
  }

  mlir::func::FuncOp entry(llvm::StringRef name) {
    return model.module->lookupSymbol<mlir::func::FuncOp>(name);
  }

  /// The values of a string attribute on arguments or results, joined.
  std::string names(llvm::StringRef entryName, llvm::StringRef attribute) {
    mlir::func::FuncOp function = entry(entryName);
    std::string text;
    auto add = [&](mlir::Attribute value) {
      if (auto string = llvm::dyn_cast_or_null<mlir::StringAttr>(value))
        text += (text.empty() ? "" : " ") + string.str();
    };
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      add(function.getArgAttr(i, attribute));
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      add(function.getResultAttr(i, attribute));
    return text;
  }

  /// The paths of the variables.
  std::string weights() {
    mlir::func::FuncOp function = entry("forward");
    std::string text;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (auto parameter = function.getArgAttrOfType<ParameterAttr>(i, RondoDialect::kParameter))
        text += (text.empty() ? "" : " ") + parameter.getPath().str();
    return text;
  }

  template <typename Op> int count(llvm::StringRef entryName = "forward") {
    int n = 0;
    entry(entryName).walk([&](Op) { ++n; });
    return n;
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  diagnostics::Engine engine;
  frontend::LoadedModel model;
  std::string findings;
};

} // namespace rondo::test

#endif // RONDO_TESTS_FRONTEND_MODELFILETEST_H
