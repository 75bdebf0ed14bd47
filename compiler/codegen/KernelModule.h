//===- KernelModule.h - Kernel functions and their launches -----*- C++ -*-===//
//
// The two halves of generated code. A `KernelModule` owns the kernel functions
// of a module, each emitted once per signature. An `EntryBuilder` writes the
// function of one entry: it knows where buffers lie and how large they are, and
// launches kernels on them.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_KERNELMODULE_H
#define RONDO_COMPILER_CODEGEN_KERNELMODULE_H

#include "compiler/codegen/Emitter.h"
#include "compiler/codegen/KernelTuning.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include <string>

namespace rondo::codegen {

/// What the body of a kernel function works on.
struct KernelArguments {
  Values pointers;  ///< as in Launch
  Values sizes;     ///< as in Launch
  Value begin, end; ///< iterations [begin, end)
};

/// A kernel and one run of it.
struct Launch {
  /// Names the function, for people who look at assembly or a profile.
  llvm::StringRef name;
  /// Everything that `body` depends on, besides the name.
  std::string signature;
  Values pointers;
  Values sizes; ///< i64
  /// The parallel loop: how many iterations, in chunks of how many. Both depend on sizes only.
  Value iterations;
  Value grain;
  /// About how many vectorisable operations all iterations take together.
  Value cost;
  llvm::function_ref<void(Emitter &, const KernelArguments &)> body;
};

class KernelModule {
public:
  KernelModule(mlir::ModuleOp module, Isa isa, const KernelTuning &tuning)
      : module(module), target(isa), kernelTuning(tuning) {}

  Isa isa() const { return target; }
  const KernelTuning &tuning() const { return kernelTuning; }

  /// Numbers the calls of kernel libraries, over all entries.
  int32_t nextSite() { return sites++; }
  int32_t numSites() const { return sites; }

  /// The function of this launch, of type rondo_kernel.
  mlir::LLVM::LLVMFuncOp kernelFor(const Launch &launch, Location loc);

  /// An internal function of this name, made by `body` at the first call.
  mlir::LLVM::LLVMFuncOp
  functionFor(llvm::StringRef name, Type result, llvm::ArrayRef<Type> arguments,
              llvm::function_ref<void(Emitter &, ValueRange arguments)> body);

  /// The declaration of a function of libm.
  mlir::LLVM::LLVMFuncOp declare(llvm::StringRef name, Type result, llvm::ArrayRef<Type> arguments);

  /// The same for a function of an archive.
  mlir::LLVM::LLVMFuncOp declareHidden(llvm::StringRef name, Type result,
                                       llvm::ArrayRef<Type> arguments);

private:
  mlir::LLVM::LLVMFuncOp makeFunction(llvm::StringRef name, Type result,
                                      llvm::ArrayRef<Type> arguments);

  mlir::ModuleOp module;
  Isa target;
  KernelTuning kernelTuning;
  llvm::StringMap<mlir::LLVM::LLVMFuncOp> kernels; // by name and signature
  llvm::StringMap<unsigned> counts;                // kernels of a name
  int32_t sites = 0;
};

/// A buffer: where it lies and its sizes (i64), constant where static.
struct Buffer {
  Value pointer;
  Values sizes;
  mlir::MemRefType type;

  Type element() const { return type.getElementType(); }
  bool isUnit(unsigned dimension) const { return type.getDimSize(dimension) == 1; }
};

class EntryBuilder {
public:
  EntryBuilder(KernelModule &kernels, OpBuilder &builder, Location loc, Value runtime)
      : kernels(kernels), e(builder, loc, kernels.isa()), runtime(runtime) {}

  KernelModule &module() { return kernels; }
  /// Emits into the entry: sizes and grains of launches.
  Emitter &emitter() { return e; }
  /// The rondo_rt of the call.
  Value rt() const { return runtime; }

  // What the values of the function that is being lowered became.
  void bind(Value memref, Buffer buffer) { buffers[memref] = std::move(buffer); }
  const Buffer &buffer(Value memref) const { return buffers.find(memref)->second; }
  /// Where a buffer lies; a null pointer where there is none.
  Value pointerOf(Value memref);
  void bind(Value scalar, Value lowered) { scalars[scalar] = lowered; }
  Value scalar(Value scalar) const { return scalars.lookup(scalar); }

  /// How many threads the call may use.
  Value threads();
  /// A size of chunks, a multiple of `multiple` and at most `most`, itself one, that divides
  /// `count` evenly among the threads, or among fewer where there are `others` such counts; not
  /// less than about half of what it could be.
  Value evenGrain(Value count, Value most, int64_t multiple, Value others = {});

  void launch(const Launch &launch);
  /// Runs a kernel as an ordered loop: iteration step * parts + part. Without a second part the
  /// calling thread runs it at once. `iterations`, `grain` and `cost` are not asked.
  void launchOrdered(const Launch &launch, Value steps, Value parts);

private:
  /// The array of addresses that the kernel of a launch reads.
  Value tableOf(const Launch &launch);

  KernelModule &kernels;
  Emitter e;
  Value runtime;
  llvm::DenseMap<Value, Buffer> buffers;
  llvm::DenseMap<Value, Value> scalars;
};

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_KERNELMODULE_H
