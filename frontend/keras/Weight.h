//===- Weight.h - Weights as the file sees them -----------------*- C++ -*-===//
//
// What `self.add_weight(…)` gives and `layer.kernel` names: a tensor that belongs
// to its layer wherever that is traced.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_WEIGHT_H
#define RONDO_FRONTEND_KERAS_WEIGHT_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

class Weight : public Tensor {
public:
  Weight(Session &session, Variable &variable);
  std::string typeName() const override { return "Variable"; }
  std::string repr(unsigned depth) const override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  /// `weight.trainable = value`, until its layer is frozen or thawed as a whole.
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  bool isUnsupported(llvm::StringRef name) const override;

  Variable &variable;
};

/// `weights`, `trainable_variables`… of a layer or model with these variables; nothing for
/// another name.
std::optional<Value> weightList(Session &session, llvm::ArrayRef<Variable *> variables,
                                llvm::StringRef name,
                                llvm::function_ref<bool(const Variable &)> isTrainable);
bool isWeightList(llvm::StringRef name);
/// What all layers have that concerns their weights and when they get them: `weights`,
/// `kernel`, `build`, `compute_output_shape`….
std::optional<Value> weightAttribute(Layer &layer, llvm::StringRef name);
/// The names of those that do not depend on the layer.
std::vector<std::string> weightAttributeNames();

/// The shape `(None, 10, 8)` of a tensor, or the shapes of a list of them, as tensors that come
/// from nowhere; an error after a report.
Value shapedTensors(Session &session, Value shapes, SourceRange place);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_WEIGHT_H
