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

/// Types of the generated kernels' buffers.
struct Types {
  explicit Types(const LstmShape &s)
      : D(std::to_string(s.features)), H(std::to_string(s.units)), H4(std::to_string(4 * s.units)),
        lanes(isaLanes(bestIsa())), blocks((s.units + lanes - 1) / lanes),
        packedSize(blocks * (s.features + s.units + 1) * 4 * lanes),
        packed(buffer({std::to_string(blocks), std::to_string(s.features + s.units + 1), "4",
                       std::to_string(lanes)})) {}

  std::string D, H, H4;
  int64_t lanes, blocks, packedSize;
  std::string packed;
  std::string input = buffer({"?", "?", D}), kernel = buffer({D, H4}), recurrent = buffer({H, H4}),
              bias = buffer({H4}), state = buffer({"?", H}), sequence = buffer({"?", "?", H}),
              gates = buffer({"?", "?", H4}), kernelT = buffer({H4, D}),
              recurrentT = buffer({H4, H});

  std::string pack() const {
    return fmt::format("kernel.lstm_pack ins(%kernel, %recurrent, %bias : {}, {}, {}) "
                       "outs(%packed : {})\n",
                       kernel, recurrent, bias, packed);
  }
};

constexpr const char *kActivations = "activation = #rondo.activation<tanh>, "
                                     "recurrent_activation = #rondo.activation<sigmoid>";

Run generatedInference(const LstmShape &s) {
  Types types(s);
  auto data = std::make_shared<Data>(s);
  test::Floats packed(types.packedSize), h(s.batch * s.units), c(s.batch * s.units);
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
                            {"c", types.state, {"B"}}},
      fmt::format("kernel.lstm_forward(%x, %packed, %sequence, %h, %c) {{{}, operandSegmentSizes = "
                  "array<i32: 1, 1, 0, 0, 3>}} : ({}, {}, {}, {}, {}) -> ()",
                  kActivations, types.input, types.packed, types.sequence, types.state,
                  types.state));
  return [=]() mutable {
    kernel->run({s.batch, s.steps}, {data->input.data(), packed.data()},
                {data->sequence.data(), h.data(), c.data()});
  };
}

/// The kernels that the compiler makes of an LSTM and its derivative.
std::string trainingBody(const Types &t) {
  std::string text = t.pack();
  text += fmt::format("kernel.lstm_forward(%x, %packed, %sequence, %h, %c, %gates, %cells) {{{}, "
                      "operandSegmentSizes = array<i32: 1, 1, 0, 0, 5>}} : "
                      "({}, {}, {}, {}, {}, {}, {}) -> ()\n",
                      kActivations, t.input, t.packed, t.sequence, t.state, t.state, t.gates,
                      t.sequence);
  text +=
      fmt::format("kernel.transpose ins(%recurrent : {}) outs(%recurrent_t : {}) perm = [1, 0]\n",
                  t.recurrent, t.recurrentT);
  text += fmt::format(
      "kernel.lstm_backward(%recurrent_t, %gates, %cells, %d_sequence, %dz, %h, %c) "
      "{{{}, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0, 0, 3>}} : "
      "({}, {}, {}, {}, {}, {}, {}) -> ()\n",
      kActivations, t.recurrentT, t.gates, t.sequence, t.sequence, t.gates, t.state, t.state);
  text += fmt::format("kernel.transpose ins(%kernel : {}) outs(%kernel_t : {}) perm = [1, 0]\n",
                      t.kernel, t.kernelT);
  text += fmt::format("kernel.matmul ins(%dz, %kernel_t : {}, {}) outs(%d_input : {}) "
                      "{{num_batch = 0, num_m = 2, num_n = 1, num_k = 1, extra_dims = []}}\n",
                      t.gates, t.kernelT, t.input);
  auto weightGradient = [&](const char *lhs, const std::string &lhsType, const char *out,
                            const std::string &outType) {
    text += fmt::format("kernel.matmul ins({}, %dz : {}, {}) outs({} : {}) {{num_batch = 0, num_m "
                        "= 1, num_n = 1, num_k = 2, transpose_lhs, extra_dims = []}}\n",
                        lhs, lhsType, t.gates, out, outType);
  };
  weightGradient("%x", t.input, "%d_kernel", t.kernel);
  // The states before each step: a zero, then all but the last.
  text += fmt::format("%zero = arith.constant 0 : index\n%one = arith.constant 1 : index\n"
                      "kernel.slice ins(%sequence : {0}) outs(%early : {0}) "
                      "offsets = [%zero, %zero, %zero] strides = [1, 1, 1]\n"
                      "kernel.pad ins(%early : {0}) outs(%before : {0}) "
                      "offsets = [%zero, %one, %zero] strides = [1, 1, 1]\n",
                      t.sequence);
  weightGradient("%before", t.sequence, "%d_recurrent", t.recurrent);
  text += fmt::format("kernel.reduce sum ins(%dz : {}) outs(%d_bias : {}) first = 0 count = 2\n",
                      t.gates, t.bias);
  return text;
}

Run generatedTraining(const LstmShape &s) {
  Types t(s);
  auto data = std::make_shared<Data>(s);
  const std::vector<std::string> all = {"B", "T"}, early = {"B", "T1"}, rows = {"B"};
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
                                {"gates", t.gates, all},
                                {"cells", t.sequence, all},
                                {"dz", t.gates, all},
                                {"early", t.sequence, early},
                                {"before", t.sequence, all},
                                {"kernel_t", t.kernelT, {}},
                                {"recurrent_t", t.recurrentT, {}}};
  std::vector<test::Floats> buffers;
  for (int64_t size :
       {s.steps * s.batch * s.features, t.packedSize, states, states, 4 * sequence, sequence,
        4 * sequence, sequence, sequence, 4 * s.units * s.features, 4 * s.units * s.units})
    buffers.emplace_back(size);
  auto kernel = std::make_shared<Kernel>(bestIsa(), std::vector<std::string>{"B", "T", "T1"}, ins,
                                         outs, trainingBody(t));
  return [=]() mutable {
    std::vector<void *> results = {data->dKernel.data(), data->dRecurrent.data(),
                                   data->dBias.data(), data->sequence.data()};
    for (test::Floats &each : buffers)
      results.push_back(each.data());
    kernel->run({s.batch, s.steps, s.steps - 1},
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
    const double forward = 8.0 * s.steps * s.batch * s.units * (s.features + s.units);
    addCase("lstm_inference/generated/" + sizeName(s), forward,
            [=] { return generatedInference(s); });
    addCase("lstm_inference/onednn/" + sizeName(s), forward, [=] { return onednnInference(s); });
  }
  for (const LstmShape &s : sizes) {
    const double both = 24.0 * s.steps * s.batch * s.units * (s.features + s.units);
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
