//===- OldNames.h - Names that Keras had before version 3 -------*- C++ -*-===//
//
// Keras 1 and 2 as people wrote them: other paths of modules, other names of
// layers and arguments. They are understood, with a warning (`old-keras-name`)
// that says today's name and, where that is all that changes, mends it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_OLDNAMES_H
#define RONDO_FRONTEND_KERAS_OLDNAMES_H

#include "frontend/keras/Graph.h"

namespace rondo::keras {

/// The path that a module has today; nothing for one that was never called otherwise.
std::optional<std::string> todaysModule(llvm::StringRef path);

/// What a member of a module is called today; empty for one that was never called otherwise.
llvm::StringRef todaysMember(llvm::StringRef module, llvm::StringRef name);

/// Says that the name at a place, read from a module, is another one today.
void warnOfOldName(Interpreter &in, llvm::StringRef module, llvm::StringRef name,
                   llvm::StringRef today, SourceRange place);

/// A function of Keras: its arguments may have the names that they had before.
class KerasFunction : public Native {
public:
  using Native::Native;
  Value call(Interpreter &in, Arguments &arguments) override;
};

/// The shape of a sample of an `input_shape=` that said the size of the batch as well.
class BatchedShape : public eval::Tuple {
public:
  BatchedShape(std::vector<Value> sample, int64_t batch) : Tuple(std::move(sample)), batch(batch) {}
  const int64_t batch;
};

class Catalogue;
/// What keras.layers had and no longer has, and is more than another name: `merge`.
void addOldLayers(Catalogue &catalogue);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_OLDNAMES_H
