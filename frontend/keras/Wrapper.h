//===- Wrapper.h - Layers that call other layers ----------------*- C++ -*-===//
//
// Keras' Wrapper: names, weights and `trainable` of a layer that has others as its parts.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_WRAPPER_H
#define RONDO_FRONTEND_KERAS_WRAPPER_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

class Wrapper : public Layer {
public:
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::pair<const Variable *, std::string>> storedPaths() const override;
  std::vector<Value> ownLayers() const override;
  /// The layer inside, the first of two; null before there is one.
  const Layer *inside() const { return parts.empty() ? nullptr : parts.front().layer; }

protected:
  using Layer::Layer;

  /// A layer and the attribute that has it, which is its place in weight files.
  struct Part {
    Layer *layer;
    const char *attribute;
  };

  /// The layer that an argument is, or null after a report: "`layer` of … is EXPECTED".
  static const Layer *readLayer(Config &config, llvm::StringRef parameter,
                                llvm::StringRef expected);
  /// The weights of these layers are this one's.
  void adopt(std::vector<Part> layers);
  /// Applies a part to one tensor, as a part of this layer. Empty after a report.
  std::vector<Tensor *> callPart(LayerCall &call, size_t index, Tensor *x,
                                 BoundArguments &arguments);

  std::vector<Part> parts;
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_WRAPPER_H
