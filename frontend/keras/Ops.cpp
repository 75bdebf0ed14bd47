//===- Ops.cpp - Operations on symbolic tensors ---------------------------===//
//
// The functions of keras.ops as a table, and keras.backend, where they used to
// be. Operators and subscripts of tensors are in TensorOperators.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Ops.h"
#include "frontend/keras/Catalogue.h"
#include <cmath>

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// Building one operation
//===----------------------------------------------------------------------===//

Tensor *OpCall::tensor(Value value, SourceRange place) {
  Session &session = graph.session;
  if (Tensor *tensor = value.as<Tensor>()) {
    if (tensor->trace != session.currentTrace()) {
      session.in
          .report(Code::LambdaCapturesTensor, place,
                  "'{}' comes from outside the Lambda '{}' that uses it", tensor->origin,
                  session.traceName())
          .help("give it to the Lambda: `Lambda(lambda p: … p[1] …)([x, {}])`", tensor->origin);
      return nullptr;
    }
    inputs.push_back(tensor);
    return tensor;
  }
  if (auto number = value.asReal())
    return graph.scalar(*number);
  if (!value.isError()) {
    diagnostics::Diagnostic &diagnostic =
        session.in.report(Code::NotATensor, place, "{} takes symbolic tensors and numbers, got {}",
                          graph.callee, value.getObject() ? value.repr() : value.typeName());
    if (value.as<Layer>())
      diagnostic.help("a layer becomes a tensor when it is called: `layer(x)`");
  }
  return nullptr;
}

std::optional<std::vector<Tensor *>> OpCall::tensors(const BoundArguments::Slot &slot) {
  auto result = flattenTensors(graph.session, slot.value, slot.place, graph.callee);
  if (!result)
    return std::nullopt;
  for (Tensor *member : *result)
    if (!tensor(member, slot.place))
      return std::nullopt;
  if (!result->empty())
    return result;
  graph.session.in.report(Code::InputCount, slot.place, "{} of no tensors", graph.callee);
  return std::nullopt;
}

std::optional<int64_t> OpCall::axis(const BoundArguments::Slot &slot, size_t rank) {
  if (slot.value.isInt())
    return checkAxis(graph.session, *slot.value.asInteger(), rank,
                     llvm::StringRef(graph.callee).trim('`'), slot.place);
  graph.session.in.report(Code::InvalidArgument, slot.place, "`axis` of {} is an integer, got {}",
                          graph.callee, slot.value.repr());
  return std::nullopt;
}

std::optional<llvm::SmallVector<int64_t>> OpCall::axes(const BoundArguments::Slot &slot,
                                                       const Tensor *x) {
  if (slot.value.isNone())
    return GraphBuilder::allAxes(x);
  llvm::SmallVector<int64_t> result;
  std::vector<Value> values{slot.value};
  if (const auto *several = slot.value.as<eval::Sequence>())
    values = several->elements;
  for (Value value : values) {
    auto checked = axis({value, slot.place, true}, x->rank());
    if (!checked)
      return std::nullopt;
    if (llvm::is_contained(result, *checked)) {
      graph.session.in.report(Code::InvalidArgument, slot.place, "`axis` of {} names axis {} twice",
                              graph.callee, *checked);
      return std::nullopt;
    }
    result.push_back(*checked);
  }
  llvm::sort(result);
  return result;
}

bool OpCall::boolean(const BoundArguments::Slot &slot) {
  return graph.session.in.truth(slot.value).value_or(false);
}

Value applyOp(Session &session, llvm::StringRef className, std::string callee, SourceRange place,
              llvm::function_ref<Tensor *(OpCall &)> build) {
  Operation *operation =
      session.currentTrace() == 0 ? session.makeOperation(className, "", place) : nullptr;
  std::string name = operation ? operation->name : session.traceName();
  OpCall call(session, place, name, std::move(callee));
  Tensor *result = build(call);
  if (!result)
    return Value::error();
  // A tensor of its own, even where nothing was computed.
  Tensor *output = session.makeTensor(result->value, result->axes, result->element, name);
  if (operation)
    session.makeNode(operation, std::move(call.inputs), {output}, place);
  return output;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {

using Build = Tensor *(*)(OpCall &, BoundArguments &);

struct OpEntry {
  const char *name;
  /// Keras' class of the operation, which its automatic name comes from.
  const char *className;
  const char *parameters;
  Build build;
  /// The same on a plain number, where that is meaningful.
  double (*onNumber)(double) = nullptr;
};

template <typename Op> Tensor *unary(OpCall &call, BoundArguments &args) {
  return call.graph.unary<Op>(call.tensor(args["x"]));
}

template <typename Op> Tensor *binary(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  return x && y ? call.graph.binary<Op>(x, y) : nullptr;
}

template <ReduceKind kind> Tensor *reduce(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  return axes ? call.graph.reduce(kind, x, *axes, call.boolean(args["keepdims"])) : nullptr;
}

Tensor *mean(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  return axes ? call.graph.mean(x, *axes, call.boolean(args["keepdims"])) : nullptr;
}

template <bool isLog> Tensor *softmax(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axis = x ? call.axis(args["axis"], x->rank()) : std::nullopt;
  if (!axis)
    return nullptr;
  return isLog ? call.graph.logSoftmax(x, *axis) : call.graph.softmax(x, *axis);
}

Tensor *square(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  return x ? call.graph.binary<MulOp>(x, x) : nullptr;
}

Tensor *absolute(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  return x ? call.graph.binary<MaximumOp>(x, call.graph.unary<NegOp>(x)) : nullptr;
}

Tensor *matmul(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  return call.graph.matmul(x, y);
}

Tensor *expandDims(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axis = x ? call.axis(args["axis"], x->rank() + 1) : std::nullopt;
  return axis ? call.graph.expandDims(x, *axis) : nullptr;
}

Tensor *squeeze(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  if (!x)
    return nullptr;
  llvm::SmallVector<int64_t> ones;
  if (args["axis"].value.isNone()) {
    for (size_t i = 0; i < x->rank(); ++i)
      if (call.graph.session.resolve(x->axes[i].size) == DimExpr(1))
        ones.push_back(i);
    return call.graph.squeeze(x, ones);
  }
  auto axes = call.axes(args["axis"], x);
  return axes ? call.graph.squeeze(x, *axes) : nullptr;
}

Tensor *transpose(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  if (!x)
    return nullptr;
  llvm::SmallVector<int64_t> permutation = GraphBuilder::allAxes(x);
  const BoundArguments::Slot &slot = args["axes"];
  if (slot.value.isNone()) {
    std::reverse(permutation.begin(), permutation.end());
    return call.graph.transpose(x, permutation);
  }
  // In the order that is written, unlike the axes of a reduction.
  const auto *order = slot.value.as<eval::Sequence>();
  llvm::SmallVector<int64_t> written;
  for (Value value : order ? order->elements : std::vector<Value>())
    if (auto axis = call.axis({value, slot.place, true}, x->rank()))
      written.push_back(*axis);
    else
      return nullptr;
  if (std::is_permutation(written.begin(), written.end(), permutation.begin(), permutation.end()))
    return call.graph.transpose(x, written);
  call.graph.session.in.report(Code::InvalidArgument, slot.place,
                               "`axes` of {} is an order of the {} axes of '{}', got {}",
                               call.graph.callee, x->rank(), x->origin, slot.value.repr());
  return nullptr;
}

Tensor *concatenate(OpCall &call, BoundArguments &args) {
  auto tensors = call.tensors(args["xs"]);
  const BoundArguments::Slot &slot = args["axis"];
  if (!tensors)
    return nullptr;
  if (!slot.value.isInt()) {
    call.axis(slot, tensors->front()->rank());
    return nullptr;
  }
  auto axis = checkConcatenation(call.graph.session, *tensors, *slot.value.asInteger(),
                                 call.graph.callee, args.place, slot.place);
  return axis ? call.graph.concatenate(*tensors, *axis) : nullptr;
}

Tensor *reshape(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  Config config(call.graph.session, args);
  auto sizes = config.integers("newshape");
  if (!x || !sizes)
    return nullptr;
  bool isSound = llvm::count(*sizes, -1) <= 1 &&
                 llvm::all_of(*sizes, [](int64_t size) { return size == -1 || size > 0; });
  if (isSound)
    return call.graph.reshapeTo(x, *sizes, /*kept=*/0, args["newshape"].place);
  config.reject(args["newshape"], "newshape", "positive integers and at most one -1");
  return nullptr;
}

Tensor *stack(OpCall &call, BoundArguments &args) {
  auto tensors = call.tensors(args["x"]);
  auto axis = tensors ? call.axis(args["axis"], tensors->front()->rank() + 1) : std::nullopt;
  if (!axis)
    return nullptr;
  for (Tensor *&tensor : *tensors)
    tensor = call.graph.expandDims(tensor, *axis);
  auto checked = checkConcatenation(call.graph.session, *tensors, *axis, call.graph.callee,
                                    args.place, args["axis"].place);
  return checked ? call.graph.concatenate(*tensors, *checked) : nullptr;
}

Tensor *clip(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]), *low = call.tensor(args["x_min"]),
         *high = call.tensor(args["x_max"]);
  if (!x || !low || !high)
    return nullptr;
  return call.graph.binary<MinimumOp>(call.graph.binary<MaximumOp>(x, low), high);
}

/// Deviations from the mean, squared, averaged.
Tensor *variance(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  if (!axes)
    return nullptr;
  Tensor *deviation = call.graph.binary<SubOp>(x, call.graph.mean(x, *axes, /*keep=*/true));
  return call.graph.mean(call.graph.binary<MulOp>(deviation, deviation), *axes,
                         call.boolean(args["keepdims"]));
}

Tensor *deviation(OpCall &call, BoundArguments &args) {
  return call.graph.unary<SqrtOp>(variance(call, args));
}

Tensor *cast(OpCall &call, BoundArguments &args) {
  const auto *type = args["dtype"].value.as<eval::Str>();
  if (type && type->text == "float32")
    return call.graph.toFloat(call.tensor(args["x"]));
  call.graph.session.in.report(Code::NotSupportedYet, args["dtype"].place,
                               "{} to {} is not supported yet, only to \"float32\"",
                               call.graph.callee, args["dtype"].value.repr());
  return nullptr;
}

const OpEntry ops[] = {
    {"add", "Add", "x1, x2", binary<AddOp>},
    {"subtract", "Subtract", "x1, x2", binary<SubOp>},
    {"multiply", "Multiply", "x1, x2", binary<MulOp>},
    {"divide", "Divide", "x1, x2", binary<DivOp>},
    {"true_divide", "TrueDivide", "x1, x2", binary<DivOp>},
    {"maximum", "Maximum", "x1, x2", binary<MaximumOp>},
    {"minimum", "Minimum", "x1, x2", binary<MinimumOp>},
    {"negative", "Negative", "x", unary<NegOp>, [](double x) { return -x; }},
    {"exp", "Exp", "x", unary<ExpOp>, [](double x) { return std::exp(x); }},
    {"log", "Log", "x", unary<LogOp>, [](double x) { return std::log(x); }},
    {"sqrt", "Sqrt", "x", unary<SqrtOp>, [](double x) { return std::sqrt(x); }},
    {"square", "Square", "x", square, [](double x) { return x * x; }},
    {"abs", "Absolute", "x", absolute, [](double x) { return std::fabs(x); }},
    {"absolute", "Absolute", "x", absolute, [](double x) { return std::fabs(x); }},
    {"tanh", "Tanh", "x", unary<TanhOp>, [](double x) { return std::tanh(x); }},
    {"sigmoid", "Sigmoid", "x", unary<SigmoidOp>},
    {"relu", "Relu", "x", unary<ReluOp>},
    {"softmax", "Softmax", "x, axis=-1", softmax<false>},
    {"log_softmax", "LogSoftmax", "x, axis=-1", softmax<true>},
    {"sum", "Sum", "x, axis=None, keepdims=False", reduce<ReduceKind::sum>},
    {"max", "Max", "x, axis=None, keepdims=False", reduce<ReduceKind::max>},
    {"min", "Min", "x, axis=None, keepdims=False", reduce<ReduceKind::min>},
    {"mean", "Mean", "x, axis=None, keepdims=False", mean},
    {"matmul", "Matmul", "x1, x2", matmul},
    {"expand_dims", "ExpandDims", "x, axis", expandDims},
    {"squeeze", "Squeeze", "x, axis=None", squeeze},
    {"transpose", "Transpose", "x, axes=None", transpose},
    {"concatenate", "Concatenate", "xs, axis=0", concatenate},
    {"stack", "Stack", "x, axis=0", stack},
    {"reshape", "Reshape", "x, newshape", reshape},
    {"clip", "Clip", "x, x_min, x_max", clip},
    {"var", "Var", "x, axis=None, keepdims=False", variance},
    {"std", "Std", "x, axis=None, keepdims=False", deviation},
    {"cast", "Cast", "x, dtype", cast},
};

/// Other names of keras.ops that model files use; Rondo does not have them yet.
const std::vector<std::string> unsupportedOps = {"add_n",
                                                 "all",
                                                 "any",
                                                 "arange",
                                                 "argmax",
                                                 "argmin",
                                                 "average",
                                                 "broadcast_to",
                                                 "cond",
                                                 "conv",
                                                 "convert_to_tensor",
                                                 "cos",
                                                 "cumsum",
                                                 "dot",
                                                 "einsum",
                                                 "elu",
                                                 "equal",
                                                 "erf",
                                                 "flip",
                                                 "floor",
                                                 "full_like",
                                                 "gelu",
                                                 "greater",
                                                 "greater_equal",
                                                 "isnan",
                                                 "less",
                                                 "less_equal",
                                                 "linspace",
                                                 "log1p",
                                                 "logical_and",
                                                 "logical_not",
                                                 "logical_or",
                                                 "logsumexp",
                                                 "mod",
                                                 "moveaxis",
                                                 "norm",
                                                 "not_equal",
                                                 "one_hot",
                                                 "ones",
                                                 "ones_like",
                                                 "outer",
                                                 "pad",
                                                 "power",
                                                 "prod",
                                                 "repeat",
                                                 "roll",
                                                 "rsqrt",
                                                 "scan",
                                                 "selu",
                                                 "sign",
                                                 "silu",
                                                 "sin",
                                                 "slice",
                                                 "softplus",
                                                 "sort",
                                                 "split",
                                                 "stop_gradient",
                                                 "swapaxes",
                                                 "take",
                                                 "tensordot",
                                                 "tile",
                                                 "top_k",
                                                 "tril",
                                                 "triu",
                                                 "unstack",
                                                 "where",
                                                 "while_loop",
                                                 "zeros",
                                                 "zeros_like",
                                                 "mean_squared_error"};

/// Whether a symbolic tensor is among the arguments or in a list of them.
bool hasTensor(const BoundArguments &args) {
  return llvm::any_of(args.slots, [](const BoundArguments::Slot &slot) {
    if (const auto *sequence = slot.value.as<eval::Sequence>())
      return llvm::any_of(sequence->elements, [](Value element) { return element.as<Tensor>(); });
    return slot.value.as<Tensor>() != nullptr;
  });
}

Value callOp(Session &session, const OpEntry &entry, std::string callee, BoundArguments &args) {
  const BoundArguments::Slot &first = args.slots.front();
  if (auto number = first.value.asReal(); number && entry.onNumber && args.slots.size() == 1)
    return Value::real(entry.onNumber(*number));
  if (!hasTensor(args) && !llvm::any_of(args.slots, [](const BoundArguments::Slot &slot) {
        const auto *sequence = slot.value.as<eval::Sequence>();
        return sequence && llvm::any_of(sequence->elements, [](Value v) { return v.isError(); });
      })) {
    diagnostics::Diagnostic &diagnostic =
        session.in.report(Code::NotATensor, first.place, "{} takes a symbolic tensor, got {}",
                          callee, first.value.repr());
    if (first.value.asReal())
      diagnostic.help("plain numbers are computed with Python's operators");
    return Value::error();
  }
  return applyOp(session, entry.className, std::move(callee), args.place,
                 [&](OpCall &call) { return entry.build(call, args); });
}

//===----------------------------------------------------------------------===//
// keras.backend
//===----------------------------------------------------------------------===//

/// `keras.backend`. Up to Keras 2 it had today's keras.ops; using those names is
/// understood, with a warning that says where they went.
class BackendModule : public KerasModule {
public:
  BackendModule(std::string name, eval::Module *ops) : KerasModule(std::move(name), {}), ops(ops) {}

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (auto value = Module::attribute(in, name, place))
      return value;
    llvm::StringRef current = name == "permute_dimensions" ? "transpose" : name;
    auto moved = ops->attribute(in, current, place);
    if (!moved)
      return std::nullopt;
    diagnostics::Diagnostic &diagnostic =
        in.report(Code::BackendFunctionMoved, place,
                  "`{}` is not in `keras.backend` of Keras 3; it is `keras.ops.{}`", name, current);
    suggestOps(in, diagnostic, current, place);
    return moved;
  }

private:
  /// Replaces `K.sum` by what the file calls keras.ops, importing it if needed.
  void suggestOps(Interpreter &in, diagnostics::Diagnostic &diagnostic, llvm::StringRef function,
                  SourceRange place) {
    // `place` is the name after the dot; the alias is the identifier before it.
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

  eval::Module *ops;
};

} // namespace

void addOps(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *module = catalogue.addModule("keras.ops", unsupportedOps);
  for (const OpEntry &entry : ops) {
    std::string callee = fmt::format("`ops.{}`", entry.name);
    catalogue.addFunction(module, entry.name, entry.parameters,
                          [&session, &entry, callee](Interpreter &, BoundArguments &args) {
                            return callOp(session, entry, callee, args);
                          });
  }
  catalogue.addFunction(module, "shape", "x", [](Interpreter &in, BoundArguments &args) {
    return in.attribute(args["x"].value, "shape", args["x"].place);
  });

  auto *backend = session.in.heap.make<BackendModule>("keras.backend", module);
  catalogue.addFunction(backend, "epsilon", "",
                        [](Interpreter &, BoundArguments &) { return Value::real(1e-7); });
  catalogue.addFunction(backend, "floatx", "", [](Interpreter &in, BoundArguments &) {
    return Value(in.heap.str("float32"));
  });
  catalogue.addFunction(backend, "backend", "", [](Interpreter &in, BoundArguments &) {
    return Value(in.heap.str("tensorflow"));
  });
  catalogue.addFunction(backend, "clear_session", "free_memory=True",
                        [&session](Interpreter &, BoundArguments &) {
                          session.clearNames();
                          return Value();
                        });
  catalogue.addModule(backend);
}

} // namespace rondo::keras
