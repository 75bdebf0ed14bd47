//===- AST.cpp - The syntax tree of a model file ----------------*- C++ -*-===//
//
// How operators are spelled.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/AST.h"
#include "llvm/Support/ErrorHandling.h"

namespace rondo::ast {

llvm::StringRef spelling(BinaryOp op) {
  switch (op) {
  case BinaryOp::Add:
    return "+";
  case BinaryOp::Sub:
    return "-";
  case BinaryOp::Mul:
    return "*";
  case BinaryOp::MatMul:
    return "@";
  case BinaryOp::Div:
    return "/";
  case BinaryOp::FloorDiv:
    return "//";
  case BinaryOp::Mod:
    return "%";
  case BinaryOp::Pow:
    return "**";
  case BinaryOp::LeftShift:
    return "<<";
  case BinaryOp::RightShift:
    return ">>";
  case BinaryOp::BitAnd:
    return "&";
  case BinaryOp::BitOr:
    return "|";
  case BinaryOp::BitXor:
    return "^";
  }
  llvm_unreachable("no such operator");
}

llvm::StringRef spelling(CompareOp op) {
  switch (op) {
  case CompareOp::Equal:
    return "==";
  case CompareOp::NotEqual:
    return "!=";
  case CompareOp::Less:
    return "<";
  case CompareOp::LessEqual:
    return "<=";
  case CompareOp::Greater:
    return ">";
  case CompareOp::GreaterEqual:
    return ">=";
  case CompareOp::In:
    return "in";
  case CompareOp::NotIn:
    return "not in";
  case CompareOp::Is:
    return "is";
  case CompareOp::IsNot:
    return "is not";
  }
  llvm_unreachable("no such operator");
}

} // namespace rondo::ast
