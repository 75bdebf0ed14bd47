//===- Context.h - Objects of ours that blocks are in -----------*- C++ -*-===//
//
// What `with` takes besides objects of the file that have `__enter__` and `__exit__`.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_CONTEXT_H
#define RONDO_FRONTEND_EVAL_CONTEXT_H

#include "frontend/eval/Value.h"

namespace rondo::eval {

/// What a block of `with` is in: `keras.name_scope("encoder")`.
class Context : public Object {
public:
  /// Begins; what it gives ends with the block, however that is left.
  virtual std::shared_ptr<void> enter() = 0;
};

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_CONTEXT_H
