//===- CompilerTest.cpp - The compiler as a library -----------------------===//
//
// What compiler/Compiler.h promises: every level can be printed and read again,
// compiling is repeatable and leaves its input alone, and after a failure there
// is one error and no file.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace mlir;

namespace rondo::test {

// A Dense layer with tanh over a dynamic batch, trained with SGD on the squared error.
static constexpr const char *kModel = R"(
#B = #rondo.dims<["B"]>
module @dense attributes {rondo.symbols = ["B"], rondo.optimizer = {name = "sgd", learning_rate = 0.1}} {
  func.func @forward(
      %x: tensor<?x3xf32, #B> {rondo.input = "x"},
      %w: tensor<3x2xf32> {rondo.parameter = #rondo.parameter<path = "dense/kernel", initializer = {name = "glorot_uniform"}, trainable = true>})
      -> (tensor<?x2xf32, #B> {rondo.output = "dense"}) {
    %0 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #B>, tensor<3x2xf32>) -> tensor<?x2xf32, #B>
    %1 = rondo.tanh %0 : tensor<?x2xf32, #B>
    return %1 : tensor<?x2xf32, #B>
  }
  func.func @evaluate(
      %x: tensor<?x3xf32, #B> {rondo.input = "x"},
      %w: tensor<3x2xf32> {rondo.parameter = #rondo.parameter<path = "dense/kernel", initializer = {name = "glorot_uniform"}, trainable = true>},
      %y: tensor<?x2xf32, #B> {rondo.target = "dense"},
      %weights: tensor<?xf32, #B> {rondo.sample_weight = "dense"})
      -> (tensor<f32> {rondo.loss}) {
    %0 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #B>, tensor<3x2xf32>) -> tensor<?x2xf32, #B>
    %1 = rondo.tanh %0 : tensor<?x2xf32, #B>
    %2 = rondo.sub %1, %y : tensor<?x2xf32, #B>
    %3 = rondo.mul %2, %2 : tensor<?x2xf32, #B>
    %4 = rondo.reduce sum %3 dims = [1] : tensor<?x2xf32, #B> -> tensor<?xf32, #B>
    %5 = rondo.mul %4, %weights : tensor<?xf32, #B>
    %6 = rondo.reduce sum %5 dims = [0] : tensor<?xf32, #B> -> tensor<f32>
    %7 = rondo.size %3 dims = [0, 1] : tensor<?x2xf32, #B> -> tensor<f32>
    %8 = rondo.div %6, %7 : tensor<f32>
    return %8 : tensor<f32>
  }
})";

namespace {

class Compiler : public testing::Test {
protected:
  void SetUp() override {
    registerCompilerDialects(registry);
    context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
    module = parseSourceString<ModuleOp>(kModel, context.get());
    ASSERT_TRUE(module);
    folder = fs::temp_directory_path() / ("rondo-compiler-" + std::to_string(getpid()));
    fs::create_directory(folder);
    options.name = "dense";
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  std::string path(const char *name) const { return (folder / name).string(); }

  size_t countFiles() const {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  }

  std::string print() {
    std::string text;
    llvm::raw_string_ostream(text) << *module;
    return text;
  }

  /// The message of an error that has to occur.
  static std::string messageOf(llvm::Error error) {
    EXPECT_TRUE(bool(error)) << "there is no error";
    return llvm::toString(std::move(error));
  }

  static std::string read(const std::string &path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  DialectRegistry registry;
  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  CompileOptions options;
  fs::path folder;
};

} // namespace

/// A loop of so many steps as the frontend traces it, trained on the mean of its last state.
static std::string unrolledLoop(int steps) {
  std::string body;
  for (int t = 0; t < steps; ++t)
    body += llvm::formatv(R"(
    %x{0} = rondo.slice %x offsets = ["0", "{0}", "0"] : tensor<?x{1}x2xf32, #B> -> tensor<?x1x2xf32, #B>
    %r{0} = rondo.reshape %x{0} : tensor<?x1x2xf32, #B> -> tensor<?x2xf32, #B>
    %p{0} = rondo.contract %h{0}, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #B>, tensor<2x2xf32>) -> tensor<?x2xf32, #B>
    %s{0} = rondo.add %p{0}, %r{0} : tensor<?x2xf32, #B>
    %h{2} = rondo.tanh %s{0} : tensor<?x2xf32, #B>)",
                          t, steps, t + 1)
                .str();
  return llvm::formatv(R"(
#B = #rondo.dims<["B"]>
module @loop attributes {{rondo.symbols = ["B"], rondo.optimizer = {{name = "sgd", learning_rate = 0.1}} {{
  func.func @forward(
      %x: tensor<?x{0}x2xf32, #B> {{rondo.input = "x"}, %h0: tensor<?x2xf32, #B> {{rondo.input = "h"},
      %w: tensor<2x2xf32> {{rondo.parameter = #rondo.parameter<path = "w", initializer = {{name = "zeros"}, trainable = true>})
      -> (tensor<?x2xf32, #B> {{rondo.output = "y"}) {{
    {1}
    return %h{0} : tensor<?x2xf32, #B>
  }
  func.func @evaluate(
      %x: tensor<?x{0}x2xf32, #B> {{rondo.input = "x"}, %h0: tensor<?x2xf32, #B> {{rondo.input = "h"},
      %w: tensor<2x2xf32> {{rondo.parameter = #rondo.parameter<path = "w", initializer = {{name = "zeros"}, trainable = true>})
      -> (tensor<f32> {{rondo.loss}) {{
    {1}
    %l = rondo.reduce sum %h{0} dims = [0, 1] : tensor<?x2xf32, #B> -> tensor<f32>
    return %l : tensor<f32>
  }
})",
                       steps, body)
      .str();
}

TEST_F(Compiler, aLoopOfTheFileHasAsMuchCodeForAnyNumberOfSteps) {
  auto countOf = [&](int steps) {
    module = parseSourceString<ModuleOp>(unrolledLoop(steps), context.get());
    llvm::Expected<std::string> text = emitLevel(*module, Level::Kernels, Isa::Avx2, options);
    EXPECT_TRUE(bool(text)) << llvm::toString(text.takeError());
    return llvm::StringRef(*text).count("kernel.");
  };
  const size_t often = countOf(50);
  EXPECT_GT(often, 0u);
  EXPECT_EQ(countOf(10), often);
  options.disabledRewrites = {"reroll-loops"};
  EXPECT_GT(countOf(50), 5 * often);
}

TEST_F(Compiler, everyLevelCanBeReadAgain) {
  std::string before = print();
  for (Level level : {Level::Rondo, Level::Simplified, Level::Gradients, Level::Kernels,
                      Level::Buffers, Level::Llvm})
    for (Isa isa : {Isa::Avx2, Isa::Avx512}) {
      llvm::Expected<std::string> text = emitLevel(*module, level, isa, options);
      ASSERT_TRUE(bool(text)) << llvm::toString(text.takeError());
      EXPECT_TRUE(parseSourceString<ModuleOp>(*text, context.get())) << *text;
    }
  EXPECT_EQ(print(), before) << "emitLevel changed the module";
}

TEST_F(Compiler, machineCodeComesAsTextAndAsObject) {
  llvm::Expected<std::string> text = emitLevel(*module, Level::Asm, Isa::Avx2, options);
  ASSERT_TRUE(bool(text)) << llvm::toString(text.takeError());
  EXPECT_NE(text->find("rondo_dense_train_step_avx2:"), std::string::npos);
  llvm::Expected<std::string> object = emitLevel(*module, Level::Object, Isa::Avx2, options);
  ASSERT_TRUE(bool(object)) << llvm::toString(object.takeError());
  EXPECT_EQ(object->substr(0, 4), "\x7f"
                                  "ELF");
}

TEST_F(Compiler, gradientsAreMadeOnlyWhereWanted) {
  options.entries = {};
  llvm::Expected<std::string> text = emitLevel(*module, Level::Gradients, Isa::Avx2, options);
  ASSERT_TRUE(bool(text)) << llvm::toString(text.takeError());
  EXPECT_NE(text->find("@evaluate"), std::string::npos);
  EXPECT_EQ(text->find("@loss_and_gradients"), std::string::npos);
}

TEST_F(Compiler, entriesAreThoseThatAreAskedFor) {
  options.entries = {DerivedEntry::Vjp, DerivedEntry::Hvp};
  llvm::Expected<std::string> text = emitLevel(*module, Level::Llvm, Isa::Avx2, options);
  ASSERT_TRUE(bool(text)) << llvm::toString(text.takeError());
  for (const char *entry : {"forward", "evaluate", "vjp", "hvp"})
    EXPECT_NE(text->find(std::string("rondo_dense_") + entry + "_avx2"), std::string::npos)
        << entry;
  for (const char *entry : {"loss_and_gradients", "train_step"})
    EXPECT_EQ(text->find(std::string("rondo_dense_") + entry + "_avx2"), std::string::npos)
        << entry;
}

// A rule that is missing is no defect of the compiler: the error says where it is.
TEST_F(Compiler, aMissingRuleIsAnErrorAtItsPlace) {
  module = parseSourceString<ModuleOp>(R"mlir(
    func.func @evaluate(%x: tensor<2x3x5xf32> {rondo.input = "x"}, %k: tensor<5x4xf32>, %r: tensor<1x4xf32>, %d: tensor<2x1xf32>) -> (tensor<f32> {rondo.loss}) {
      %0:3 = rondo.lstm_grad %x, %k, %r d_last_h(%d : tensor<2x1xf32>) : tensor<2x3x5xf32>, tensor<5x4xf32>, tensor<1x4xf32> -> tensor<2x3x5xf32>, tensor<5x4xf32>, tensor<1x4xf32> loc(fused<"penalty">["m.py":7:3])
      %1 = rondo.reduce sum %0#0 dims = [0, 1, 2] : tensor<2x3x5xf32> -> tensor<f32>
      return %1 : tensor<f32>
    })mlir",
                                       context.get());
  ASSERT_TRUE(module);
  auto lowered = differentiate(*module, options);
  ASSERT_FALSE(bool(lowered));
  bool isSeen = false;
  llvm::handleAllErrors(lowered.takeError(), [&](const NotDifferentiable &problem) {
    isSeen = true;
    EXPECT_EQ(problem.file, "m.py");
    EXPECT_EQ(problem.line, 7u);
    EXPECT_EQ(problem.column, 3u);
    EXPECT_NE(problem.what.find("(layer 'penalty')"), std::string::npos) << problem.what;
  });
  EXPECT_TRUE(isSeen);
}

TEST_F(Compiler, theSameModuleGivesTheSameBytes) {
  std::string before = print();
  for (const char *name : {"a", "b"}) {
    // The name is part of the file (its soname), so both are called model.so.
    fs::create_directory(folder / name);
    llvm::Error error = compileArtifact(*module, options, (folder / name / "model.so").string(),
                                        (folder / name / "model.h").string());
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }
  EXPECT_EQ(read(folder / "a/model.so"), read(folder / "b/model.so"));
  EXPECT_EQ(read(folder / "a/model.h"), read(folder / "b/model.h"));
  EXPECT_EQ(print(), before) << "compileArtifact changed the module";
}

TEST_F(Compiler, withoutTheRuntimeArchiveThereIsNoFile) {
  options.runtimeArchive = path("nowhere.a");
  std::string message = messageOf(compileArtifact(*module, options, path("m.so"), path("m.h")));
  EXPECT_NE(message.find("nowhere.a"), std::string::npos) << message;
  EXPECT_EQ(countFiles(), 0u);
}

TEST_F(Compiler, aHeaderThatCannotBeWrittenLeavesNoLibrary) {
  llvm::Error error = compileArtifact(*module, options, path("m.so"), path("missing/m.h"));
  llvm::handleAllErrors(std::move(error), [](const llvm::ErrorInfoBase &info) {
    // The tool tells faults of the user from its own by this.
    EXPECT_EQ(info.convertToErrorCode(), std::errc::no_such_file_or_directory);
  });
  EXPECT_EQ(countFiles(), 0u);
}

TEST_F(Compiler, aFolderIsNoPlaceForALibrary) {
  std::string message = messageOf(compileArtifact(*module, options, folder.string(), ""));
  EXPECT_NE(message.find(folder.string()), std::string::npos) << message;
  EXPECT_EQ(countFiles(), 0u);
}

TEST_F(Compiler, whatHasNoKernelIsAnErrorWithItsPlace) {
  module = parseSourceString<ModuleOp>(R"(
    func.func @forward(%x: tensor<3xf32> {rondo.input = "x"}) -> (tensor<3xf32> {rondo.output = "y"}) {
      %0 = rondo.cast %x : tensor<3xf32> -> tensor<3xf64> loc(fused<"widen">["m.py":3:5])
      %1 = rondo.cast %0 : tensor<3xf64> -> tensor<3xf32>
      return %1 : tensor<3xf32>
    })",
                                       context.get());
  ASSERT_TRUE(module);
  std::string message = messageOf(compileArtifact(*module, options, path("m.so"), ""));
  EXPECT_EQ(message.find("m.py:3:5: "), 0u) << message;
  EXPECT_EQ(countFiles(), 0u);
}

} // namespace rondo::test
