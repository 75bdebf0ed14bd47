//===- Rnn.cpp - GRU and SimpleRNN: inference, and training ---------------===//
//
// The kernels that the compiler makes of a layer, from Keras' weights on: the product of the input
// with its weights, the time loop and, in training, its derivative and the products that give the
// gradients of weights and input for cotangents of the whole sequence. oneDNN has no fast one in
// f32 to compare with.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/kernels/Cases.h"
#include "dialect/IR/RondoDialect.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>

namespace rondo::bench {

using test::Argument;
using test::Kernel;
using test::randomFloats;

namespace {

/// A buffer of the kernels: its type, what its dynamic dimensions are, and its size.
struct Part {
  const char *name;
  std::string type;
  std::vector<std::string> dims;
  int64_t size;
};

/// The buffers of a layer, by name.
class Layer {
public:
  Layer(RnnCell cell, const LstmShape &s)
      : cell(cell), gates(numGates(cell)), lanes(isaLanes(bestIsa())),
        blocks((s.units + lanes - 1) / lanes), strips((s.units + 2 * lanes - 1) / (2 * lanes)) {
    const int64_t rows = s.batch * s.steps, units = s.units, kept = numKept(cell);
    auto sequence = [&](const char *name, int64_t width) {
      parts.push_back({name, buffer({"?", "?", text(width)}), {"B", "T"}, rows * width});
    };
    auto fixed = [&](const char *name, std::vector<int64_t> sizes) {
      int64_t size = 1;
      std::vector<std::string> texts;
      for (int64_t each : sizes) {
        size *= each;
        texts.push_back(text(each));
      }
      parts.push_back({name, buffer(texts), {}, size});
    };
    auto state = [&](const char *name) {
      parts.push_back({name, buffer({"?", text(units)}), {"B"}, s.batch * units});
    };
    sequence("x", s.features);
    fixed("kernel", {s.features, gates * units});
    fixed("recurrent", {units, gates * units});
    state("h0");
    sequence("d_sequence", units);
    inputs = parts.size();
    sequence("sums", gates * units);
    fixed("packed", {blocks, units + 1, gates, lanes});
    sequence("sequence", units);
    state("last_h");
    sequence("gates", kept * units);
    fixed("recurrent_t", {strips, blocks, gates, lanes, 2 * lanes});
    sequence("d_sums", gates * units);
    state("dh0");
    parts.push_back({"now",
                     buffer({"2", "?", text(blocks), text(gates), text(lanes)}),
                     {"B"},
                     2 * s.batch * blocks * gates * lanes});
    sequence("d_state_sums", gates * units);
    fixed("kernel_t", {gates * units, s.features});
    sequence("d_input", s.features);
    fixed("d_kernel", {s.features, gates * units});
    sequence("before", units);
    fixed("d_recurrent", {units, gates * units});
  }

  std::string inference() const {
    return product("x", "kernel", "sums") + pack() + forward({"sequence", "last_h"});
  }

  /// With the states before each step as they are: making them is a copy.
  std::string training() const {
    const bool isGru = cell == RnnCell::gru;
    std::vector<std::string> outs = {"d_sums", "dh0", "now"};
    if (isGru)
      outs.push_back("d_state_sums");
    return product("x", "kernel", "sums") + pack() + forward({"sequence", "last_h", "gates"}) +
           fmt::format("kernel.pack_transposed ins(%recurrent : {}) outs(%recurrent_t : {})\n",
                       type("recurrent"), type("recurrent_t")) +
           call("rnn_backward", {"recurrent_t", "gates", "sequence", "h0", "d_sequence"}, outs,
                ", operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 1, 0, " + text(outs.size()) + ">") +
           fmt::format("kernel.transpose ins(%kernel : {}) outs(%kernel_t : {}) perm = [1, 0]\n",
                       type("kernel"), type("kernel_t")) +
           product("d_sums", "kernel_t", "d_input") + gradient("x", "d_sums", "d_kernel") +
           gradient("before", isGru ? "d_state_sums" : "d_sums", "d_recurrent");
  }

  Run prepare(const std::string &body, const LstmShape &s) const {
    auto arguments = [](llvm::ArrayRef<Part> parts) {
      std::vector<Argument> arguments;
      for (const Part &part : parts)
        arguments.push_back({part.name, part.type, part.dims});
      return arguments;
    };
    llvm::ArrayRef<Part> all = parts;
    auto kernel = std::make_shared<Kernel>(bestIsa(), std::vector<std::string>{"B", "T"},
                                           arguments(all.take_front(inputs)),
                                           arguments(all.drop_front(inputs)), body);
    std::vector<test::Floats> data;
    for (auto [index, part] : llvm::enumerate(parts)) {
      data.push_back(randomFloats(part.size, index));
      for (float &value : data.back())
        value *= 0.1f; // states neither vanish nor saturate
    }
    return [kernel, s, inputs = inputs, data = std::move(data)]() mutable {
      std::vector<const void *> ins;
      std::vector<void *> outs;
      for (auto [index, each] : llvm::enumerate(data))
        if (index < inputs)
          ins.push_back(each.data());
        else
          outs.push_back(each.data());
      kernel->run({s.batch, s.steps}, ins, outs);
    };
  }

private:
  static std::string text(int64_t number) { return std::to_string(number); }

  const std::string &type(llvm::StringRef name) const {
    return llvm::find_if(parts, [&](const Part &part) { return part.name == name; })->type;
  }

  std::string product(const char *lhs, const char *rhs, const char *to) const {
    return fmt::format("kernel.matmul ins(%{}, %{} : {}, {}) outs(%{} : {}) {{num_batch = 0, "
                       "num_m = 2, num_n = 1, num_k = 1, extra_dims = []}}\n",
                       lhs, rhs, type(lhs), type(rhs), to, type(to));
  }

  /// The sum over batch and time.
  std::string gradient(const char *lhs, const char *rhs, const char *to) const {
    return fmt::format("kernel.matmul ins(%{}, %{} : {}, {}) outs(%{} : {}) {{num_batch = 0, num_m "
                       "= 1, num_n = 1, num_k = 2, extra_dims = [], transpose_lhs}}\n",
                       lhs, rhs, type(lhs), type(rhs), to, type(to));
  }

  std::string pack() const {
    return fmt::format("kernel.rnn_pack ins(%recurrent : {}) outs(%packed : {})\n",
                       type("recurrent"), type("packed"));
  }

  std::string forward(const std::vector<std::string> &outs) const {
    return call("rnn_forward", {"sums", "packed", "h0"}, outs,
                ", operandSegmentSizes = array<i32: 1, 1, 1, 0, " + text(outs.size()) + ">");
  }

  std::string call(const char *op, std::vector<std::string> operands,
                   const std::vector<std::string> &outs, const std::string &attributes) const {
    operands.insert(operands.end(), outs.begin(), outs.end());
    std::vector<std::string> types;
    for (std::string &operand : operands) {
      types.push_back(type(operand));
      operand = "%" + operand;
    }
    return fmt::format("kernel.{}({}) {{cell = #rondo.rnn_cell<{}>, activation = "
                       "#rondo.activation<tanh>, recurrent_activation = "
                       "#rondo.activation<sigmoid>{}}} : ({}) -> ()\n",
                       op, llvm::join(operands, ", "), stringifyRnnCell(cell).str(), attributes,
                       llvm::join(types, ", "));
  }

  RnnCell cell;
  int64_t gates, lanes, blocks, strips;
  std::vector<Part> parts;
  size_t inputs; ///< parts that kernels only read, the first ones
};

} // namespace

void addRnnCases(const std::vector<LstmShape> &sizes) {
  for (auto [cell, name] :
       {std::pair(RnnCell::gru, "gru"), std::pair(RnnCell::simple, "simple_rnn")})
    for (const LstmShape &s : sizes) {
      const double flops =
          2.0 * numGates(cell) * s.steps * s.batch * s.units * (s.features + s.units);
      addCase(fmt::format("{}_inference/generated/{}", name, sizeName(s)), Amounts{flops, 0},
              [cell = cell, s] {
                Layer layer(cell, s);
                return layer.prepare(layer.inference(), s);
              });
      addCase(fmt::format("{}_training/generated/{}", name, sizeName(s)), Amounts{3 * flops, 0},
              [cell = cell, s] {
                Layer layer(cell, s);
                return layer.prepare(layer.training(), s);
              });
    }
}

} // namespace rondo::bench
