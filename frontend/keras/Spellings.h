//===- Spellings.h - keras.ops under other names ----------------*- C++ -*-===//
//
// Functions of keras.backend and of TensorFlow are operations of keras.ops with
// other names, parameters and defaults: tables of Spellings say which.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_SPELLINGS_H
#define RONDO_FRONTEND_KERAS_SPELLINGS_H

#include "frontend/keras/OldNames.h"

namespace rondo::keras {

class Catalogue;

/// A function under another name. Its parameters up to `*` go to the function of
/// keras.ops in order; the others change no numbers.
struct Spelling {
  const char *name;
  const char *op;
  const char *parameters;
};

/// TensorFlow bounds the square of the norm by 1e-12.
inline constexpr const char *l2Parameters = "x, axis=-1, order=2, least_norm=1e-06";

/// Calls a function of keras.ops.
Value callOp(Interpreter &in, eval::Module *ops, llvm::StringRef op, const BoundArguments &bound,
             std::vector<PlacedValue> positional);
/// Calls the function of keras.ops with what a spelling of it was given.
Value callSpelling(Interpreter &in, eval::Module *ops, const Spelling &spelling,
                   const BoundArguments &bound);

/// Warns of a TensorFlow function on symbolic tensors that Keras 3 would refuse.
void checkInLambda(Session &session, llvm::StringRef name, llvm::StringRef op,
                   const BoundArguments &bound);
/// Adds a function to "tensorflow", or to a module of it such as "math"; `meant` is the function of
/// keras.ops that a warning names.
void addTensorflowOp(Catalogue &catalogue, llvm::StringRef path, const char *name,
                     const char *meant, const char *parameters,
                     Value (*build)(Session &, BoundArguments &));
void addTensorflowPlaces(Catalogue &catalogue);
void addTensorflowFormulas(Catalogue &catalogue);

/// `K.in_train_phase` and `K.in_test_phase`: one parameter in training, the other in use.
Value chosenByPhase(Session &session, BoundArguments &bound, llvm::StringRef training,
                    llvm::StringRef inference);
/// `K.rnn`: a function of the file step by step.
Value rnnOfBackend(Session &session, BoundArguments &bound);
/// `tf.scan`, along the first axis.
Value scanOfTensorflow(Session &session, BoundArguments &bound);

/// Calls a function of keras.backend that draws random numbers.
Value drawOfBackend(Catalogue &catalogue, llvm::StringRef name, BoundArguments &args);
/// Reports one that draws where a layer computes, in a way that Rondo does not have; opaque in a
/// training script.
Value reportRandom(Interpreter &in, const std::string &function, SourceRange place);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_SPELLINGS_H
