//===- KernelTest.cpp - Compiles one entry and runs it --------------------===//
//
// The entry of a clone is hidden in its library; a function that forwards to it
// is linked beside it and exported.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include "compiler/codegen/Object.h"
#include "compiler/codegen/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SourceMgr.h"
#include "tests/kernels/GuardPages.h"
#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <numeric>
#include <random>
#include <stdexcept>
#include <thread>

namespace rondo::test {

static void require(bool condition, const std::string &what) {
  if (!condition)
    throw std::runtime_error(what);
}

template <typename T> static T take(llvm::Expected<T> value) {
  if (!value)
    throw std::runtime_error(llvm::toString(value.takeError()));
  return std::move(*value);
}

static std::string moduleText(const std::vector<std::string> &symbols,
                              const std::vector<Argument> &ins, const std::vector<Argument> &outs,
                              const std::string &body) {
  auto quoted = [](const std::vector<std::string> &names) {
    std::string text;
    for (const std::string &name : names)
      text += (text.empty() ? "\"" : ", \"") + name + "\"";
    return "[" + text + "]";
  };
  std::string arguments;
  auto add = [&](const std::string &name, const std::string &type, const std::string &kind,
                 size_t index, const std::string &more) {
    arguments += (arguments.empty() ? "%" : ", %") + name + ": " + type +
                 " {kernel.bind = #kernel.bind<" + kind + ", " + std::to_string(index) + ", 0>" +
                 more + "}";
  };
  auto addAll = [&](const std::vector<Argument> &list, const std::string &kind) {
    for (size_t index = 0; index < list.size(); ++index)
      add(list[index].name, list[index].type, kind, index,
          ", kernel.dims = " + quoted(list[index].dims));
  };
  addAll(ins, "in");
  addAll(outs, "out");
  for (size_t index = 0; index < symbols.size(); ++index)
    add(symbols[index], "index", "dim", index, "");
  add("arena", "memref<?xi8>", "arena", 0, "");
  return "module attributes {rondo.symbols = " + quoted(symbols) + "} {\nfunc.func @forward(" +
         arguments +
         ") attributes {kernel.entry = \"forward\", kernel.lifetimes = array<i64>} {\n" + body +
         "\nreturn\n}\n}\n";
}

static ObjectBytes forwarder(Isa isa) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  std::string text = R"(
    declare hidden i32 @TARGET(ptr, ptr, ptr, ptr, ptr)
    define i32 @run(ptr %in, ptr %out, ptr %dims, ptr %arena, ptr %rt) {
      %status = tail call i32 @TARGET(ptr %in, ptr %out, ptr %dims, ptr %arena, ptr %rt)
      ret i32 %status
    })";
  const std::string target = "rondo_test_forward_" + isaName(isa).str();
  for (size_t at; (at = text.find("TARGET")) != std::string::npos;)
    text.replace(at, 6, target);
  auto module = llvm::parseAssemblyString(text, problem, context);
  require(bool(module), problem.getMessage().str());
  return take(codegen::generateCode(*module, std::nullopt, llvm::CodeGenFileType::ObjectFile));
}

CompiledModule::CompiledModule(Isa isa, const std::string &text, const KernelTuning &tuning) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::func::FuncDialect, mlir::memref::MemRefDialect>();
  registerCodegenDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  std::string errors;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    errors += diagnostic.str() + "\n";
    return mlir::success();
  });
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceString<mlir::ModuleOp>(text, mlir::ParserConfig(&context));
  require(bool(module), errors + "in\n" + text);
  mlir::PassManager passes(&context);
  passes.addPass(createGenerateKernelsPass(isa, "test", /*profile=*/false, tuning));
  populateLlvmPasses(passes);
  require(mlir::succeeded(passes.run(*module)), errors);
  entries = take(collectEntries(*module, isa));
  object = take(emitObject(*module, isa));
}

Library::Library(const std::vector<ObjectBytes> &objects, const std::string &exported) {
  llvm::SmallString<128> path;
  require(!llvm::sys::fs::createTemporaryFile("rondo-kernel", "so", path), "no temporary file");
  llvm::Error error = linkSharedLibrary(objects, {RONDO_RUNTIME_ARCHIVE}, exported, path);
  require(!error, llvm::toString(std::move(error)));
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  llvm::sys::fs::remove(path);
  require(handle != nullptr, "the library does not load");
}

Library::~Library() {
  if (handle)
    dlclose(handle);
}

void *Library::find(const std::string &symbol) const { return dlsym(handle, symbol.c_str()); }

Kernel::Kernel(Isa isa, const std::vector<std::string> &symbols, const std::vector<Argument> &ins,
               const std::vector<Argument> &outs, const std::string &body,
               const KernelTuning &tuning)
    : symbols(symbols), ins(ins), outs(outs) {
  std::vector<ObjectBytes> objects;
  objects.push_back(CompiledModule(isa, moduleText(symbols, ins, outs, body), tuning).object);
  objects.push_back(forwarder(isa));
  library = std::make_unique<Library>(objects, "run");
  entry = reinterpret_cast<rondo_entry_fn>(library->find("run"));
  require(entry != nullptr, "the library lacks its entry");
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

static void runWhole(const rondo_rt *, rondo_kernel kernel, void *const *args, int64_t n, int64_t) {
  kernel(args, 0, n);
}

static void runBackwards(const rondo_rt *, rondo_kernel kernel, void *const *args, int64_t n,
                         int64_t grain) {
  for (int64_t begin = (n - 1) / grain * grain; begin >= 0; begin -= grain)
    kernel(args, begin, std::min(begin + grain, n));
}

static void runOnTwoThreads(const rondo_rt *, rondo_kernel kernel, void *const *args, int64_t n,
                            int64_t grain) {
  auto everySecond = [=](int64_t first) {
    for (int64_t begin = first * grain; begin < n; begin += 2 * grain)
      kernel(args, begin, std::min(begin + grain, n));
  };
  std::thread other(everySecond, 1);
  everySecond(0);
  other.join();
}

static void runOrdered(const rondo_rt *, rondo_kernel kernel, void *const *args, int64_t steps,
                       int64_t parts) {
  // Parts of a step in another order than their numbers.
  for (int64_t step = 0; step < steps; ++step)
    for (int64_t part = parts; part-- > 0;)
      kernel(args, step * parts + part, step * parts + part + 1);
}

static void runOrderedOnTwoThreads(const rondo_rt *, rondo_kernel kernel, void *const *args,
                                   int64_t steps, int64_t parts) {
  for (int64_t step = 0; step < steps; ++step) {
    std::thread other(kernel, args, step * parts, step * parts + 1);
    kernel(args, step * parts + 1, (step + 1) * parts);
    other.join();
  }
}

void Kernel::run(const std::vector<int64_t> &dims, const std::vector<const void *> &ins,
                 const std::vector<void *> &outs, Schedule schedule, void *arena,
                 rondo_status failure) const {
  if (GuardPages::any())
    return runBetweenGuards(dims, ins, outs, schedule, arena, failure);
  ASSERT_EQ(call(dims, ins, outs, schedule, arena, failure), 0);
}

int32_t Kernel::call(const std::vector<int64_t> &dims, const std::vector<const void *> &ins,
                     const std::vector<void *> &outs, Schedule schedule, void *arena,
                     rondo_status failure) const {
  rondo_rt runtime{};
  int32_t status = failure;
  runtime.failure = &status;
  runtime.parallel_for = schedule == Schedule::Whole       ? runWhole
                         : schedule == Schedule::Backwards ? runBackwards
                                                           : runOnTwoThreads;
  runtime.ordered_for = schedule == Schedule::TwoThreads ? runOrderedOnTwoThreads : runOrdered;
  runtime.threads = schedule == Schedule::Whole ? 1 : 2;
  runtime.stale = 1;
  return entry(ins.data(), outs.data(), dims.data(), arena, &runtime);
}

int GuardPages::alive = 0;

/// How many bytes an argument has: its type's sizes, "?" those of its symbols in their order.
static size_t sizeInBytes(const Argument &argument, const std::vector<std::string> &symbols,
                          const std::vector<int64_t> &dims) {
  llvm::StringRef type(argument.type);
  require(type.consume_front("memref<") && type.consume_back(">"), "no buffer: " + argument.type);
  llvm::SmallVector<llvm::StringRef> parts;
  type.split(parts, 'x');
  const llvm::StringRef element = parts.pop_back_val();
  int64_t bytes = element == "i64" ? 8 : element == "i1" || element == "i8" ? 1 : 4;
  require(bytes != 4 || element == "f32" || element == "i32", "unknown element of " + argument.type);
  size_t symbol = 0;
  for (llvm::StringRef part : parts) {
    int64_t size = 0;
    if (part != "?") {
      require(!part.getAsInteger(10, size), "unknown size in " + argument.type);
    } else {
      // A symbol, or one and a number.
      auto [name, more] = llvm::StringRef(argument.dims.at(symbol++)).split('+');
      auto at = std::find(symbols.begin(), symbols.end(), name);
      require(at != symbols.end() && (more.empty() || !more.getAsInteger(10, size)),
              "unknown size of " + argument.name);
      size += dims.at(at - symbols.begin());
    }
    bytes *= size;
  }
  return bytes;
}

void Kernel::runBetweenGuards(const std::vector<int64_t> &dims,
                              const std::vector<const void *> &givenIns,
                              const std::vector<void *> &givenOuts, Schedule schedule, void *arena,
                              rondo_status failure) const {
  std::vector<GuardedBuffer> buffers;
  for (const std::vector<Argument> *arguments : {&ins, &outs})
    for (const Argument &argument : *arguments)
      buffers.emplace_back(sizeInBytes(argument, symbols, dims));
  const size_t inCount = ins.size();
  auto given = [&](size_t i) { return i < inCount ? givenIns[i] : givenOuts[i - inCount]; };
  auto name = [&](size_t i) { return i < inCount ? ins[i].name : outs[i - inCount].name; };

  std::vector<std::vector<char>> results;
  for (bool atEnd : {true, false}) {
    std::vector<const void *> placedIns;
    std::vector<void *> placedOuts;
    for (size_t i = 0; i < buffers.size(); ++i) {
      void *place = buffers[i].place(atEnd);
      if (buffers[i].size())
        std::memcpy(place, given(i), buffers[i].size());
      if (i < inCount)
        placedIns.push_back(place);
      else
        placedOuts.push_back(place);
    }
    int32_t status = 0;
    const void *fault = faultOf(
        [&] { status = call(dims, placedIns, placedOuts, schedule, arena, failure); });
    if (fault) {
      std::string where = "no buffer's end";
      for (size_t i = 0; i < buffers.size(); ++i)
        if (buffers[i].guards(fault)) {
          auto offset = static_cast<const char *>(fault) -
                        static_cast<const char *>(buffers[i].place(atEnd));
          where = "byte " + std::to_string(offset) + " of %" + name(i) + ", which has " +
                  std::to_string(buffers[i].size());
        }
      FAIL() << "the kernel touched " << where << "; sizes: " << testing::PrintToString(dims);
    }
    ASSERT_EQ(status, 0);
    for (size_t i = inCount; i < buffers.size(); ++i) {
      auto *bytes = static_cast<const char *>(buffers[i].place(atEnd));
      if (atEnd)
        results.emplace_back(bytes, bytes + buffers[i].size());
      else
        ASSERT_TRUE(std::equal(bytes, bytes + buffers[i].size(), results[i - inCount].begin()))
            << "%" << name(i) << " depends on where buffers are";
    }
  }
  for (size_t i = 0; i < results.size(); ++i)
    std::copy(results[i].begin(), results[i].end(), static_cast<char *>(givenOuts[i]));
}

std::vector<std::vector<int64_t>> sizesUpTo40(size_t count, size_t places, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<std::vector<int64_t>> tuples(count, std::vector<int64_t>(places));
  std::vector<int64_t> sizes(40);
  std::iota(sizes.begin(), sizes.end(), 1);
  for (size_t place = 0; place < places; ++place)
    for (size_t i = 0; i < count; ++i) {
      if (i % sizes.size() == 0)
        std::shuffle(sizes.begin(), sizes.end(), generator);
      tuples[i][place] = sizes[i % sizes.size()];
    }
  return tuples;
}

void IsaTest::SetUp() {
  if (!hostSupports(GetParam()))
    GTEST_SKIP() << "this processor does not have " << isaName(GetParam()).str();
}

std::string isaTestName(const testing::TestParamInfo<Isa> &info) {
  return isaName(info.param).str();
}

Floats randomFloats(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(-1, 1);
  Floats result(count);
  for (float &value : result)
    value = distribution(generator);
  return result;
}

void expectClose(const Floats &actual, const std::vector<double> &expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  double scale = 0;
  for (double value : expected)
    scale = std::max(scale, std::abs(value));
  for (size_t index = 0; index < actual.size(); ++index)
    ASSERT_LE(std::abs(actual[index] - expected[index]), tolerance * scale)
        << "element " << index << ": " << actual[index] << " instead of " << expected[index];
}

void expectSameBits(const std::function<std::vector<Floats>(Kernel::Schedule)> &run) {
  std::vector<Floats> whole = run(Kernel::Schedule::Whole);
  for (Kernel::Schedule schedule : {Kernel::Schedule::Backwards, Kernel::Schedule::TwoThreads}) {
    std::vector<Floats> other = run(schedule);
    ASSERT_EQ(whole.size(), other.size());
    for (size_t index = 0; index < whole.size(); ++index) {
      ASSERT_EQ(whole[index].size(), other[index].size());
      EXPECT_EQ(std::memcmp(whole[index].data(), other[index].data(),
                            whole[index].size() * sizeof(float)),
                0)
          << "result " << index << " depends on how the loop is divided";
    }
  }
}

} // namespace rondo::test
