//===- Exceptions.h - What is raised ----------------------------*- C++ -*-===//
//
// Exceptions are objects of classes, of Python's own or of the file, so that a file
// may derive from any of them.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_EXCEPTIONS_H
#define RONDO_FRONTEND_EVAL_EXCEPTIONS_H

#include "frontend/eval/Class.h"

namespace rondo::eval {

class Exception : public InstanceOf<Object> {
public:
  Exception(Class &type, std::vector<Value> args) : InstanceOf(type), args(std::move(args)) {}
  std::string repr(unsigned depth) const override;
  std::string str() const override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;

  /// What BaseException.__str__ says.
  std::string plainText() const;
  /// Whether it is an exception of the class, or of one behind it.
  bool isA(const Class *other) const { return type.isSubclassOf(other); }

  /// What it was made from.
  std::vector<Value> args;
  /// `raise … from cause`.
  Value cause;
};

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_EXCEPTIONS_H
