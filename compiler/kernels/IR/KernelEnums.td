//===- KernelEnums.td - Enums of the kernel dialect -----------------------===//
//
// Apart from KernelOps.td, because the generator of enums would emit those of
// an included dialect again.
//
//===----------------------------------------------------------------------===//

#ifndef KERNEL_ENUMS
#define KERNEL_ENUMS

include "mlir/IR/EnumAttr.td"

def Kernel_BindKind : I32EnumAttr<"BindKind", "a place in the C calling convention", [
  I32EnumAttrCase<"in", 0>, I32EnumAttrCase<"out", 1>, I32EnumAttrCase<"dim", 2>,
  I32EnumAttrCase<"arena", 3>]> {
  let cppNamespace = "::rondo::kernel";
  let genSpecializedAttr = 0;
}

// As runtime/onednn/onednn.h numbers them.
def Kernel_OnednnKind : I32EnumAttr<"OnednnKind", "a primitive of oneDNN", [
  I32EnumAttrCase<"lstm_inference", 0>, I32EnumAttrCase<"lstm_training", 1>,
  I32EnumAttrCase<"lstm_backward", 2>, I32EnumAttrCase<"matmul", 3>]> {
  let cppNamespace = "::rondo::kernel";
  let genSpecializedAttr = 0;
}

def Kernel_OnednnBuffer : I32EnumAttr<"OnednnBuffer", "a buffer that a primitive needs", [
  I32EnumAttrCase<"scratchpad", 0>, I32EnumAttrCase<"packed", 1>, I32EnumAttrCase<"workspace", 2>]> {
  let cppNamespace = "::rondo::kernel";
  let genSpecializedAttr = 0;
}

#endif // KERNEL_ENUMS
