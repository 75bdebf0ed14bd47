//===- ScalarOperations.h - Programs on single numbers ----------*- C++ -*-===//
//
// What a model computes outside of its entries, such as the learning rate of a schedule: the
// `program` of a `schedule` in `rondo.optimizer`. It is an array of instructions, each an array of
// the operation's name and its operands, which are the numbers of earlier instructions; the last
// instruction is the result:
//
//   [["input", 0], ["constant", 1.0e-3 : f64], ["mul", 0, 1]]
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_SCALAROPERATIONS_H
#define RONDO_DIALECT_IR_SCALAROPERATIONS_H

#include "mlir/IR/Attributes.h"
#include "llvm/ADT/StringRef.h"

namespace rondo {

struct ScalarOperation {
  llvm::StringLiteral name;
  int64_t operands;
};

/// In the order of rondo/generated.h. `input` has the number of an input for its operand, and
/// `constant` an f64; the others compute what the ops and predicates of these names do.
inline constexpr ScalarOperation kScalarOperations[] = {
    {"input", 1},   {"constant", 1}, {"neg", 1},  {"exp", 1},     {"log", 1},   {"expm1", 1},
    {"log1p", 1},   {"sqrt", 1},     {"tanh", 1}, {"sigmoid", 1}, {"relu", 1},  {"erf", 1},
    {"sin", 1},     {"cos", 1},      {"abs", 1},  {"sign", 1},    {"floor", 1}, {"truncate", 1},
    {"add", 2},     {"sub", 2},      {"mul", 2},  {"div", 2},     {"pow", 2},   {"maximum", 2},
    {"minimum", 2}, {"eq", 2},       {"ne", 2},   {"lt", 2},      {"le", 2},    {"gt", 2},
    {"ge", 2},      {"select", 3}};

/// The operation of this name, or null.
const ScalarOperation *scalarOperation(llvm::StringRef name);

/// The most instructions of a program.
inline constexpr size_t kMaxScalarInstructions = 4096;

/// Whether it is a program on so many inputs.
bool isScalarProgram(mlir::Attribute attribute, int64_t inputs);

} // namespace rondo

#endif // RONDO_DIALECT_IR_SCALAROPERATIONS_H
