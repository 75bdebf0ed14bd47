//===- Tensorflow.cpp - keras.ops under TensorFlow's names ----------------===//
//
// The functions of TensorFlow that model files use in Lambdas and in layers of
// their own. On symbolic tensors elsewhere Keras 3 refuses them; they are understood
// all the same, with a warning that says what to write.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Size.h"
#include "frontend/keras/Spellings.h"

namespace rondo::keras {
namespace {

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
    {"", {"reduce_prod", "prod", reduceParameters}},
    {"", {"argmin", "argmin", "input, axis=None, *, name=None"}},
    {"", {"round", "round", unaryParameters}},
    {"", {"cumsum", "cumsum", "x, axis=0, *, name=None"}},
    {"", {"gather", "take", "params, indices, *, name=None"}},
    {"", {"stop_gradient", "stop_gradient", "input, *, name=None"}},
    {"", {"ones", "ones", "shape, dtype=None, *, name=None"}},
    {"", {"zeros", "zeros", "shape, dtype=None, *, name=None"}},
    {"", {"fill", "full", "dims, value, *, name=None"}},
    {"", {"eye", "eye", "num_rows, num_columns=None, *, name=None"}},
    {"", {"range", "arange", "start, limit=None, delta=1, *, name='range'"}},
    {"", {"norm", "norm", "tensor, ord=None, axis=None, keepdims=False, *, name=None"}},
    {"linalg", {"norm", "norm", "tensor, ord=None, axis=None, keepdims=False, *, name=None"}},
    {"linalg", {"einsum", "einsum", "equation, *inputs, name=None"}},
    {"linalg", {"tensordot", "tensordot", "a, b, axes, *, name=None"}},
    {"linalg", {"matrix_transpose", "matrix_transpose", "a, *, name=None"}},
    {"linalg", {"l2_normalize", "normalize", l2Parameters}},
    {"math", {"reduce_prod", "prod", reduceParameters}},
    {"math", {"reduce_any", "any", reduceParameters}},
    {"math", {"reduce_all", "all", reduceParameters}},
    {"math", {"argmax", "argmax", "input, axis=None, *, name=None"}},
    {"math", {"argmin", "argmin", "input, axis=None, *, name=None"}},
    {"math", {"cumsum", "cumsum", "x, axis=0, *, name=None"}},
    {"math", {"negative", "negative", unaryParameters}},
    {"math", {"log_sigmoid", "log_sigmoid", unaryParameters}},
    {"math", {"round", "round", unaryParameters}},
    {"math", {"softsign", "softsign", "features, *, name=None"}},
    {"math", {"equal", "equal", binaryParameters}},
    {"math", {"not_equal", "not_equal", binaryParameters}},
    {"math", {"greater", "greater", binaryParameters}},
    {"math", {"greater_equal", "greater_equal", binaryParameters}},
    {"math", {"less", "less", binaryParameters}},
    {"math", {"less_equal", "less_equal", binaryParameters}},
    {"math", {"logical_and", "logical_and", binaryParameters}},
    {"math", {"logical_or", "logical_or", binaryParameters}},
    {"math", {"logical_not", "logical_not", unaryParameters}},
    {"math", {"floordiv", "floor_divide", binaryParameters}},
    {"math", {"truediv", "true_divide", binaryParameters}},
    {"math", {"mod", "mod", binaryParameters}},
    {"math", {"top_k", "top_k", "input, k=1, sorted=True, *, name=None"}},
    {"nn", {"top_k", "top_k", "input, k=1, sorted=True, *, name=None"}},
    {"nn", {"bias_add", "add", "value, bias, *, data_format=None, name=None"}},
    {"nn", {"log_sigmoid", "log_sigmoid", unaryParameters}},
    {"nn", {"hard_sigmoid", "hard_sigmoid", unaryParameters}},
    {"nn", {"moments", "moments", "x, axes, *, shift=None, keepdims=False, name=None"}},
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
  return callOp(in, ops, "matmul", bound,
                {operand("a", "transpose_a"), operand("b", "transpose_b")});
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
    if (!ops->members.count(entry.spelling.op)) {
      catalogue.addFunction(owner, entry.spelling.name, "*args, **kwargs",
                            [&entry, name](Interpreter &in, BoundArguments &bound) {
                              in.report(Code::NotSupportedYet, bound.calleePlace,
                                        "`tf.{}` is `keras.ops.{}`, which is not supported yet",
                                        name, entry.spelling.op);
                              return Value::error();
                            });
      continue;
    }
    catalogue.addFunction(owner, entry.spelling.name, entry.spelling.parameters,
                          [&session, ops, &entry, name](Interpreter &in, BoundArguments &bound) {
                            checkInLambda(session, name, entry.spelling.op, bound);
                            return callSpelling(in, ops, entry.spelling, bound);
                          });
    session.spellings[owner->members[entry.spelling.name].getObject()] =
        ops->members.lookup(entry.spelling.op).getObject();
  }
  for (eval::Module *owner : {tensorflow, module("tensorflow.linalg")})
    catalogue.addFunction(owner, "matmul",
                          "a, b, transpose_a=False, transpose_b=False, adjoint_a=False, "
                          "adjoint_b=False, a_is_sparse=False, b_is_sparse=False, *, name=None",
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
  catalogue.addFunction(
      tensorflow, "add_n", "inputs, name=None", [&session](Interpreter &in, BoundArguments &bound) {
        checkInLambda(session, "add_n", "add", bound);
        const BoundArguments::Slot &inputs = bound["inputs"];
        Value total = Value::integer(0);
        bool isFirst = true;
        bool complete = in.iterate(inputs.value, inputs.place, [&](Value element) {
          total = isFirst ? element : in.binary(ast::BinaryOp::Add, total, element, bound.place);
          isFirst = false;
          return !total.isError();
        });
        return complete ? total : Value::error();
      });
  for (eval::Module *owner : {tensorflow, static_cast<eval::Module *>(catalogue.keras)})
    catalogue.addFunction(
        owner, "Variable", "*args, **kwargs", [](Interpreter &in, BoundArguments &bound) {
          return in.unsupported(bound.calleePlace, "a variable that no layer owns is",
                                "a layer makes its weights: `self.w = self.add_weight(shape=…, "
                                "initializer=…, name=…)`");
        });
  tensorflow->members["newaxis"] = Value();

  for (const char *name : {"disable_v2_behavior", "disable_eager_execution",
                           "enable_eager_execution", "enable_v2_behavior"})
    catalogue.addFunction(tensorflow, name, "",
                          [](Interpreter &, BoundArguments &) { return Value(); });
  // tf.compat.v1.keras, tf.python.keras.
  auto *compat = session.in.heap.make<eval::Module>("tensorflow.compat");
  compat->members["v1"] = compat->members["v2"] = tensorflow;
  tensorflow->members["compat"] = compat;
  auto *python = session.in.heap.make<eval::Module>("tensorflow.python");
  python->members["keras"] = catalogue.keras;
  tensorflow->members["python"] = python;
  for (const char *type : {"float32", "float64", "int32", "int64", "bool"})
    tensorflow->members[type] = session.in.heap.str(type);
}

} // namespace rondo::keras
