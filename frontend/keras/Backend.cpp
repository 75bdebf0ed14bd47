//===- Backend.cpp - keras.ops under other names --------------------------===//
//
// `keras.backend` of Keras 2 and the functions of TensorFlow that model files
// use in Lambdas: the same operations with other names, parameters and defaults.
// Outside a Lambda Keras 3 refuses both; they are understood all the same, with
// a warning that says what to write.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Size.h"

namespace rondo::keras {
namespace {

/// A function under another name. Its parameters up to `*` go to the function of
/// keras.ops in order; the others change no numbers.
struct Spelling {
  const char *name;
  const char *op;
  const char *parameters;
};

/// TensorFlow bounds the square of the norm by 1e-12.
const char *const l2Parameters = "x, axis=-1, order=2, least_norm=1e-06";

const Spelling backendSpellings[] = {
    {"sum", "sum", "x, axis=None, keepdims=False"},
    {"mean", "mean", "x, axis=None, keepdims=False"},
    {"max", "max", "x, axis=None, keepdims=False"},
    {"min", "min", "x, axis=None, keepdims=False"},
    {"var", "var", "x, axis=None, keepdims=False"},
    {"std", "std", "x, axis=None, keepdims=False"},
    {"any", "any", "x, axis=None, keepdims=False"},
    {"all", "all", "x, axis=None, keepdims=False"},
    {"logsumexp", "logsumexp", "x, axis=None, keepdims=False"},
    {"argmax", "argmax", "x, axis=-1"},
    {"abs", "abs", "x"},
    {"square", "square", "x"},
    {"sqrt", "sqrt", "x"},
    {"exp", "exp", "x"},
    {"log", "log", "x"},
    {"sign", "sign", "x"},
    {"sin", "sin", "x"},
    {"cos", "cos", "x"},
    {"pow", "power", "x, a"},
    {"clip", "clip", "x, min_value, max_value"},
    {"maximum", "maximum", "x, y"},
    {"minimum", "minimum", "x, y"},
    {"equal", "equal", "x, y"},
    {"not_equal", "not_equal", "x, y"},
    {"greater", "greater", "x, y"},
    {"greater_equal", "greater_equal", "x, y"},
    {"less", "less", "x, y"},
    {"less_equal", "less_equal", "x, y"},
    {"switch", "where", "condition, then_expression, else_expression"},
    {"tanh", "tanh", "x"},
    {"sigmoid", "sigmoid", "x"},
    {"hard_sigmoid", "hard_sigmoid", "x"},
    {"softmax", "softmax", "x, axis=-1"},
    {"softplus", "softplus", "x"},
    {"softsign", "softsign", "x"},
    {"elu", "elu", "x, alpha=1.0"},
    {"relu", "relu", "x"},
    {"dot", "dot", "x, y"},
    {"concatenate", "concatenate", "tensors, axis=-1"},
    {"stack", "stack", "x, axis=0"},
    {"expand_dims", "expand_dims", "x, axis=-1"},
    {"squeeze", "squeeze", "x, axis"},
    {"reshape", "reshape", "x, shape"},
    {"permute_dimensions", "transpose", "x, pattern"},
    {"transpose", "transpose", "x"},
    {"reverse", "flip", "x, axes"},
    {"repeat_elements", "repeat", "x, rep, axis"},
    {"tile", "tile", "x, n"},
    {"one_hot", "one_hot", "indices, num_classes"},
    {"zeros_like", "zeros_like", "x, *, dtype=None, name=None"},
    {"ones_like", "ones_like", "x, *, dtype=None, name=None"},
    {"l2_normalize", "normalize", l2Parameters},
    {"cast", "cast", "x, dtype"},
    {"int_shape", "shape", "x"},
    {"shape", "shape", "x"},
    {"ndim", "ndim", "x"},
};

/// By module: "" is `tensorflow` itself.
struct ForeignSpelling {
  const char *module;
  Spelling spelling;
};

const char *const reduceParameters = "input_tensor, axis=None, keepdims=False, *, name=None";
const char *const unaryParameters = "x, *, name=None";
const char *const binaryParameters = "x, y, *, name=None";

const ForeignSpelling tensorflowSpellings[] = {
    {"", {"reduce_sum", "sum", reduceParameters}},
    {"", {"reduce_mean", "mean", reduceParameters}},
    {"", {"reduce_max", "max", reduceParameters}},
    {"", {"reduce_min", "min", reduceParameters}},
    {"", {"reduce_any", "any", reduceParameters}},
    {"", {"reduce_all", "all", reduceParameters}},
    {"", {"reduce_logsumexp", "logsumexp", reduceParameters}},
    {"math", {"reduce_sum", "sum", reduceParameters}},
    {"math", {"reduce_mean", "mean", reduceParameters}},
    {"math", {"reduce_max", "max", reduceParameters}},
    {"math", {"reduce_min", "min", reduceParameters}},
    {"math", {"reduce_variance", "var", reduceParameters}},
    {"math", {"reduce_std", "std", reduceParameters}},
    {"math", {"reduce_logsumexp", "logsumexp", reduceParameters}},
    {"", {"abs", "abs", unaryParameters}},
    {"", {"square", "square", unaryParameters}},
    {"", {"sqrt", "sqrt", unaryParameters}},
    {"", {"exp", "exp", unaryParameters}},
    {"", {"sign", "sign", unaryParameters}},
    {"", {"floor", "floor", unaryParameters}},
    {"", {"sin", "sin", unaryParameters}},
    {"", {"cos", "cos", unaryParameters}},
    {"", {"tanh", "tanh", unaryParameters}},
    {"", {"sigmoid", "sigmoid", unaryParameters}},
    {"", {"negative", "negative", unaryParameters}},
    {"", {"add", "add", binaryParameters}},
    {"", {"subtract", "subtract", binaryParameters}},
    {"", {"multiply", "multiply", binaryParameters}},
    {"", {"divide", "divide", binaryParameters}},
    {"", {"maximum", "maximum", binaryParameters}},
    {"", {"minimum", "minimum", binaryParameters}},
    {"", {"pow", "power", binaryParameters}},
    {"", {"equal", "equal", binaryParameters}},
    {"", {"not_equal", "not_equal", binaryParameters}},
    {"", {"greater", "greater", binaryParameters}},
    {"", {"greater_equal", "greater_equal", binaryParameters}},
    {"", {"less", "less", binaryParameters}},
    {"", {"less_equal", "less_equal", binaryParameters}},
    {"", {"logical_and", "logical_and", binaryParameters}},
    {"", {"logical_or", "logical_or", binaryParameters}},
    {"", {"logical_not", "logical_not", unaryParameters}},
    {"math", {"abs", "abs", unaryParameters}},
    {"math", {"square", "square", unaryParameters}},
    {"math", {"sqrt", "sqrt", unaryParameters}},
    {"math", {"rsqrt", "rsqrt", unaryParameters}},
    {"math", {"reciprocal", "reciprocal", unaryParameters}},
    {"math", {"exp", "exp", unaryParameters}},
    {"math", {"expm1", "expm1", unaryParameters}},
    {"math", {"log", "log", unaryParameters}},
    {"math", {"log1p", "log1p", unaryParameters}},
    {"math", {"erf", "erf", unaryParameters}},
    {"math", {"sign", "sign", unaryParameters}},
    {"math", {"floor", "floor", unaryParameters}},
    {"math", {"ceil", "ceil", unaryParameters}},
    {"math", {"sin", "sin", unaryParameters}},
    {"math", {"cos", "cos", unaryParameters}},
    {"math", {"tanh", "tanh", unaryParameters}},
    {"math", {"sigmoid", "sigmoid", unaryParameters}},
    {"math", {"softplus", "softplus", "features, *, name=None"}},
    {"math", {"add", "add", binaryParameters}},
    {"math", {"subtract", "subtract", binaryParameters}},
    {"math", {"multiply", "multiply", binaryParameters}},
    {"math", {"divide", "divide", binaryParameters}},
    {"math", {"maximum", "maximum", binaryParameters}},
    {"math", {"minimum", "minimum", binaryParameters}},
    {"math", {"pow", "power", binaryParameters}},
    {"math", {"floormod", "mod", binaryParameters}},
    {"", {"where", "where", "condition, x=None, y=None, *, name=None"}},
    {"", {"clip_by_value", "clip", "t, clip_value_min, clip_value_max, *, name=None"}},
    {"", {"cast", "cast", "x, dtype, *, name=None"}},
    {"", {"identity", "copy", "input, *, name=None"}},
    {"", {"zeros_like", "zeros_like", "input, *, dtype=None, name=None"}},
    {"", {"ones_like", "ones_like", "input, *, dtype=None, name=None"}},
    {"", {"concat", "concatenate", "values, axis, *, name='concat'"}},
    {"", {"stack", "stack", "values, axis=0, *, name='stack'"}},
    {"", {"unstack", "unstack", "value, num=None, axis=0, *, name='unstack'"}},
    {"", {"expand_dims", "expand_dims", "input, axis, *, name=None"}},
    {"", {"squeeze", "squeeze", "input, axis=None, *, name=None"}},
    {"", {"reshape", "reshape", "tensor, shape, *, name=None"}},
    {"", {"transpose", "transpose", "a, perm=None, *, name='transpose'"}},
    {"", {"reverse", "flip", "tensor, axis, *, name=None"}},
    {"", {"repeat", "repeat", "input, repeats, axis=None, *, name=None"}},
    {"", {"tile", "tile", "input, multiples, *, name=None"}},
    {"", {"one_hot", "one_hot", "indices, depth, *, name=None"}},
    {"", {"tensordot", "tensordot", "a, b, axes, *, name=None"}},
    {"", {"einsum", "einsum", "equation, *inputs, name=None"}},
    {"", {"argmax", "argmax", "input, axis=None, *, name=None"}},
    {"nn", {"l2_normalize", "normalize", l2Parameters}},
    {"math", {"l2_normalize", "normalize", l2Parameters}},
    {"nn", {"relu", "relu", "features, *, name=None"}},
    {"nn", {"relu6", "relu6", "features, *, name=None"}},
    {"nn", {"leaky_relu", "leaky_relu", "features, alpha=0.2, *, name=None"}},
    {"nn", {"elu", "elu", "features, *, name=None"}},
    {"nn", {"selu", "selu", "features, *, name=None"}},
    {"nn", {"gelu", "gelu", "features, approximate=False, *, name=None"}},
    {"nn", {"silu", "silu", "features"}},
    {"nn", {"swish", "silu", "features"}},
    {"nn", {"softplus", "softplus", "features, *, name=None"}},
    {"nn", {"softsign", "softsign", "features, *, name=None"}},
    {"nn", {"tanh", "tanh", unaryParameters}},
    {"nn", {"sigmoid", "sigmoid", unaryParameters}},
    {"nn", {"softmax", "softmax", "logits, axis=-1, *, name=None"}},
    {"nn", {"log_softmax", "log_softmax", "logits, axis=-1, *, name=None"}},
};

/// Calls the function of keras.ops with what a spelling of it was given.
Value callOps(Interpreter &in, eval::Module *ops, const Spelling &spelling,
              const BoundArguments &bound) {
  using Kind = ast::Parameter::Kind;
  Arguments arguments{bound.place, bound.calleePlace, {}, {}};
  for (size_t i = 0; i < bound.slots.size(); ++i) {
    const eval::Signature::Parameter &parameter = bound.signature.parameters[i];
    const BoundArguments::Slot &slot = bound.slots[i];
    if (parameter.kind == Kind::Positional)
      arguments.positional.push_back({slot.value, slot.place});
    else if (parameter.kind == Kind::KeywordOnly && parameter.name == "dtype" &&
             !slot.value.isNone())
      arguments.keywords.push_back({parameter.name, slot.place, slot.value, slot.place});
  }
  arguments.positional.insert(arguments.positional.end(), bound.rest.begin(), bound.rest.end());
  return in.call(ops->members.lookup(spelling.op), arguments);
}

/// Replaces `K.sum`, of which `place` is the `sum`, by what the file calls
/// keras.ops, importing it if needed.
void suggestOps(Interpreter &in, const eval::Module *ops, diagnostics::Diagnostic &diagnostic,
                llvm::StringRef function, SourceRange place) {
  // The alias is the identifier before the dot.
  llvm::StringRef before = place.file->text().take_front(place.begin);
  llvm::StringRef alias = before.rtrim(" ");
  if (!alias.consume_back("."))
    return;
  size_t length = alias.size() -
                  alias.find_last_not_of("abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") -
                  1;
  if (length == 0 || alias.drop_back(length).ends_with("."))
    return;
  SourceRange whole{place.file, uint32_t(alias.size() - length), place.end};
  for (const std::string &global : in.globalNames())
    if (in.global(global)->getObject() == ops) {
      diagnostic.fix(whole, global + "." + function.str());
      return;
    }
  if (in.global("ops") || in.importPlaces.empty())
    return;
  diagnostic.fix(whole, "ops." + function.str())
      .fix(in.importPlaces.front().before(), "from keras import ops\n");
}

/// `keras.backend`.
class BackendModule : public KerasModule {
public:
  BackendModule(Session &session, eval::Module *ops)
      : KerasModule("keras.backend",
                    splitWords("batch_dot batch_flatten bias_add conv1d cumsum dropout eval "
                               "flatten function gather get_value gradients in_train_phase map_fn "
                               "placeholder prod random_normal repeat rnn set_value "
                               "stop_gradient variable")),
        ops(ops) {
    for (const Spelling &spelling : backendSpellings) {
      Native *function =
          session.in.heap.make<Native>(spelling.name, spelling.parameters,
                                       [ops, &spelling](Interpreter &in, BoundArguments &bound) {
                                         return callOps(in, ops, spelling, bound);
                                       });
      functions[spelling.name] = function;
      session.spellings[function] = ops->members.lookup(spelling.op).getObject();
    }
  }

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    for (const Spelling &spelling : backendSpellings) {
      if (name != spelling.name)
        continue;
      diagnostics::Diagnostic &diagnostic = in.report(
          Code::BackendFunctionMoved, place,
          "`{}` is not in `keras.backend` of Keras 3; it is `keras.ops.{}`", name, spelling.op);
      // A mend changes the name only: what has other parameters stays.
      const Native *op = ops->members.lookup(spelling.op).as<Native>();
      if (op->parameters == spelling.parameters ||
          !llvm::StringRef(spelling.parameters).contains("=-1"))
        suggestOps(in, ops, diagnostic, spelling.op, place);
      return functions.lookup(name);
    }
    return KerasModule::attribute(in, name, place);
  }

  std::vector<std::string> knownNames() const override {
    std::vector<std::string> names = KerasModule::knownNames();
    for (const Spelling &spelling : backendSpellings)
      names.push_back(spelling.name);
    return names;
  }

private:
  eval::Module *ops;
  llvm::StringMap<Value> functions;
};

/// `tf.matmul`, which transposes if asked.
Value matmul(Interpreter &in, eval::Module *ops, const BoundArguments &bound) {
  auto operand = [&](const char *parameter, const char *isTransposed) -> PlacedValue {
    const BoundArguments::Slot &slot = bound[parameter];
    Tensor *tensor = slot.value.as<Tensor>();
    if (!in.truth(bound[isTransposed].value).value_or(false) || !tensor || tensor->rank() < 2)
      return {slot.value, slot.place};
    Arguments arguments{bound.place,
                        bound.calleePlace,
                        {{slot.value, slot.place},
                         {Value::integer(-1), slot.place},
                         {Value::integer(-2), slot.place}},
                        {}};
    return {in.call(ops->members.lookup("swapaxes"), arguments), slot.place};
  };
  Arguments arguments{bound.place,
                      bound.calleePlace,
                      {operand("a", "transpose_a"), operand("b", "transpose_b")},
                      {}};
  return in.call(ops->members.lookup("matmul"), arguments);
}

/// `tf.split`, which takes sizes where keras.ops takes indices.
Value split(Interpreter &in, eval::Module *ops, const BoundArguments &bound) {
  const BoundArguments::Slot &sizes = bound["num_or_size_splits"];
  Value parts = sizes.value;
  if (const auto *sequence = sizes.value.as<eval::Sequence>()) {
    std::vector<Value> indices;
    Value end = Value::integer(0);
    for (Value size : llvm::ArrayRef(sequence->elements).drop_back(!sequence->elements.empty())) {
      end = in.binary(ast::BinaryOp::Add, end, size, sizes.place);
      indices.push_back(end);
    }
    parts = in.heap.list(std::move(indices));
  }
  Arguments arguments{bound.place,
                      bound.calleePlace,
                      {{bound["value"].value, bound["value"].place},
                       {parts, sizes.place},
                       {bound["axis"].value, bound["axis"].place}},
                      {}};
  return in.call(ops->members.lookup("split"), arguments);
}

/// Warns of a TensorFlow function on symbolic tensors that Keras 3 would refuse.
void checkInLambda(Session &session, llvm::StringRef name, llvm::StringRef op,
                   const BoundArguments &bound) {
  auto isTensor = [](const BoundArguments::Slot &slot) {
    const auto *sequence = slot.value.as<eval::Sequence>();
    return slot.value.as<Tensor>() ||
           (sequence && llvm::any_of(sequence->elements, [](Value v) { return v.as<Tensor>(); }));
  };
  if (session.currentTrace() == 0 && llvm::any_of(bound.slots, isTensor))
    session.in
        .report(Code::TensorflowFunction, bound.calleePlace,
                "Keras 3 does not take symbolic tensors in `tf.{}`; it is `keras.ops.{}`", name, op)
        .help("inside a `Lambda` TensorFlow's functions are fine");
}

} // namespace

void addBackend(Catalogue &catalogue) {
  Session &session = catalogue.session;
  auto *ops = static_cast<eval::Module *>(catalogue.findModule("keras.ops"));
  auto *backend = session.in.heap.make<BackendModule>(session, ops);
  catalogue.addFunction(backend, "epsilon", "",
                        [](Interpreter &, BoundArguments &) { return Value::real(1e-7); });
  catalogue.addFunction(backend, "floatx", "", [](Interpreter &in, BoundArguments &) {
    return Value(in.heap.str("float32"));
  });
  catalogue.addFunction(backend, "backend", "", [](Interpreter &in, BoundArguments &) {
    return Value(in.heap.str("tensorflow"));
  });
  catalogue.addFunction(backend, "image_data_format", "", [](Interpreter &in, BoundArguments &) {
    return Value(in.heap.str("channels_last"));
  });
  catalogue.addFunction(backend, "clear_session", "free_memory=True",
                        [&session](Interpreter &, BoundArguments &) {
                          session.clearNames();
                          return Value();
                        });
  catalogue.addModule(backend);
}

void addTensorflow(Catalogue &catalogue) {
  Session &session = catalogue.session;
  auto module = [&](llvm::StringRef name) {
    return static_cast<eval::Module *>(catalogue.findModule(name));
  };
  eval::Module *ops = module("keras.ops"), *tensorflow = module("tensorflow");
  for (const ForeignSpelling &entry : tensorflowSpellings) {
    std::string prefix = *entry.module ? std::string(entry.module) + "." : "";
    std::string name = prefix + entry.spelling.name;
    eval::Module *owner =
        *entry.module ? module(std::string("tensorflow.") + entry.module) : tensorflow;
    catalogue.addFunction(owner, entry.spelling.name, entry.spelling.parameters,
                          [&session, ops, &entry, name](Interpreter &in, BoundArguments &bound) {
                            checkInLambda(session, name, entry.spelling.op, bound);
                            return callOps(in, ops, entry.spelling, bound);
                          });
    session.spellings[owner->members[entry.spelling.name].getObject()] =
        ops->members.lookup(entry.spelling.op).getObject();
  }
  for (eval::Module *owner : {tensorflow, module("tensorflow.linalg")})
    catalogue.addFunction(owner, "matmul",
                          "a, b, transpose_a=False, transpose_b=False, *, name=None",
                          [&session, ops](Interpreter &in, BoundArguments &bound) {
                            checkInLambda(session, "matmul", "matmul", bound);
                            return matmul(in, ops, bound);
                          });
  catalogue.addFunction(tensorflow, "split",
                        "value, num_or_size_splits, axis=0, *, num=None, name='split'",
                        [&session, ops](Interpreter &in, BoundArguments &bound) {
                          checkInLambda(session, "split", "split", bound);
                          return split(in, ops, bound);
                        });
  catalogue.addFunction(tensorflow, "constant", "value, dtype=None, shape=None, name=None",
                        [](Interpreter &in, BoundArguments &bound) {
                          const BoundArguments::Slot &value = bound["value"];
                          if (value.value.asReal())
                            return value.value;
                          eval::NdArray *array = eval::toArray(in, value.value, value.place);
                          return array ? Value(array) : Value::error();
                        });
  catalogue.addFunction(tensorflow, "shape", "input, out_type=None, name=None",
                        [&session](Interpreter &, BoundArguments &bound) {
                          return shapeOf(session, bound["input"]);
                        });
  for (const char *type : {"float32", "float64", "int32", "int64", "bool"})
    tensorflow->members[type] = session.in.heap.str(type);
}

} // namespace rondo::keras
