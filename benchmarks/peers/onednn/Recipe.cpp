//===- Recipe.cpp - models/recipe.py by calls of oneDNN -------------------===//
//
// Forward and backward pass, written out. Shapes are in Recipe.h.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/peers/onednn/Recipe.h"
#include <cstdlib>
#include <cstring>
#include <new>

namespace rondo::bench {

Floats::Floats(int64_t count) : count(count) {
  constexpr size_t line = 64;
  size_t size = (bytes() + line - 1) / line * line;
  memory.reset(static_cast<float *>(std::aligned_alloc(line, size)));
  if (!memory)
    throw std::bad_alloc();
  std::memset(memory.get(), 0, size);
}

void Floats::Free::operator()(float *data) const { std::free(data); }

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

RecipeBase::RecipeBase(const LstmShape &shape, const RecipeLayout &layout, Algebra algebra,
                       const float *parameters)
    : shape(shape), layout(layout), rows(algebra == Algebra::AsWritten ? shape.steps : 1),
      flat(layout.size), input(shape.steps * shape.batch * shape.features),
      sequence(shape.steps * shape.batch * shape.units),
      states(shape.steps * shape.batch * shape.units),
      query(shape.steps * shape.batch * shape.units),
      weights(shape.batch * shape.steps * shape.steps), weightSums(shape.batch * shape.steps),
      mix(algebra == Algebra::AsWritten ? weights : weightSums),
      contexts(shape.batch * rows * shape.units), joined(shape.batch * 2 * shape.units),
      prediction(shape.batch),
      queryProduct(shape.batch * shape.steps, shape.units, shape.units, states,
                   &flat[layout.queryKernel], &flat[layout.queryBias], query),
      scoresProduct({shape.batch, shape.steps, shape.steps, shape.units, false, true}, query,
                    states, weights),
      contextsProduct({shape.batch, rows, shape.units, shape.steps}, mix, states, contexts),
      predictionProduct({1, shape.batch, 1, 2 * shape.units}, joined,
                        &flat[layout.predictionKernel], prediction) {
  std::memcpy(flat, parameters, flat.bytes());
}

void RecipeBase::takeInput(const float *x) {
  swapLeading(x, input, shape.batch, shape.steps, shape.features);
}

void RecipeBase::attend() {
  const auto [T, B, D, H] = shape;
  swapLeading(sequence, states, T, B, H);
  queryProduct.run();
  scoresProduct.run();
  softmaxRows(weights, B * T, T);
  if (mix != weights)
    sumRows(weights, weightSums, B, T, T, T);
  contextsProduct.run();
  sumRows(contexts, joined, B, rows, H, 2 * H);
  for (int64_t b = 0; b < B; ++b)
    std::memcpy(&joined[b * 2 * H + H], &sequence[((T - 1) * B + b) * H], sizeof(float) * H);
  predictionProduct.run();
  for (int64_t b = 0; b < B; ++b)
    prediction[b] += flat[layout.predictionBias];
}

RecipeInference::RecipeInference(const LstmShape &shape, const RecipeLayout &layout,
                                 Algebra algebra, const float *parameters)
    : RecipeBase(shape, layout, algebra, parameters),
      lstm(shape, lstmParameters(), input, sequence) {
  lstm.pack();
  queryProduct.pack();
}

void RecipeInference::run(const float *x, float *out) {
  takeInput(x);
  lstm.run();
  attend();
  std::memcpy(out, prediction, prediction.bytes());
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

RecipeTraining::RecipeTraining(const LstmShape &shape, const RecipeLayout &layout, Algebra algebra,
                               const float *parameters)
    : RecipeBase(shape, layout, algebra, parameters), flatGradients(layout.size),
      momentum(layout.size), velocity(layout.size), dPrediction(shape.batch),
      dJoined(shape.batch * 2 * shape.units), dContexts(shape.batch * rows * shape.units),
      dWeights(shape.batch * rows * shape.steps), dScores(shape.batch * shape.steps * shape.steps),
      dStates(shape.batch * shape.steps * shape.units),
      dQuery(shape.batch * shape.steps * shape.units),
      dSequence(shape.batch * shape.steps * shape.units),
      lstm(shape, lstmParameters(), input, sequence, dSequence,
           {&flatGradients[layout.kernel], &flatGradients[layout.recurrent],
            &flatGradients[layout.bias]}),
      predictionKernelGradient({1, 2 * shape.units, 1, shape.batch, true}, joined, dPrediction,
                               &flatGradients[layout.predictionKernel]),
      joinedGradient({1, shape.batch, 2 * shape.units, 1, false, true}, dPrediction,
                     &flat[layout.predictionKernel], dJoined),
      weightsGradient({shape.batch, rows, shape.steps, shape.units, false, true}, dContexts, states,
                      dWeights),
      statesFromContexts({shape.batch, shape.steps, shape.units, rows, true}, mix, dContexts,
                         dStates),
      queryGradient({shape.batch, shape.steps, shape.units, shape.steps}, dScores, states, dQuery),
      statesFromScores({shape.batch, shape.steps, shape.units, shape.steps, true}, dScores, query,
                       dStates, Product::Write::Add),
      queryKernelGradient({1, shape.units, shape.units, shape.batch * shape.steps, true}, states,
                          dQuery, &flatGradients[layout.queryKernel]),
      statesFromQuery({1, shape.batch * shape.steps, shape.units, shape.units, false, true}, dQuery,
                      &flat[layout.queryKernel], dStates, Product::Write::Add) {}

float RecipeTraining::lossAndGradients(const float *x, const float *y) {
  const auto [T, B, D, H] = shape;
  takeInput(x);
  lstm.forward();
  queryProduct.pack();
  attend();

  float loss = 0, biasGradient = 0;
  for (int64_t b = 0; b < B; ++b) {
    const float difference = prediction[b] - y[b];
    loss += difference * difference / B;
    dPrediction[b] = 2 * difference / B;
    biasGradient += dPrediction[b];
  }
  flatGradients[layout.predictionBias] = biasGradient;
  predictionKernelGradient.run();
  joinedGradient.run();

  repeatRows(dJoined, dContexts, B, rows, H, 2 * H);
  weightsGradient.run();
  statesFromContexts.run();
  for (int64_t b = 0; b < B; ++b)
    for (int64_t i = 0; i < H; ++i)
      dStates[(b * T + T - 1) * H + i] += dJoined[b * 2 * H + H + i];
  softmaxBackward(weights, dWeights, dScores, B * T, T, T / rows);
  queryGradient.run();
  statesFromScores.run();
  tanhBackward(query, dQuery, B * T * H);
  sumRows(dQuery, &flatGradients[layout.queryBias], B * T, H);
  queryKernelGradient.run();
  statesFromQuery.run();

  swapLeading(dStates, dSequence, B, T, H);
  lstm.backward();
  return loss;
}

float RecipeTraining::step(const float *x, const float *y) {
  const float loss = lossAndGradients(x, y);
  optimizer.update(flat, flatGradients, momentum, velocity, layout.size, ++steps);
  return loss;
}

} // namespace rondo::bench
