//===- KernelModule.cpp - Kernel functions and their launches -------------===//
//
// A kernel function reads its buffers' addresses and its sizes from the array
// that the runtime passes along: args[0] points to the sizes, args[1…] are the
// buffers.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/KernelModule.h"
#include "rondo/generated.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo::codegen {

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

LLVM::LLVMFuncOp KernelModule::declareHidden(StringRef name, Type result,
                                             ArrayRef<Type> arguments) {
  LLVM::LLVMFuncOp function = declare(name, result, arguments);
  function.setVisibility_(LLVM::Visibility::Hidden);
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

/// The body of `launch(rt, kernel, table, iterations, grain, cost)`.
static void emitLaunch(Emitter &e, ValueRange arguments, int64_t parallelCost) {
  Value runtime = arguments[0], kernel = arguments[1], table = arguments[2],
        iterations = arguments[3], grain = arguments[4], cost = arguments[5];
  Type pointer = e.pointerType(), i64 = e.i64Type();
  Type none = LLVM::LLVMVoidType::get(e.builder().getContext());
  e.ifThen(
      e.less(cost, e.i64(parallelCost)),
      [&] {
        auto type = LLVM::LLVMFunctionType::get(none, {pointer, i64, i64});
        e.create<LLVM::CallOp>(type, ValueRange{kernel, table, e.i64(0), iterations});
      },
      [&] {
        // rt->parallel_for(rt, kernel, table, iterations, grain)
        auto type = LLVM::LLVMFunctionType::get(none, {pointer, pointer, pointer, i64, i64});
        Value parallelFor = e.load(runtime, pointer);
        e.create<LLVM::CallOp>(type,
                               ValueRange{parallelFor, runtime, kernel, table, iterations, grain});
      });
  e.create<LLVM::ReturnOp>(ValueRange());
}

/// The body of `launch_ordered(rt, kernel, table, steps, parts)`.
static void emitLaunchOrdered(Emitter &e, ValueRange arguments) {
  Value runtime = arguments[0], kernel = arguments[1], table = arguments[2], steps = arguments[3],
        parts = arguments[4];
  Type pointer = e.pointerType(), i64 = e.i64Type();
  Type none = LLVM::LLVMVoidType::get(e.builder().getContext());
  e.ifThen(
      e.less(parts, e.i64(2)),
      [&] {
        auto type = LLVM::LLVMFunctionType::get(none, {pointer, i64, i64});
        e.create<LLVM::CallOp>(type, ValueRange{kernel, table, e.i64(0), e.mul(steps, parts)});
      },
      [&] {
        // rt->ordered_for(rt, kernel, table, steps, parts)
        auto type = LLVM::LLVMFunctionType::get(none, {pointer, pointer, pointer, i64, i64});
        Value place =
            e.at(runtime, e.i64(offsetof(rondo_rt, ordered_for)), e.builder().getI8Type());
        e.create<LLVM::CallOp>(type, ValueRange{e.load(place, pointer), runtime, kernel, table,
                                                steps, parts});
      });
  e.create<LLVM::ReturnOp>(ValueRange());
}

Value EntryBuilder::pointerOf(Value memref) {
  return memref ? buffer(memref).pointer : Value(e.create<LLVM::ZeroOp>(e.pointerType()));
}

Value EntryBuilder::tableOf(const Launch &launch) {
  Type pointer = e.pointerType(), i64 = e.i64Type();
  Value sizes = e.stack(i64, launch.sizes.size());
  for (auto [index, size] : llvm::enumerate(launch.sizes))
    e.store(size, e.at(sizes, e.i64(index), i64));
  Value table = e.stack(pointer, launch.pointers.size() + 1);
  e.store(sizes, table);
  for (auto [index, address] : llvm::enumerate(launch.pointers))
    e.store(address, e.at(table, e.i64(index + 1), pointer));
  return table;
}

Value EntryBuilder::threads() {
  Value place = e.at(runtime, e.i64(offsetof(rondo_rt, threads)), e.builder().getI8Type());
  return e.create<arith::ExtSIOp>(e.i64Type(), e.load(place, e.builder().getI32Type()));
}

/// The body of `even_grain(count, most, multiple, threads, others)`.
static void emitEvenGrain(Emitter &e, ValueRange arguments) {
  Value count = arguments[0], most = arguments[1], multiple = arguments[2];
  Value threads = e.ceilDiv(arguments[3], e.max(arguments[4], e.i64(1)));
  Value share = e.max(e.mul(e.ceilDiv(e.ceilDiv(count, threads), multiple), multiple), multiple);
  most = e.min(most, share);
  /// What the thread with the most to do has to do.
  auto span = [&](Value grain) {
    return e.mul(e.ceilDiv(e.ceilDiv(count, grain), threads), grain);
  };
  Value candidates = e.add(e.div(most, e.mul(multiple, e.i64(2))), e.i64(1));
  Values best = e.loop(e.i64(1), candidates, 1, {most, span(most)}, [&](Value i, ValueRange best) {
    Value grain = e.sub(most, e.mul(i, multiple)), itsSpan = span(grain);
    // Smaller chunks cost something too.
    Value isBetter = e.less(itsSpan, e.sub(best[1], e.div(best[1], e.i64(16))));
    return Values{e.select(isBetter, grain, best[0]), e.select(isBetter, itsSpan, best[1])};
  });
  e.create<LLVM::ReturnOp>(ValueRange{best[0]});
}

Value EntryBuilder::evenGrain(Value count, Value most, int64_t multiple, Value others) {
  Type i64 = e.i64Type();
  LLVM::LLVMFuncOp function =
      kernels.functionFor("even_grain", i64, {i64, i64, i64, i64, i64}, emitEvenGrain);
  Values arguments{count, most, e.i64(multiple), threads(), others ? others : e.i64(1)};
  return e.create<LLVM::CallOp>(function, arguments).getResult();
}

void EntryBuilder::launch(const Launch &launch) {
  LLVM::LLVMFuncOp kernel = kernels.kernelFor(launch, e.loc());
  Type pointer = e.pointerType(), i64 = e.i64Type();
  LLVM::LLVMFuncOp function = kernels.functionFor(
      "launch", LLVM::LLVMVoidType::get(e.builder().getContext()),
      {pointer, pointer, pointer, i64, i64, i64}, [&](Emitter &e, ValueRange arguments) {
        emitLaunch(e, arguments, kernels.tuning().parallelCost);
      });
  Value table = tableOf(launch), address = e.create<LLVM::AddressOfOp>(kernel);
  e.create<LLVM::CallOp>(
      function, ValueRange{runtime, address, table, launch.iterations, launch.grain, launch.cost});
}

void EntryBuilder::launchOrdered(const Launch &launch, Value steps, Value parts) {
  LLVM::LLVMFuncOp kernel = kernels.kernelFor(launch, e.loc());
  Type pointer = e.pointerType(), i64 = e.i64Type();
  LLVM::LLVMFuncOp function =
      kernels.functionFor("launch_ordered", LLVM::LLVMVoidType::get(e.builder().getContext()),
                          {pointer, pointer, pointer, i64, i64}, emitLaunchOrdered);
  Value table = tableOf(launch), address = e.create<LLVM::AddressOfOp>(kernel);
  e.create<LLVM::CallOp>(function, ValueRange{runtime, address, table, steps, parts});
}

} // namespace rondo::codegen
