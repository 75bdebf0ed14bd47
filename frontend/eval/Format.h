//===- Format.h - Text from values ------------------------------*- C++ -*-===//
//
// The three ways in which Python puts values into text: format() with its
// mini-language, which f-strings and str.format use, and the `%` operator.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_FORMAT_H
#define RONDO_FRONTEND_EVAL_FORMAT_H

#include "frontend/eval/Arguments.h"

namespace rondo::eval {

/// format(value, spec); nothing after a report.
std::optional<std::string> formatValue(Interpreter &in, Value value, llvm::StringRef spec,
                                       SourceRange place);
/// `text % operand`.
Value formatPercent(Interpreter &in, llvm::StringRef text, Value operand, SourceRange place);
/// `text.format(…)`; `mapping` is that of format_map, or null.
Value formatFields(Interpreter &in, llvm::StringRef text, const BoundArguments &args,
                   const Dict *mapping);
/// As Python writes a float: the shortest text that reads back as the same number.
std::string realText(double value);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_FORMAT_H
