//===- PoolingLayers.cpp - Pooling along the steps of sequences -----------===//
//
// Keras' layers/pooling in one dimension.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/Windows.h"

namespace rondo::keras {
namespace {

/// One vector of each sequence.
class GlobalPooling : public SequenceLayer {
public:
  GlobalPooling(Config &config, llvm::StringRef className)
      : SequenceLayer(config, className), axis(config.isChannelsFirst("data_format") ? 2 : 1),
        keepDims(config.boolean("keepdims")) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, 3))
      return {};
    return {pool(call, x)};
  }

protected:
  virtual Tensor *pool(LayerCall &call, Tensor *x) = 0;

  int64_t axis;
  bool keepDims;
};

class GlobalAveragePooling1D : public GlobalPooling {
public:
  static constexpr const char *kerasName = "GlobalAveragePooling1D";
  static constexpr const char *parameters = "data_format=None, keepdims=False";
  explicit GlobalAveragePooling1D(Config &config) : GlobalPooling(config, kerasName) {}
  bool takesMask() const override { return true; }
  bool supportsMasking() const override { return true; }
  std::vector<Tensor *> computeMask(MaskCall &, const std::vector<Tensor *> &) override {
    return {nullptr};
  }

protected:
  /// Over the steps that count; of none of them it is 0/0, as in Keras.
  Tensor *pool(LayerCall &call, Tensor *x) override {
    GraphBuilder &graph = call.graph;
    x = graph.numbers(x);
    Tensor *mask = call.mask();
    if (!mask)
      return graph.mean(x, {axis}, keepDims);
    if (!x || !checkMask(call, mask, x, axis))
      return nullptr;
    Tensor *counts = graph.expandDims(graph.toBool(mask), axis == 1 ? 2 : 1);
    return graph.binary<DivOp>(
        graph.reduce(ReduceKind::sum, zeroWhereMasked(graph, counts, x), {axis}, keepDims),
        graph.reduce(ReduceKind::sum, counts, {axis}, keepDims));
  }
};

class GlobalMaxPooling1D : public GlobalPooling {
public:
  static constexpr const char *kerasName = "GlobalMaxPooling1D";
  static constexpr const char *parameters = "data_format=None, keepdims=False";
  explicit GlobalMaxPooling1D(Config &config) : GlobalPooling(config, kerasName) {}

protected:
  Tensor *pool(LayerCall &call, Tensor *x) override {
    return call.graph.reduce(ReduceKind::max, call.graph.numbers(x), {axis}, keepDims);
  }
};

/// One vector of each window of steps.
class WindowPooling : public SequenceLayer {
public:
  WindowPooling(Config &config, llvm::StringRef className)
      : SequenceLayer(config, className), windows(config, "pool_size"),
        channelsFirst(config.isChannelsFirst("data_format")) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.graph.numbers(call.inputs.front());
    if (!x || !checkRank(call, x, 3, 3))
      return {};
    if (channelsFirst)
      x = call.graph.transpose(x, {0, 2, 1});
    auto placed = windows.place(call, x);
    if (!placed)
      return {};
    Tensor *result = pool(call.graph, x, *placed);
    return {channelsFirst ? call.graph.transpose(result, {0, 2, 1}) : result};
  }

protected:
  virtual Tensor *pool(GraphBuilder &graph, Tensor *x, const PlacedWindows &placed) = 0;

  Windows windows;

private:
  bool channelsFirst;
};

class MaxPooling1D : public WindowPooling {
public:
  static constexpr const char *kerasName = "MaxPooling1D";
  static constexpr const char *parameters =
      "pool_size=2, strides=None, padding='valid', data_format=None";
  explicit MaxPooling1D(Config &config) : WindowPooling(config, kerasName) {}

protected:
  Tensor *pool(GraphBuilder &graph, Tensor *x, const PlacedWindows &placed) override {
    return placed.largest(graph, x);
  }
};

class AveragePooling1D : public WindowPooling {
public:
  static constexpr const char *kerasName = "AveragePooling1D";
  static constexpr const char *parameters =
      "pool_size, strides=None, padding='valid', data_format=None";
  explicit AveragePooling1D(Config &config) : WindowPooling(config, kerasName) {}

protected:
  Tensor *pool(GraphBuilder &graph, Tensor *x, const PlacedWindows &placed) override {
    return placed.averages(graph, x);
  }
};

} // namespace

void addPoolingLayers(Catalogue &catalogue) {
  catalogue.addLayer<GlobalAveragePooling1D>({"GlobalAvgPool1D"});
  catalogue.addLayer<GlobalMaxPooling1D>({"GlobalMaxPool1D"});
  catalogue.addLayer<MaxPooling1D>({"MaxPool1D"});
  catalogue.addLayer<AveragePooling1D>({"AvgPool1D"});
}

} // namespace rondo::keras
