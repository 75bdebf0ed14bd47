//===- KernelModule.cpp - Kernel functions and their launches -------------===//
//
// A kernel function reads its buffers' addresses and its sizes from the array
// that the runtime passes along: args[0] points to the sizes, args[1…] are the
// buffers.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/KernelModule.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo::codegen {

/// Below this many operations, waking a second thread costs more than it saves.
static constexpr int64_t kParallelCost = 1 << 18;

LLVM::LLVMFuncOp KernelModule::makeFunction(StringRef name, Type result, ArrayRef<Type> arguments) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(result, arguments);
  return builder.create<LLVM::LLVMFuncOp>(module.getLoc(), name, type, LLVM::Linkage::Internal);
}

LLVM::LLVMFuncOp
KernelModule::functionFor(StringRef name, Type result, ArrayRef<Type> arguments,
                          llvm::function_ref<void(Emitter &, ValueRange arguments)> body) {
  if (auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return function;
  LLVM::LLVMFuncOp function = makeFunction(name, result, arguments);
  OpBuilder builder(function.getContext());
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
  Emitter emitter(builder, function.getLoc(), target);
  body(emitter, function.getArguments());
  return function;
}

LLVM::LLVMFuncOp KernelModule::declare(StringRef name, Type result, ArrayRef<Type> arguments) {
  if (auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return function;
  LLVM::LLVMFuncOp function = makeFunction(name, result, arguments);
  function.setLinkage(LLVM::Linkage::External);
  return function;
}

LLVM::LLVMFuncOp KernelModule::kernelFor(const Launch &launch, Location loc) {
  LLVM::LLVMFuncOp &function = kernels[(launch.name + ":" + launch.signature).str()];
  if (function)
    return function;

  MLIRContext *context = module.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context), i64 = IntegerType::get(context, 64);
  std::string name = (launch.name + "." + Twine(counts[launch.name]++)).str();
  function = makeFunction(name, LLVM::LLVMVoidType::get(context), {pointer, i64, i64});
  OpBuilder builder(context);
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
  Emitter e(builder, loc, target);
  KernelArguments arguments;
  Value table = function.getArgument(0);
  arguments.begin = function.getArgument(1);
  arguments.end = function.getArgument(2);
  auto entry = [&](Value array, size_t index, Type type) {
    return e.load(e.at(array, e.i64(index), type), type);
  };
  Value sizes = entry(table, 0, pointer);
  for (size_t index = 0; index < launch.sizes.size(); ++index)
    arguments.sizes.push_back(entry(sizes, index, i64));
  for (size_t index = 0; index < launch.pointers.size(); ++index)
    arguments.pointers.push_back(entry(table, index + 1, pointer));
  launch.body(e, arguments);
  e.create<LLVM::ReturnOp>(ValueRange());
  return function;
}

void EntryBuilder::launch(const Launch &launch) {
  LLVM::LLVMFuncOp kernel = kernels.kernelFor(launch, e.loc());
  Type pointer = e.pointerType();

  Value sizes = e.stack(e.i64Type(), launch.sizes.size());
  for (auto [index, size] : llvm::enumerate(launch.sizes))
    e.store(size, e.at(sizes, e.i64(index), e.i64Type()));
  Value table = e.stack(pointer, launch.pointers.size() + 1);
  e.store(sizes, table);
  for (auto [index, address] : llvm::enumerate(launch.pointers))
    e.store(address, e.at(table, e.i64(index + 1), pointer));

  e.ifThen(
      e.less(launch.cost, e.i64(kParallelCost)),
      [&] { e.create<LLVM::CallOp>(kernel, ValueRange{table, e.i64(0), launch.iterations}); },
      [&] {
        // rt->parallel_for(rt, kernel, table, iterations, grain)
        Value parallelFor = e.load(runtime, pointer);
        auto type =
            LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(e.builder().getContext()),
                                        {pointer, pointer, pointer, e.i64Type(), e.i64Type()});
        Value address = e.create<LLVM::AddressOfOp>(kernel);
        e.create<LLVM::CallOp>(type, ValueRange{parallelFor, runtime, address, table,
                                                launch.iterations, launch.grain});
      });
}

} // namespace rondo::codegen
