//===- Tensorflow.cpp - keras.ops under TensorFlow's names ----------------===//
//
// The functions of TensorFlow that model files use in Lambdas and in layers of
// their own. On symbolic tensors elsewhere Keras 3 refuses them; they are understood
// all the same, with a warning that says what to write.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Size.h"
#include "frontend/keras/Spellings.h"
#include <numeric>

namespace rondo::keras {
namespace {

struct ForeignSpelling {
  /// "tf tf.math": where it is.
  const char *modules;
  Spelling spelling;
};

const char *const reduceParameters = "input_tensor, axis=None, keepdims=False, *, name=None";
const char *const unaryParameters = "x, *, name=None";
const char *const binaryParameters = "x, y, *, name=None";

const ForeignSpelling tensorflowSpellings[] = {
    {"tf tf.math", {"reduce_sum", "sum", reduceParameters}},
    {"tf tf.math", {"reduce_mean", "mean", reduceParameters}},
    {"tf tf.math", {"reduce_max", "max", reduceParameters}},
    {"tf tf.math", {"reduce_min", "min", reduceParameters}},
    {"tf tf.math", {"reduce_any", "any", reduceParameters}},
    {"tf tf.math", {"reduce_all", "all", reduceParameters}},
    {"tf tf.math", {"reduce_logsumexp", "logsumexp", reduceParameters}},
    {"tf.math", {"reduce_variance", "var", reduceParameters}},
    {"tf.math", {"reduce_std", "std", reduceParameters}},
    {"tf tf.math", {"abs", "abs", unaryParameters}},
    {"tf tf.math", {"square", "square", unaryParameters}},
    {"tf tf.math", {"sqrt", "sqrt", unaryParameters}},
    {"tf tf.math", {"exp", "exp", unaryParameters}},
    {"tf tf.math", {"sign", "sign", unaryParameters}},
    {"tf tf.math", {"floor", "floor", unaryParameters}},
    {"tf tf.math", {"sin", "sin", unaryParameters}},
    {"tf tf.math", {"cos", "cos", unaryParameters}},
    {"tf tf.math tf.nn", {"tanh", "tanh", unaryParameters}},
    {"tf tf.math tf.nn", {"sigmoid", "sigmoid", unaryParameters}},
    {"tf tf.math", {"negative", "negative", unaryParameters}},
    {"tf tf.math", {"add", "add", binaryParameters}},
    {"tf tf.math", {"subtract", "subtract", binaryParameters}},
    {"tf tf.math", {"multiply", "multiply", binaryParameters}},
    {"tf tf.math", {"divide", "divide", binaryParameters}},
    {"tf tf.math", {"maximum", "maximum", binaryParameters}},
    {"tf tf.math", {"minimum", "minimum", binaryParameters}},
    {"tf tf.math", {"pow", "power", binaryParameters}},
    {"tf tf.math", {"equal", "equal", binaryParameters}},
    {"tf tf.math", {"not_equal", "not_equal", binaryParameters}},
    {"tf tf.math", {"greater", "greater", binaryParameters}},
    {"tf tf.math", {"greater_equal", "greater_equal", binaryParameters}},
    {"tf tf.math", {"less", "less", binaryParameters}},
    {"tf tf.math", {"less_equal", "less_equal", binaryParameters}},
    {"tf tf.math", {"logical_and", "logical_and", binaryParameters}},
    {"tf tf.math", {"logical_or", "logical_or", binaryParameters}},
    {"tf tf.math", {"logical_not", "logical_not", unaryParameters}},
    {"tf.math", {"rsqrt", "rsqrt", unaryParameters}},
    {"tf.math", {"reciprocal", "reciprocal", unaryParameters}},
    {"tf.math", {"expm1", "expm1", unaryParameters}},
    {"tf.math", {"log", "log", unaryParameters}},
    {"tf.math", {"log1p", "log1p", unaryParameters}},
    {"tf.math", {"erf", "erf", unaryParameters}},
    {"tf.math", {"ceil", "ceil", unaryParameters}},
    {"tf.math tf.nn", {"softplus", "softplus", "features, *, name=None"}},
    {"tf.math", {"floormod", "mod", binaryParameters}},
    {"tf", {"where", "where", "condition, x=None, y=None, *, name=None"}},
    {"tf", {"cond", "cond", "pred, true_fn=None, false_fn=None, *, name=None"}},
    {"tf",
     {"while_loop", "while_loop",
      "cond, body, loop_vars, maximum_iterations=None, *, shape_invariants=None, "
      "parallel_iterations=10, back_prop=True, swap_memory=False, name=None"}},
    {"tf", {"clip_by_value", "clip", "t, clip_value_min, clip_value_max, *, name=None"}},
    {"tf", {"cast", "cast", "x, dtype, *, name=None"}},
    {"tf", {"identity", "copy", "input, *, name=None"}},
    {"tf", {"zeros_like", "zeros_like", "input, dtype=None, *, name=None"}},
    {"tf", {"ones_like", "ones_like", "input, dtype=None, *, name=None"}},
    {"tf", {"concat", "concatenate", "values, axis, *, name='concat'"}},
    {"tf", {"stack", "stack", "values, axis=0, *, name='stack'"}},
    {"tf", {"unstack", "unstack", "value, num=None, axis=0, *, name='unstack'"}},
    {"tf", {"expand_dims", "expand_dims", "input, axis, *, name=None"}},
    {"tf", {"squeeze", "squeeze", "input, axis=None, *, name=None"}},
    {"tf", {"reshape", "reshape", "tensor, shape, *, name=None"}},
    {"tf", {"transpose", "transpose", "a, perm=None, *, name='transpose'"}},
    {"tf", {"reverse", "flip", "tensor, axis, *, name=None"}},
    {"tf", {"repeat", "repeat", "input, repeats, axis=None, *, name=None"}},
    {"tf", {"pad", "pad", "tensor, paddings, *, name=None"}},
    {"tf", {"tile", "tile", "input, multiples, *, name=None"}},
    {"tf tf.linalg", {"tensordot", "tensordot", "a, b, axes, *, name=None"}},
    {"tf tf.linalg", {"einsum", "einsum", "equation, *inputs, name=None"}},
    {"tf tf.math", {"argmax", "argmax", "input, axis=None, *, output_type=None, name=None"}},
    {"tf tf.math", {"reduce_prod", "prod", reduceParameters}},
    {"tf tf.math", {"argmin", "argmin", "input, axis=None, *, output_type=None, name=None"}},
    {"tf tf.math", {"round", "round", unaryParameters}},
    {"tf", {"roll", "roll", "input, shift, axis=None, *, name=None"}},
    {"tf", {"sort", "sort", "values, axis=-1, *, name=None"}},
    {"tf", {"argsort", "argsort", "values, axis=-1, *, name=None"}},
    {"tf", {"slice", "slice", "input_, begin, size, *, name=None"}},
    {"tf", {"stop_gradient", "stop_gradient", "input, *, name=None"}},
    {"tf",
     {"vectorized_map", "vectorized_map", "fn, elems, *, fallback_to_while_loop=True, warn=True"}},
    {"tf", {"ones", "ones", "shape, dtype=None, *, name=None"}},
    {"tf", {"zeros", "zeros", "shape, dtype=None, *, name=None"}},
    {"tf", {"broadcast_to", "broadcast_to", "input, shape, *, name=None"}},
    {"tf", {"fill", "full", "dims, value, *, name=None"}},
    {"tf tf.linalg", {"norm", "norm", "tensor, ord=None, axis=None, keepdims=False, *, name=None"}},
    {"tf.linalg tf.nn tf.math", {"l2_normalize", "normalize", l2Parameters}},
    {"tf tf.math", {"tan", "tan", unaryParameters}},
    {"tf tf.math", {"sinh", "sinh", unaryParameters}},
    {"tf tf.math", {"cosh", "cosh", unaryParameters}},
    {"tf tf.math", {"asin", "arcsin", unaryParameters}},
    {"tf tf.math", {"acos", "arccos", unaryParameters}},
    {"tf tf.math", {"atan", "arctan", unaryParameters}},
    {"tf tf.math", {"atan2", "arctan2", "y, x, *, name=None"}},
    {"tf tf.math", {"asinh", "arcsinh", unaryParameters}},
    {"tf tf.math", {"acosh", "arccosh", unaryParameters}},
    {"tf tf.math", {"atanh", "arctanh", unaryParameters}},
    {"tf.math", {"is_nan", "isnan", unaryParameters}},
    {"tf.math", {"is_inf", "isinf", unaryParameters}},
    {"tf.math", {"is_finite", "isfinite", unaryParameters}},
    {"tf.math", {"divide_no_nan", "divide_no_nan", binaryParameters}},
    {"tf.math", {"logical_xor", "logical_xor", binaryParameters}},
    {"tf", {"linspace", "linspace", "start, stop, num, *, name=None, axis=0"}},
    {"tf",
     {"searchsorted", "searchsorted",
      "sorted_sequence, values, side='left', *, out_type=None, name=None"}},
    {"tf.math tf.nn", {"log_sigmoid", "log_sigmoid", unaryParameters}},
    {"tf.math tf.nn", {"softsign", "softsign", "features, *, name=None"}},
    {"tf.math", {"floordiv", "floor_divide", binaryParameters}},
    {"tf.math", {"truediv", "true_divide", binaryParameters}},
    {"tf.math", {"mod", "mod", binaryParameters}},
    {"tf.nn", {"bias_add", "add", "value, bias, *, data_format=None, name=None"}},
    {"tf.nn", {"hard_sigmoid", "hard_sigmoid", unaryParameters}},
    {"tf.nn", {"moments", "moments", "x, axes, keepdims=False, *, name=None"}},
    {"tf.nn", {"relu", "relu", "features, *, name=None"}},
    {"tf.nn", {"relu6", "relu6", "features, *, name=None"}},
    {"tf.nn", {"leaky_relu", "leaky_relu", "features, alpha=0.2, *, name=None"}},
    {"tf.nn", {"elu", "elu", "features, *, name=None"}},
    {"tf.nn", {"selu", "selu", "features, *, name=None"}},
    {"tf.nn", {"gelu", "gelu", "features, approximate=False, *, name=None"}},
    {"tf.nn", {"silu", "silu", "features"}},
    {"tf.nn", {"swish", "silu", "features"}},
    {"tf.nn", {"softmax", "softmax", "logits, axis=-1, *, name=None"}},
    {"tf.nn", {"log_softmax", "log_softmax", "logits, axis=-1, *, name=None"}},
};

/// `tf.matmul`, which transposes if asked.
Value matmul(Interpreter &in, eval::Module *ops, const BoundArguments &bound) {
  auto operand = [&](const char *parameter, const char *isTransposed) -> PlacedValue {
    const BoundArguments::Slot &slot = bound[parameter];
    Tensor *tensor = slot.value.as<Tensor>();
    if (!in.truth(bound[isTransposed].value).value_or(false) || !tensor || tensor->rank() < 2)
      return {slot.value, slot.place};
    return {callOp(in, ops, "swapaxes", bound,
                   {{slot.value, slot.place},
                    {Value::integer(-1), slot.place},
                    {Value::integer(-2), slot.place}}),
            slot.place};
  };
  return callOp(in, ops, "matmul", bound,
                {operand("a", "transpose_a"), operand("b", "transpose_b")});
}

/// `tf.range`, whose only bound is the end.
Value range(Interpreter &in, eval::Module *ops, const BoundArguments &bound) {
  PlacedValue start{bound["start"].value, bound["start"].place};
  PlacedValue limit{bound["limit"].value, bound["limit"].place};
  if (limit.value.isNone())
    limit = std::exchange(start, {Value::integer(0), bound.place});
  Arguments arguments{bound.place,
                      bound.calleePlace,
                      {start, limit, {bound["delta"].value, bound["delta"].place}},
                      {}};
  if (const BoundArguments::Slot &dtype = bound["dtype"]; !dtype.value.isNone())
    arguments.keywords.push_back({"dtype", dtype.place, dtype.value, dtype.place});
  return in.call(ops->members.lookup("arange"), arguments);
}

/// `tf.eye`, one for each place of `batch_shape`.
Value eye(Interpreter &in, eval::Module *ops, const BoundArguments &bound) {
  auto slot = [&](const char *name) { return PlacedValue{bound[name].value, bound[name].place}; };
  Arguments arguments{bound.place, bound.calleePlace, {slot("num_rows"), slot("num_columns")}, {}};
  if (const BoundArguments::Slot &dtype = bound["dtype"]; !dtype.value.isNone())
    arguments.keywords.push_back({"dtype", dtype.place, dtype.value, dtype.place});
  Value matrix = in.call(ops->members.lookup("eye"), arguments);
  const BoundArguments::Slot &batch = bound["batch_shape"];
  if (batch.value.isNone() || matrix.isError())
    return matrix;
  auto shape = in.elements(batch.value, batch.place);
  if (!shape)
    return Value::error();
  Value rows = bound["num_rows"].value, columns = bound["num_columns"].value;
  shape->push_back(rows);
  shape->push_back(columns.isNone() ? rows : columns);
  return callOp(in, ops, "broadcast_to", bound,
                {{matrix, bound.place}, {in.heap.tuple(std::move(*shape)), batch.place}});
}

constexpr llvm::StringLiteral categoricalName = "categorical_crossentropy",
                              sparseName = "sparse_categorical_crossentropy",
                              binaryName = "binary_crossentropy";

/// The cross-entropies of `tf.nn`, which are those of keras.ops from logits.
template <const llvm::StringLiteral *op>
Value crossentropyOfLogits(Session &session, BoundArguments &bound) {
  Arguments arguments{bound.place,
                      bound.calleePlace,
                      {{bound["labels"].value, bound["labels"].place},
                       {bound["logits"].value, bound["logits"].place}},
                      {}};
  arguments.keywords.push_back({"from_logits", bound.place, Value::boolean(true), bound.place});
  if (bound.has("axis"))
    arguments.keywords.push_back(
        {"axis", bound["axis"].place, bound["axis"].value, bound["axis"].place});
  return session.in.call(session.ops->members.lookup(*op), arguments);
}

/// `tf.linalg.matrix_transpose`
Value matrixTranspose(Session &session, BoundArguments &bound) {
  return callOp(session.in, session.ops, "swapaxes", bound,
                {{bound["a"].value, bound["a"].place},
                 {Value::integer(-2), bound.place},
                 {Value::integer(-1), bound.place}});
}

/// The size of an axis of a tensor or an array where it is known.
std::optional<int64_t> knownSize(Session &session, Value value, Value axis) {
  const Tensor *x = value.as<Tensor>();
  const auto *array = value.as<eval::NdArray>();
  const int64_t rank = x ? int64_t(x->rank()) : array ? int64_t(array->rank()) : 0;
  int64_t position = axis.asInteger().value_or(rank);
  position += position < 0 ? rank : 0;
  if (position < 0 || position >= rank)
    return std::nullopt;
  return x ? session.resolve(x->axes[position].size).getConstant() : array->shape[position];
}

/// `tf.split`, which takes sizes where keras.ops takes indices. One of them may be -1, for what the
/// others leave.
Value split(Session &session, eval::Module *ops, const BoundArguments &bound) {
  const BoundArguments::Slot &value = bound["value"], &sizes = bound["num_or_size_splits"],
                             &axis = bound["axis"];
  Value parts = sizes.value;
  if (auto elements = elementsOf(sizes.value)) {
    std::vector<int64_t> numbers;
    for (Value element : *elements)
      numbers.push_back(element.isInt() ? *element.asInteger() : -2);
    if (numbers.empty() || llvm::count(numbers, -1) > 1 || *llvm::min_element(numbers) < -1)
      return session.in.mistake(Code::InvalidArgument, sizes.place,
                                "`num_or_size_splits` of `tf.split` is a number of parts or their "
                                "sizes, one of which may be -1, got {}",
                                sizes.value.inWords());
    auto rest = llvm::find(numbers, -1);
    const bool isWhole = rest == numbers.end();
    const int64_t total = std::accumulate(numbers.begin(), numbers.end(), int64_t(!isWhole));
    auto size = knownSize(session, value.value, axis.value);
    if (size && (isWhole ? total != *size : total >= *size))
      return session.in.mistake(Code::InvalidArgument, sizes.place,
                                "parts of the sizes {} do not make up axis {}, whose size is {}",
                                sizes.value.inWords(), axis.value.inWords(), *size);
    if (!isWhole)
      *rest = size ? *size - total : 1;
    std::vector<Value> indices;
    int64_t end = 0;
    for (int64_t number : llvm::ArrayRef(numbers).drop_back())
      indices.push_back(Value::integer(end += number));
    parts = session.in.heap.list(std::move(indices));
  }
  return callOp(session.in, ops, "split", bound,
                {{value.value, value.place}, {parts, sizes.place}, {axis.value, axis.place}});
}

/// `tf.linalg.band_part`: so many diagonals on either side of the main one, all of a side where
/// their number is negative.
Value bandPart(Interpreter &in, eval::Module *ops, const BoundArguments &bound) {
  Value band = bound["input"].value;
  for (const auto &[parameter, function, sign] :
       {std::tuple("num_upper", "tril", 1), std::tuple("num_lower", "triu", -1)}) {
    const BoundArguments::Slot &slot = bound[parameter];
    auto count = slot.value.asInteger();
    if (!count)
      return in.mistake(Code::InvalidArgument, slot.place,
                        "`{}` of `band_part` is an integer, got {}", parameter,
                        slot.value.inWords());
    if (*count >= 0)
      band = callOp(in, ops, function, bound,
                    {{band, bound["input"].place}, {Value::integer(sign * *count), slot.place}});
  }
  return band;
}

/// Adds a function to a module such as "tf.math".
void addSpelling(Catalogue &catalogue, eval::Module *ops, llvm::StringRef path,
                 const Spelling &spelling) {
  Session &session = catalogue.session;
  path.consume_front("tf");
  auto *owner = static_cast<eval::Module *>(catalogue.findModule(("tensorflow" + path).str()));
  std::string name =
      path.empty() ? spelling.name : fmt::format("{}.{}", path.drop_front(), spelling.name);
  eval::Object *op = ops->members.lookup(spelling.op).getObject();
  if (!op) {
    catalogue.addFunction(owner, spelling.name, "*args, **kwargs",
                          [&spelling, name](Interpreter &in, BoundArguments &bound) {
                            in.report(Code::NotSupportedYet, bound.calleePlace,
                                      "`tf.{}` is `keras.ops.{}`, which is not supported yet", name,
                                      spelling.op);
                            return Value::error();
                          });
    return;
  }
  catalogue.addFunction(owner, spelling.name, spelling.parameters,
                        [&session, ops, &spelling, name](Interpreter &in, BoundArguments &bound) {
                          checkInLambda(session, name, spelling.op, bound);
                          return callSpelling(in, ops, spelling, bound);
                        });
  session.spellings[owner->members[spelling.name].getObject()] = op;
}

} // namespace

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

void addTensorflowOp(Catalogue &catalogue, llvm::StringRef path, const char *name,
                     const char *meant, const char *parameters,
                     Value (*build)(Session &, BoundArguments &)) {
  Session &session = catalogue.session;
  std::string words = (path.empty() ? "" : path.str() + ".") + name;
  std::string owner = path.empty() ? "tensorflow" : ("tensorflow." + path).str();
  catalogue.addFunction(static_cast<eval::Module *>(catalogue.findModule(owner)), name, parameters,
                        [&session, words, meant, build](Interpreter &, BoundArguments &bound) {
                          checkInLambda(session, words, meant, bound);
                          return build(session, bound);
                        });
}

void addTensorflow(Catalogue &catalogue) {
  Session &session = catalogue.session;
  auto module = [&](llvm::StringRef name) {
    return static_cast<eval::Module *>(catalogue.findModule(name));
  };
  eval::Module *ops = module("keras.ops"), *tensorflow = module("tensorflow");
  for (const char *name : {"Variable", "random_normal_initializer", "random_uniform_initializer",
                           "zeros_initializer", "ones_initializer"})
    tensorflow->members[name] = session.in.heap.make<eval::Opaque>(
        "tf." + std::string(name),
        "`self.add_weight(shape=(…), initializer=\"random_normal\")` makes a weight of a layer");
  for (const ForeignSpelling &entry : tensorflowSpellings)
    for (llvm::StringRef path : llvm::split(entry.modules, ' '))
      addSpelling(catalogue, ops, path, entry.spelling);
  for (eval::Module *owner : {tensorflow, module("tensorflow.linalg")})
    catalogue.addFunction(owner, "matmul",
                          "a, b, transpose_a=False, transpose_b=False, adjoint_a=False, "
                          "adjoint_b=False, a_is_sparse=False, b_is_sparse=False, *, name=None",
                          [&session, ops](Interpreter &in, BoundArguments &bound) {
                            checkInLambda(session, "matmul", "matmul", bound);
                            return matmul(in, ops, bound);
                          });
  // What else it is given says how it runs, and what the function gives anyway.
  catalogue.addFunction(tensorflow, "map_fn",
                        "fn, elems, dtype=None, parallel_iterations=None, back_prop=True, "
                        "swap_memory=False, infer_shape=True, name=None, fn_output_signature=None",
                        [&session, ops](Interpreter &in, BoundArguments &bound) {
                          checkInLambda(session, "map_fn", "map", bound);
                          const BoundArguments::Slot &fn = bound["fn"], &elems = bound["elems"];
                          return callOp(in, ops, "map", bound,
                                        {{fn.value, fn.place}, {elems.value, elems.place}});
                        });
  catalogue.addFunction(
      tensorflow, "range", "start, limit=None, delta=1, dtype=None, name='range'",
      [ops](Interpreter &in, BoundArguments &bound) { return range(in, ops, bound); });
  catalogue.addFunction(tensorflow, "split",
                        "value, num_or_size_splits, axis=0, *, num=None, name='split'",
                        [&session, ops](Interpreter &, BoundArguments &bound) {
                          checkInLambda(session, "split", "split", bound);
                          return split(session, ops, bound);
                        });
  catalogue.addFunction(module("tensorflow.linalg"), "band_part",
                        "input, num_lower, num_upper, *, name=None",
                        [&session, ops](Interpreter &in, BoundArguments &bound) {
                          checkInLambda(session, "linalg.band_part", "tril", bound);
                          return bandPart(in, ops, bound);
                        });
  catalogue.addFunction(tensorflow, "eye",
                        "num_rows, num_columns=None, batch_shape=None, dtype=None, name=None",
                        [&session, ops](Interpreter &in, BoundArguments &bound) {
                          checkInLambda(session, "eye", "eye", bound);
                          return eye(in, ops, bound);
                        });
  for (eval::Module *owner : {tensorflow, module("tensorflow.debugging")})
    for (const char *name : {"assert_equal", "assert_rank", "assert_greater", "assert_less",
                             "assert_non_negative", "assert_positive", "check_numerics"})
      catalogue.addFunction(owner, name, "x, *args, **kwargs",
                            [](Interpreter &, BoundArguments &bound) { return bound["x"].value; });
  catalogue.addFunction(tensorflow, "print", "*inputs, **kwargs",
                        [](Interpreter &, BoundArguments &) { return Value(); });
  catalogue.addFunction(tensorflow, "ensure_shape", "x, shape, name=None",
                        [](Interpreter &, BoundArguments &bound) { return bound["x"].value; });
  addTensorflowPlaces(catalogue);
  addTensorflowFormulas(catalogue);
  addTensorflowOp(catalogue, "nn", "softmax_cross_entropy_with_logits", "categorical_crossentropy",
                  "labels, logits, axis=-1, name=None", crossentropyOfLogits<&categoricalName>);
  addTensorflowOp(catalogue, "nn", "sparse_softmax_cross_entropy_with_logits",
                  "sparse_categorical_crossentropy", "labels, logits, name=None",
                  crossentropyOfLogits<&sparseName>);
  addTensorflowOp(catalogue, "nn", "sigmoid_cross_entropy_with_logits", "binary_crossentropy",
                  "labels, logits, name=None", crossentropyOfLogits<&binaryName>);
  catalogue.addFunction(tensorflow, "rank", "input, name=None",
                        [](Interpreter &in, BoundArguments &bound) {
                          return in.attribute(bound["input"].value, "ndim", bound["input"].place);
                        });
  addTensorflowOp(catalogue, "linalg", "matrix_transpose", "swapaxes",
                  "a, name=None, conjugate=False", matrixTranspose);
  // Rondo compiles for CPUs.
  for (const char *name : {"tensorflow.config", "tensorflow.config.experimental"})
    for (const char *function : {"list_physical_devices", "list_logical_devices"})
      catalogue.addFunction(
          module(name), function, "device_type=None",
          [](Interpreter &in, BoundArguments &) { return Value(in.heap.list({})); });
  for (const char *function : {"is_gpu_available", "is_built_with_cuda"})
    catalogue.addFunction(module("tensorflow.test"), function,
                          "cuda_only=False, min_cuda_compute_capability=None",
                          [](Interpreter &, BoundArguments &) { return Value::boolean(false); });
  catalogue.addFunction(module("tensorflow.test"), "gpu_device_name", "",
                        [](Interpreter &in, BoundArguments &) { return Value(in.heap.str("")); });
  catalogue.addFunction(
      tensorflow, "TensorShape", "dims", [](Interpreter &in, BoundArguments &bound) -> Value {
        auto sizes = in.elements(bound["dims"].value, bound["dims"].place);
        return sizes ? Value(in.heap.make<TensorShape>(std::move(*sizes))) : Value::error();
      });
  catalogue.addFunction(tensorflow, "constant", "value, dtype=None, shape=None, name=None",
                        [](Interpreter &in, BoundArguments &bound) {
                          const BoundArguments::Slot &value = bound["value"];
                          if (value.value.asReal())
                            return value.value;
                          if (eval::isOfText(value.value))
                            return Value(
                                in.heap.make<eval::Opaque>("tensorflow.constant", "", bound.place));
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
  for (const char *type : {"bfloat16", "float16", "float32", "float64", "int32", "int64", "bool"})
    tensorflow->members[type] = session.in.heap.str(type);
}

} // namespace rondo::keras
