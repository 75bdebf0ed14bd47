//===- Regularizers.h - keras.regularizers ----------------------*- C++ -*-===//
//
// Penalties on weights that training adds to the loss (keras/src/regularizers).
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_REGULARIZERS_H
#define RONDO_FRONTEND_KERAS_REGULARIZERS_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// l1 · Σ|w| + l2 · Σw², or what a function of the file says.
class Regularizer : public eval::Object {
public:
  Regularizer(Session &session, const char *className, double l1, double l2)
      : session(session), className(className), l1(l1), l2(l2) {}
  std::string typeName() const override { return className; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool isCallable() const override { return true; }
  /// Of a tensor, in a function of the file.
  Value call(Interpreter &in, Arguments &arguments) override;

  /// The penalty on a weight, one number; null for a null weight and after a report.
  virtual Tensor *penalty(GraphBuilder &graph, Tensor *weight) const;

  Session &session;
  const char *const className;
  const double l1, l2;
};

/// `kernel_regularizer=…`: an object, a name, or null for None and after a report.
const Regularizer *readRegularizer(Config &config, llvm::StringRef parameter);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_REGULARIZERS_H
