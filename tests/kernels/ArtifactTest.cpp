//===- ArtifactTest.cpp - Tables, header and library of a model -----------===//
//
// A model by hand, y = x * w, from its parts to a loaded library: the runtime
// must read back what the compiler wrote, field by field.
//
//===----------------------------------------------------------------------===//

#include "compiler/signature/ModelSignature.h"
#include "tests/kernels/KernelTest.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"
#include <fstream>

namespace rondo::test {
namespace {

const char *kScale = R"(
module attributes {rondo.symbols = ["B"]} {
  func.func @forward(
      %w: memref<3xf32> {kernel.bind = #kernel.bind<in, 0, 64>},
      %x: memref<?x3xf32> {kernel.bind = #kernel.bind<in, 2, 0>, kernel.dims = ["B"]},
      %y: memref<?x3xf32> {kernel.bind = #kernel.bind<out, 0, 0>, kernel.dims = ["B"]},
      %B: index {kernel.bind = #kernel.bind<dim, 0, 0>},
      %arena: memref<?xi8> {kernel.bind = #kernel.bind<arena, 0, 0>})
      attributes {kernel.entry = "forward", kernel.lifetimes = array<i64: 0, 2>} {
    %t = kernel.buffer %arena, 0[%B] : memref<?xi8> -> memref<?x3xf32>
    kernel.map ins(%x, %w : memref<?x3xf32>, memref<3xf32>) outs(%t : memref<?x3xf32>)
      operand_dims = [[0, 1], [1]] {
      ^bb0(%a: f32, %b: f32):
        %p = arith.mulf %a, %b : f32
        kernel.yield %p : f32
      }
    kernel.map ins(%t : memref<?x3xf32>) outs(%y : memref<?x3xf32>) operand_dims = [[0, 1]] {
      ^bb0(%a: f32):
        kernel.yield %a : f32
      }
    return
  }
  func.func @forward_plan(%B: index {kernel.bind = #kernel.bind<dim, 0, 0>}) -> (i32, i64)
      attributes {kernel.plan_of = "forward"} {
    %c12 = arith.constant 12 : index
    %zero = arith.constant 0 : index
    %bytes = arith.muli %B, %c12 : index
    %i = arith.index_cast %bytes : index to i64
    %bad = arith.cmpi slt, %B, %zero : index
    %one = arith.constant 1 : i32
    %ok = arith.constant 0 : i32
    %status = arith.select %bad, %one, %ok : i32
    return %status, %i : i32, i64
  }
})";

ModelSignature scaleSignature() {
  ModelSignature signature;
  signature.name = "test";
  signature.symbols = {"B"};
  signature.inputs = {{"x", Dtype::F32, {DimExpr::symbol("B"), DimExpr(3)}}};
  signature.outputs = {{"y */ \"odd\"", Dtype::F32, {DimExpr::symbol("B"), DimExpr(3)}}};
  signature.parameters = {
      {"other/bias", true, {1}, 0, 1, "{\"name\": \"zeros\"}", ""},
      {"scale/w", true, {3}, 16, 3, "{\"name\": \"ones\"}", ""},
  };
  signature.trainableSize = 32;
  return signature;
}

class Artifact : public IsaTest {
protected:
  void SetUp() override {
    IsaTest::SetUp();
    if (IsSkipped())
      return;
    CompiledModule compiled(GetParam(), kScale);
    std::vector<ObjectBytes> objects;
    objects.push_back(std::move(compiled.object));
    llvm::Expected<ObjectBytes> tables =
        emitDescriptorObject(scaleSignature(), compiled.entries, "{\"made\": \"by hand\"}");
    ASSERT_TRUE(bool(tables)) << llvm::toString(tables.takeError());
    objects.push_back(std::move(*tables));
    library = std::make_unique<Library>(objects, exportedSymbol("test"));
    query = reinterpret_cast<rondo_model_query>(library->find("test_rondo_model"));
    ASSERT_NE(query, nullptr);
  }

  std::unique_ptr<Library> library;
  rondo_model_query query = nullptr;
};

TEST_P(Artifact, TablesSayWhatTheSignatureSays) {
  const rondo_model *model = query(RONDO_ABI_VERSION);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->abi_version, RONDO_ABI_VERSION);
  EXPECT_EQ(model->struct_size, sizeof(rondo_model));
  EXPECT_STREQ(model->name, "test");
  EXPECT_STREQ(model->isa, isaName(GetParam()).str().c_str());
  EXPECT_STREQ(model->build_info, "{\"made\": \"by hand\"}");
  ASSERT_EQ(model->num_symbols, 1);
  EXPECT_STREQ(model->symbols[0], "B");
  ASSERT_EQ(model->num_inputs, 1);
  const rondo_tensor_info &x = model->inputs[0];
  EXPECT_STREQ(x.name, "x");
  EXPECT_EQ(x.role, RONDO_INPUT);
  EXPECT_EQ(x.dtype, RONDO_F32);
  ASSERT_EQ(x.rank, 2);
  EXPECT_EQ(x.dims[0], -1);
  EXPECT_EQ(x.dims[1], 3);
  EXPECT_STREQ(x.symbols[0], "B");
  EXPECT_EQ(x.symbols[1], nullptr);
  EXPECT_EQ(x.label_limit, 0);
  EXPECT_EQ(model->outputs[0].role, RONDO_OUTPUT);
  ASSERT_EQ(model->num_parameters, 2);
  const rondo_parameter_info &w = model->parameters[1];
  EXPECT_STREQ(w.path, "scale/w");
  EXPECT_EQ(w.trainable, 1);
  ASSERT_EQ(w.rank, 1);
  EXPECT_EQ(w.dims[0], 3);
  EXPECT_EQ(w.offset, 16);
  EXPECT_EQ(w.size, 3);
  EXPECT_STREQ(w.initializer, "{\"name\": \"ones\"}");
  EXPECT_EQ(model->trainable_size, 32);
  EXPECT_EQ(model->state_size, 0);
  EXPECT_EQ(model->optimizer, nullptr);
  EXPECT_EQ(model->num_targets, 0);
}

TEST_P(Artifact, ForwardRunsThroughTheRuntime) {
  const rondo_model *model = query(RONDO_ABI_VERSION);
  ASSERT_NE(model, nullptr);
  Floats parameters(32), x = {1, 2, 3, 4, 5, 6}, y(6);
  parameters[16] = 1;
  parameters[17] = 10;
  parameters[18] = 100;
  rondo_weights *weights = nullptr;
  rondo_context *context = nullptr;
  ASSERT_EQ(model->weights_create(model, parameters.data(), nullptr, &weights), RONDO_OK);
  ASSERT_EQ(model->context_create(model, weights, nullptr, &context), RONDO_OK);
  int64_t dims[] = {2};
  const void *inputs[] = {x.data()};
  void *outputs[] = {y.data()};
  EXPECT_EQ(model->forward(context, dims, inputs, outputs), RONDO_OK)
      << model->last_message(context);
  EXPECT_EQ(y, (Floats{1, 20, 300, 4, 50, 600}));
  model->context_destroy(context);
  model->weights_release(weights);
}

TEST_P(Artifact, OnlyTheQueryIsExported) {
  EXPECT_EQ(library->find("rondo_model_open"), nullptr);
  EXPECT_EQ(library->find("rondo_test_forward_" + isaName(GetParam()).str()), nullptr);
}

RONDO_FOR_EACH_ISA(Artifact);

/// The exit code of a C99 compiler on `text` after the generated header.
int compileAsC99(const std::string &text) {
  llvm::SmallString<128> folder;
  EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("rondo-header", folder));
  std::string source = (folder + "/main.c").str();
  std::ofstream((folder + "/model.h").str()) << generateHeader(scaleSignature());
  std::ofstream(source) << text;
  int code = llvm::sys::ExecuteAndWait(
      RONDO_C_COMPILER, {RONDO_C_COMPILER, "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror",
                         "-fsyntax-only", "-I", RONDO_INCLUDE_FOLDER, source});
  llvm::sys::fs::remove_directories(folder);
  return code;
}

TEST(Header, IsStrictC99AndNamesEverything) {
  EXPECT_EQ(compileAsC99(R"(
    #include "model.h"
    #include "model.h"
    int dims[TEST_NUM_DIMS == 1 && TEST_DIM_B == 0 ? 1 : -1];
    int inputs[TEST_NUM_INPUTS == 1 && TEST_INPUT_X == 0 ? 1 : -1];
    int outputs[TEST_NUM_OUTPUTS == 1 && TEST_OUTPUT_Y_____ODD_ == 0 ? 1 : -1];
    int parameters[TEST_PARAMETER_SCALE_W == 1 && TEST_OFFSET_SCALE_W == 16 ? 1 : -1];
    int size[TEST_TRAINABLE_SIZE == 32 ? 1 : -1];
    const rondo_model *model(void) { return test_rondo_model(RONDO_ABI_VERSION); }
  )"),
            0);
}

TEST(Descriptor, RefusesWhatTheTablesCannotHold) {
  ModelSignature signature = scaleSignature();
  signature.inputs[0].dims.append(8, DimExpr(1));
  llvm::Expected<ObjectBytes> tables = emitDescriptorObject(signature, {}, "{}");
  ASSERT_FALSE(bool(tables));
  EXPECT_EQ(llvm::toString(tables.takeError()),
            "'x' has more dimensions than an artifact can describe");
}

TEST(Link, SaysWhatIsMissingAndLeavesNothing) {
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("rondo-test", folder));
  std::string path = (folder + "/out.so").str();
  std::string message = llvm::toString(linkSharedLibrary({}, {"/nowhere/rt.a"}, "run", path));
  EXPECT_EQ(message, "cannot read /nowhere/rt.a: No such file or directory");
  message = llvm::toString(linkSharedLibrary({}, {RONDO_RUNTIME_ARCHIVE}, "run", path));
  EXPECT_NE(message.find("run"), std::string::npos) << message;
  path = (folder + "/no/such/out.so").str();
  std::vector<ObjectBytes> tables;
  tables.push_back(llvm::cantFail(emitDescriptorObject(scaleSignature(), {}, "{}")));
  message = llvm::toString(
      linkSharedLibrary(tables, {RONDO_RUNTIME_ARCHIVE}, exportedSymbol("test"), path));
  EXPECT_EQ(message, "cannot write " + path + ": No such file or directory");
  std::error_code code;
  EXPECT_EQ(llvm::sys::fs::directory_iterator(folder, code), llvm::sys::fs::directory_iterator());
  llvm::sys::fs::remove_directories(folder);
}

TEST(GenerateKernels, RefusesWhatItDoesNotKnow) {
  auto refusal = [](const std::string &op) {
    std::string text = kScale;
    text.insert(text.find("    return\n"), op);
    try {
      CompiledModule compiled(Isa::Avx2, text);
    } catch (const std::runtime_error &error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_NE(refusal("%a = memref.alloc() : memref<3xf32>\n").find("no code is generated"),
            std::string::npos);
  EXPECT_NE(refusal(R"(
    kernel.map ins(%t : memref<?x3xf32>) outs(%y : memref<?x3xf32>) operand_dims = [[0, 1]] {
      ^bb0(%a: f32):
        %s = math.atan %a : f32
        kernel.yield %s : f32
      })")
                .find("no vector code for this op"),
            std::string::npos);
}

} // namespace
} // namespace rondo::test
