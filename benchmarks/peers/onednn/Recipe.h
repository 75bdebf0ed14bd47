//===- Recipe.h - models/recipe.py by calls of oneDNN -----------*- C++ -*-===//
//
// The same model and training step as a careful programmer would write them on
// oneDNN: its LSTM primitives, a matmul for every product, loops for the rest.
// Time-major inside the LSTM, as oneDNN prefers, batch-major outside.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_BENCHMARKS_PEERS_ONEDNN_RECIPE_H
#define RONDO_BENCHMARKS_PEERS_ONEDNN_RECIPE_H

#include "benchmarks/peers/onednn/Loops.h"
#include "benchmarks/peers/onednn/Primitives.h"
#include <memory>

namespace rondo::bench {

/// A zeroed array, aligned to cache lines.
class Floats {
public:
  explicit Floats(int64_t count);
  operator float *() { return memory.get(); }
  size_t bytes() const { return sizeof(float) * count; }

private:
  struct Free {
    void operator()(float *data) const;
  };
  std::unique_ptr<float, Free> memory;
  int64_t count;
};

/// Where the parameters lie in a flat buffer, in floats.
struct RecipeLayout {
  int64_t kernel, recurrent, bias, queryKernel, queryBias, predictionKernel, predictionBias;
  int64_t size;
};

/// The model says: sum the contexts, (sum over i of) weights[i, j] * h[j]. Moving
/// the sum inside, onto the weights, replaces products of matrices by products
/// with a vector, forward and backward.
enum class Algebra { AsWritten, SumFirst };

/// What inference and training have in common: parameters, and all from the states on.
class RecipeBase {
protected:
  RecipeBase(const LstmShape &shape, const RecipeLayout &layout, Algebra algebra,
             const float *parameters);
  LstmParameters<const float> lstmParameters() {
    return {&flat[layout.kernel], &flat[layout.recurrent], &flat[layout.bias]};
  }
  /// From x (B, T, D) to `input`.
  void takeInput(const float *x);
  /// From `sequence` to `prediction`.
  void attend();

  const LstmShape shape;
  const RecipeLayout layout;
  /// Contexts of a sample: T as written, 1 where the sum comes first.
  const int64_t rows;
  Floats flat;             // the parameters
  Floats input, sequence;  // (T, B, D), (T, B, H)
  Floats states, query;    // (B, T, H)
  Floats weights;          // (B, T, T)
  Floats weightSums;       // (B, T): over the steps that ask
  float *const mix;        // (B, rows, T): `weights` or `weightSums`
  Floats contexts, joined; // (B, rows, H), (B, 2H)
  Floats prediction;       // (B, 1)
  DenseTanh queryProduct;
  Product scoresProduct, contextsProduct, predictionProduct;
};

class RecipeInference : RecipeBase {
public:
  /// Copies the parameters from a flat buffer.
  RecipeInference(const LstmShape &shape, const RecipeLayout &layout, Algebra algebra,
                  const float *parameters);
  /// x (B, T, D) to out (B, 1).
  void run(const float *x, float *out);

private:
  LstmInference lstm;
};

class RecipeTraining : RecipeBase {
public:
  /// Copies the parameters from a flat buffer; the optimizer starts afresh.
  RecipeTraining(const LstmShape &shape, const RecipeLayout &layout, Algebra algebra,
                 const float *parameters);
  /// The loss for targets y (B, 1); gradients() are then those of the parameters.
  float lossAndGradients(const float *x, const float *y);
  /// The same, then the optimizer's update.
  float step(const float *x, const float *y);

  float *gradients() { return flatGradients; }
  float *parameters() { return flat; }

private:
  Floats flatGradients, momentum, velocity;
  Floats dPrediction, dJoined; // (B, 1), (B, 2H)
  Floats dContexts;            // (B, rows, H)
  Floats dWeights, dScores;    // (B, rows, T), (B, T, T)
  Floats dStates, dQuery;      // (B, T, H)
  Floats dSequence;            // (T, B, H)
  LstmTraining lstm;
  Product predictionKernelGradient, joinedGradient, weightsGradient, statesFromContexts,
      queryGradient, statesFromScores, queryKernelGradient, statesFromQuery;
  Adam optimizer;
  int64_t steps = 0;
};

} // namespace rondo::bench

#endif // RONDO_BENCHMARKS_PEERS_ONEDNN_RECIPE_H
