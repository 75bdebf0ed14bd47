//===- Errors.h - What the interpreter says -----------------------*- C++ -*-===//
//
// Errors of the reference interpreter, and shapes and types in them.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_REFERENCE_ERRORS_H
#define RONDO_DIALECT_REFERENCE_ERRORS_H

#include "dialect/IR/DimExpr.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace rondo::reference {

/// As printf.
template <typename... Args> llvm::Error error(const char *format, Args... args) {
  return llvm::createStringError(std::errc::invalid_argument, format, args...);
}

inline std::string str(llvm::ArrayRef<int64_t> shape) {
  return describeDims(llvm::SmallVector<DimExpr>(shape.begin(), shape.end()));
}

inline std::string str(mlir::Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

} // namespace rondo::reference

#endif // RONDO_DIALECT_REFERENCE_ERRORS_H
