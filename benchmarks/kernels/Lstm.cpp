//===- Lstm.cpp - LSTM: inference, and forward and backward in training ---===//
//
// Both sides start from Keras' weights once in inference and at every run in
// training, where a step would have changed them. Training gives the gradients
// of weights and input for cotangents of the whole sequence.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/kernels/Cases.h"
#include <fmt/format.h>

namespace rondo::bench {

using test::Argument;
using test::Kernel;
using test::randomFloats;

namespace {

/// Inputs of an LSTM, time-major or batch-major alike: random.
struct Data {
  explicit Data(const LstmShape &s)
      : input(randomFloats(s.steps * s.batch * s.features, 1)),
        kernel(randomFloats(s.features * 4 * s.units, 2)),
        recurrent(randomFloats(s.units * 4 * s.units, 3)), bias(randomFloats(4 * s.units, 4)),
        sequence(s.steps * s.batch * s.units), dSequence(randomFloats(sequence.size(), 5)),
        dKernel(kernel.size()), dRecurrent(recurrent.size()), dBias(bias.size()) {
    for (float &weight : recurrent)
      weight *= 0.1f; // states neither vanish nor saturate
  }
  LstmParameters<const float> parameters() const {
    return {kernel.data(), recurrent.data(), bias.data()};
  }
  LstmParameters<float> gradients() { return {dKernel.data(), dRecurrent.data(), dBias.data()}; }

  test::Floats input, kernel, recurrent, bias, sequence, dSequence, dKernel, dRecurrent, dBias;
};

constexpr const char *kActivations = "activation = #rondo.activation<tanh>, "
                                     "recurrent_activation = #rondo.activation<sigmoid>";

/// Types of the generated kernels' buffers.
struct Types {
  explicit Types(const LstmShape &s)
      : D(std::to_string(s.features)), H(std::to_string(s.units)), H4(std::to_string(4 * s.units)),
        lanes(isaLanes(bestIsa())), blocks((s.units + lanes - 1) / lanes),
        packedSize(blocks * (s.features + s.units + 1) * 4 * lanes), L(std::to_string(lanes)),
        L2(std::to_string(2 * lanes)), N(std::to_string(blocks)),
        packed(buffer({N, std::to_string(s.features + s.units + 1), "4", L})),
        kernelT(buffer({strips(s.features), N, "4", L, L2})),
        recurrentT(buffer({strips(s.units), N, "4", L, L2})) {}
  std::string strips(int64_t rows) const {
    return std::to_string((rows + 2 * lanes - 1) / (2 * lanes));
  }
  int64_t transposedSize(int64_t rows) const {
    return (rows + 2 * lanes - 1) / (2 * lanes) * blocks * 8 * lanes * lanes;
  }
  int64_t gatesSize(int64_t rows) const { return blocks * rows * 4 * lanes; }
  int64_t projectionSize() const { return blocks * 16 * 4 * lanes; }

  std::string D, H, H4;
  int64_t lanes, blocks, packedSize;
  std::string L, L2, N, packed, kernelT, recurrentT;
  std::string input = buffer({"?", "?", D}), kernel = buffer({D, H4}), recurrent = buffer({H, H4}),
              bias = buffer({H4}), state = buffer({"?", H}), sequence = buffer({"?", "?", H}),
              gates = buffer({std::to_string(2 * blocks), "?", "?", "2", L}),
              now = buffer({"2", "?", N, "4", L}), projection = buffer({N, "16", "4", L});

  std::string pack() const {
    return fmt::format("kernel.lstm_pack ins(%kernel, %recurrent, %bias : {}, {}, {}) "
                       "outs(%packed : {}) {{{}}}\n",
                       kernel, recurrent, bias, packed, kActivations);
  }
};

Run generatedInference(const LstmShape &s) {
  Types types(s);
  auto data = std::make_shared<Data>(s);
  test::Floats packed(types.packedSize), h(s.batch * s.units), c(s.batch * s.units),
      projection(types.projectionSize());
  Kernel(
      bestIsa(), {},
      {{"kernel", types.kernel, {}}, {"recurrent", types.recurrent, {}}, {"bias", types.bias, {}}},
      {{"packed", types.packed, {}}}, types.pack())
      .run({}, {data->kernel.data(), data->recurrent.data(), data->bias.data()}, {packed.data()});
  auto kernel = std::make_shared<Kernel>(
      bestIsa(), std::vector<std::string>{"B", "T"},
      std::vector<Argument>{{"x", types.input, {"B", "T"}}, {"packed", types.packed, {}}},
      std::vector<Argument>{{"sequence", types.sequence, {"B", "T"}},
                            {"h", types.state, {"B"}},
                            {"c", types.state, {"B"}},
                            {"projection", types.projection, {}}},
      fmt::format("kernel.lstm_forward(%x, %packed, %sequence, %h, %c, %projection) {{{}, "
                  "operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 4>}} : "
                  "({}, {}, {}, {}, {}, {}) -> ()",
                  kActivations, types.input, types.packed, types.sequence, types.state, types.state,
                  types.projection));
  return [=]() mutable {
    kernel->run({s.batch, s.steps}, {data->input.data(), packed.data()},
                {data->sequence.data(), h.data(), c.data(), projection.data()});
  };
}

/// The kernels that the compiler makes of an LSTM and its derivative.
std::string trainingBody(const Types &t) {
  std::string text = t.pack();
  text += fmt::format("kernel.lstm_forward(%x, %packed, %sequence, %h, %c, %projection, %gates, "
                      "%cells) {{{}, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 6>}} : "
                      "({}, {}, {}, {}, {}, {}, {}, {}) -> ()\n",
                      kActivations, t.input, t.packed, t.sequence, t.state, t.state, t.projection,
                      t.gates, t.sequence);
  text += fmt::format("kernel.pack_transposed ins(%recurrent : {}) outs(%recurrent_t : {})\n",
                      t.recurrent, t.recurrentT);
  text += fmt::format(
      "kernel.lstm_backward(%recurrent_t, %gates, %cells, %d_sequence, %dz, %h, %c, %now) "
      "{{{}, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 0, 0, 4>}} : "
      "({}, {}, {}, {}, {}, {}, {}, {}) -> ()\n",
      kActivations, t.recurrentT, t.gates, t.sequence, t.sequence, t.gates, t.state, t.state,
      t.now);
  text += fmt::format("kernel.pack_transposed ins(%kernel : {}) outs(%kernel_t : {})\n", t.kernel,
                      t.kernelT);
  text +=
      fmt::format("kernel.lstm_input_gradient ins(%kernel_t, %dz : {}, {}) outs(%d_input : {})\n",
                  t.kernelT, t.gates, t.input);
  text += fmt::format(
      "kernel.lstm_weight_gradient(%x, %sequence, %dz, %d_kernel, %d_recurrent, %d_bias) "
      "{{operandSegmentSizes = array<i32: 1, 1, 0, 0, 1, 3>, wanted = array<i1: true, true, "
      "true>}} : "
      "({}, {}, {}, {}, {}, {}) -> ()\n",
      t.input, t.sequence, t.gates, t.kernel, t.recurrent, t.bias);
  return text;
}

Run generatedTraining(const LstmShape &s) {
  Types t(s);
  auto data = std::make_shared<Data>(s);
  const std::vector<std::string> all = {"B", "T"}, rows = {"B"};
  const int64_t states = s.batch * s.units, sequence = s.steps * states;
  std::vector<Argument> ins = {{"x", t.input, all},
                               {"kernel", t.kernel, {}},
                               {"recurrent", t.recurrent, {}},
                               {"bias", t.bias, {}},
                               {"d_sequence", t.sequence, all}};
  // Results first, then what the compiler would keep in the arena, with sizes.
  std::vector<Argument> outs = {{"d_kernel", t.kernel, {}},
                                {"d_recurrent", t.recurrent, {}},
                                {"d_bias", t.bias, {}},
                                {"sequence", t.sequence, all},
                                {"d_input", t.input, all},
                                {"packed", t.packed, {}},
                                {"h", t.state, rows},
                                {"c", t.state, rows},
                                {"projection", t.projection, {}},
                                {"gates", t.gates, all},
                                {"cells", t.sequence, all},
                                {"dz", t.gates, all},
                                {"now", t.now, rows},
                                {"kernel_t", t.kernelT, {}},
                                {"recurrent_t", t.recurrentT, {}}};
  std::vector<test::Floats> buffers;
  for (int64_t size :
       {s.steps * s.batch * s.features, t.packedSize, states, states, t.projectionSize(),
        t.gatesSize(s.steps * s.batch), sequence, t.gatesSize(s.steps * s.batch),
        t.gatesSize(2 * s.batch), t.transposedSize(s.features), t.transposedSize(s.units)})
    buffers.emplace_back(size);
  auto kernel = std::make_shared<Kernel>(bestIsa(), std::vector<std::string>{"B", "T"}, ins, outs,
                                         trainingBody(t));
  return [=]() mutable {
    std::vector<void *> results = {data->dKernel.data(), data->dRecurrent.data(),
                                   data->dBias.data(), data->sequence.data()};
    for (test::Floats &each : buffers)
      results.push_back(each.data());
    kernel->run({s.batch, s.steps},
                {data->input.data(), data->kernel.data(), data->recurrent.data(), data->bias.data(),
                 data->dSequence.data()},
                results);
  };
}

Run onednnInference(const LstmShape &s) {
  auto data = std::make_shared<Data>(s);
  auto lstm = std::make_shared<LstmInference>(s, data->parameters(), data->input.data(),
                                              data->sequence.data());
  lstm->pack();
  return [data, lstm] { lstm->run(); };
}

Run onednnTraining(const LstmShape &s) {
  auto data = std::make_shared<Data>(s);
  auto lstm = std::make_shared<LstmTraining>(s, data->parameters(), data->input.data(),
                                             data->sequence.data(), data->dSequence.data(),
                                             data->gradients());
  return [data, lstm] {
    lstm->forward();
    lstm->backward();
  };
}

} // namespace

void addLstmCases(const std::vector<LstmShape> &sizes) {
  for (const LstmShape &s : sizes) {
    const double weights = 4.0 * s.units * (s.features + s.units + 1);
    const double rows = s.steps * s.batch;
    const Amounts forward{8.0 * rows * s.units * (s.features + s.units),
                          sizeof(float) * (weights + rows * (s.features + s.units))};
    addCase("lstm_inference/generated/" + sizeName(s), forward,
            [=] { return generatedInference(s); });
    addCase("lstm_inference/onednn/" + sizeName(s), forward, [=] { return onednnInference(s); });
  }
  for (const LstmShape &s : sizes) {
    const Amounts both{24.0 * s.steps * s.batch * s.units * (s.features + s.units), 0};
    addCase("lstm_training/generated/" + sizeName(s), both, [=] { return generatedTraining(s); });
    addCase("lstm_training/onednn/" + sizeName(s), both, [=] { return onednnTraining(s); });
  }
}

void addLstmModelCases() {
  std::vector<LstmShape> sizes = {{4, 32, 64, 128}, {100, 1, 64, 128}, {100, 8, 64, 128}};
  for (int64_t batch : {1, 4, 32, 64})
    for (auto [features, units] :
         {std::pair<int64_t, int64_t>{8, 32}, {8, 64}, {64, 64}, {64, 128}, {128, 256}, {256, 512}})
      sizes.push_back({20, batch, features, units});
  for (const LstmShape &s : sizes) {
    const LstmSizes amounts{s.steps, s.batch, s.features, s.units};
    const Work forward = lstmForwardWork(amounts), backward = lstmBackwardWork(amounts);
    addCase("lstm_inference/generated/" + sizeName(s), forward,
            [=] { return generatedInference(s); });
    addCase("lstm_inference/onednn/" + sizeName(s), forward, [=] { return onednnInference(s); });
    // Of training the script takes off inference: what is left is the backward pass.
    addCase("lstm_training/generated/" + sizeName(s), backward,
            [=] { return generatedTraining(s); });
    addCase("lstm_training/onednn/" + sizeName(s), backward, [=] { return onednnTraining(s); });
  }
}

} // namespace rondo::bench
