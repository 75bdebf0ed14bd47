//===- ScalarOperations.cpp - Programs on single numbers ------------------===//
//
// Which attributes are programs.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/ScalarOperations.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo {

const ScalarOperation *scalarOperation(llvm::StringRef name) {
  const auto *found = llvm::find_if(kScalarOperations,
                                    [&](const ScalarOperation &each) { return each.name == name; });
  return found == std::end(kScalarOperations) ? nullptr : found;
}

/// Whether it is a number below a limit.
static bool isBelow(Attribute attribute, int64_t limit) {
  auto number = dyn_cast<IntegerAttr>(attribute);
  return number && number.getType().isInteger(64) && number.getInt() >= 0 &&
         number.getInt() < limit;
}

static bool isInstruction(Attribute attribute, int64_t earlier, int64_t inputs) {
  auto words = dyn_cast<ArrayAttr>(attribute);
  auto name = words && !words.empty() ? dyn_cast<StringAttr>(words[0]) : nullptr;
  const ScalarOperation *operation = name ? scalarOperation(name.getValue()) : nullptr;
  if (!operation || static_cast<int64_t>(words.size()) != operation->operands + 1)
    return false;
  if (operation->name == "constant") {
    auto number = dyn_cast<FloatAttr>(words[1]);
    return number && number.getType().isF64();
  }
  const int64_t limit = operation->name == "input" ? inputs : earlier;
  return llvm::all_of(llvm::drop_begin(words),
                      [&](Attribute operand) { return isBelow(operand, limit); });
}

bool isScalarProgram(Attribute attribute, int64_t inputs) {
  auto program = dyn_cast<ArrayAttr>(attribute);
  if (!program || program.empty() || program.size() > kMaxScalarInstructions)
    return false;
  for (auto [earlier, instruction] : llvm::enumerate(program))
    if (!isInstruction(instruction, earlier, inputs))
      return false;
  return true;
}

} // namespace rondo
