//===- Adam.cpp - The optimizer's update ----------------------------------===//
//
// Over as many parameters as the three sizes of the recipe have.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/kernels/Cases.h"

namespace rondo::bench {

using test::randomFloats;

namespace {

struct Data {
  explicit Data(int64_t count)
      : weights(randomFloats(count, 1)), gradients(randomFloats(count, 2)), momentum(count),
        velocity(count) {}
  test::Floats weights, gradients, momentum, velocity;
};

Run generated(int64_t count) {
  auto kernel = std::make_shared<test::Kernel>(
      bestIsa(), std::vector<std::string>{"N"},
      std::vector<test::Argument>{
          {"g", "memref<?xf32>", {"N"}}, {"rate", "memref<f32>", {}}, {"step", "memref<i64>", {}}},
      std::vector<test::Argument>{{"w", "memref<?xf32>", {"N"}},
                                  {"m", "memref<?xf32>", {"N"}},
                                  {"v", "memref<?xf32>", {"N"}}},
      "kernel.update {name = \"adam\"} (%w, %g, %m, %v, %rate, %step) : memref<?xf32>, "
      "memref<?xf32>, memref<?xf32>, memref<?xf32>, memref<f32>, memref<i64>");
  auto data = std::make_shared<Data>(count);
  return [=, step = int64_t(0)]() mutable {
    const float rate = 0.001f;
    ++step;
    kernel->run({count}, {data->gradients.data(), &rate, &step},
                {data->weights.data(), data->momentum.data(), data->velocity.data()});
  };
}

/// Four arrays are read, three are written.
double updateBytes(int64_t count) { return 7.0 * sizeof(float) * count; }

Run loops(int64_t count) {
  auto data = std::make_shared<Data>(count);
  return [=, step = int64_t(0)]() mutable {
    Adam().update(data->weights.data(), data->gradients.data(), data->momentum.data(),
                  data->velocity.data(), count, ++step);
  };
}

} // namespace

void addAdamCases() {
  for (int64_t count : {23000, 115600, 460000}) {
    const Amounts amounts{0, updateBytes(count)};
    addCase("adam/generated/" + std::to_string(count), amounts, [=] { return generated(count); });
    addCase("adam/loops/" + std::to_string(count), amounts, [=] { return loops(count); });
  }
}

void addRestModelCases() {
  for (int64_t count : {1000, 23000, 115600, 460000}) {
    Work work;
    work.bytes = updateBytes(count);
    addCase("rest/generated/N" + std::to_string(count), work, [=] { return generated(count); });
  }
}

} // namespace rondo::bench
