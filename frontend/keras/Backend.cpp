//===- Backend.cpp - keras.backend of Keras 2 -----------------------------===//
//
// `keras.backend` of Keras 2: operations of keras.ops with other names, parameters
// and defaults. Keras 3 has 14 of its functions left; the others are understood,
// with a warning that says what to write.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Size.h"
#include "frontend/keras/Spellings.h"
#include "frontend/keras/Subclassing.h"
#include <set>

namespace rondo::keras {

Value callOp(Interpreter &in, eval::Module *ops, llvm::StringRef op, const BoundArguments &bound,
             std::vector<PlacedValue> positional) {
  Arguments arguments{bound.place, bound.calleePlace, std::move(positional), {}};
  return in.call(ops->members.lookup(op), arguments);
}

Value callSpelling(Interpreter &in, eval::Module *ops, const Spelling &spelling,
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

namespace {

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
    {"conv1d", "conv", "x, kernel, strides=1, padding='valid', data_format=None, dilation_rate=1"},
    {"sigmoid", "sigmoid", "x"},
    {"hard_sigmoid", "hard_sigmoid", "x"},
    {"softmax", "softmax", "x, axis=-1"},
    {"softplus", "softplus", "x"},
    {"softsign", "softsign", "x"},
    {"elu", "elu", "x, alpha=1.0"},
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
    {"zeros_like", "zeros_like", "x, dtype=None, *, name=None"},
    {"ones_like", "ones_like", "x, dtype=None, *, name=None"},
    {"l2_normalize", "normalize", l2Parameters},
    {"cast", "cast", "x, dtype"},
    {"prod", "prod", "x, axis=None, keepdims=False"},
    {"cumsum", "cumsum", "x, axis=0"},
    {"cumprod", "cumprod", "x, axis=0"},
    {"argmin", "argmin", "x, axis=-1"},
    {"round", "round", "x"},
    {"gather", "take", "reference, indices, axis=0"},
    {"arange", "arange", "start, stop=None, step=1"},
    {"eye", "eye", "size"},
    {"ones", "ones", "shape"},
    {"zeros", "zeros", "shape"},
    {"stop_gradient", "stop_gradient", "variables"},
    {"identity", "copy", "x, *, name=None"},
    {"print_tensor", "copy", "x, *, message='', summarize=3"},
    {"in_top_k", "in_top_k", "predictions, targets, k"},
    {"sparse_categorical_crossentropy", "sparse_categorical_crossentropy",
     "target, output, from_logits=False, axis=-1"},
    {"categorical_crossentropy", "categorical_crossentropy",
     "target, output, from_logits=False, axis=-1"},
    {"binary_crossentropy", "binary_crossentropy", "target, output, from_logits=False"},
    {"map_fn", "map", "fn, elems"},
    {"int_shape", "shape", "x"},
    {"shape", "shape", "x"},
    {"ndim", "ndim", "x"},
};

/// Every place of the file where this text stands as names of its own.
std::vector<SourceRange> placesOf(SourceRange names) {
  auto isPart = [](char c) {
    return llvm::isAlnum(c) || c == '_' || c == '.' || c == '\'' || c == '"';
  };
  llvm::StringRef text = names.file->text(), wanted = names.text();
  std::vector<SourceRange> places;
  for (size_t at = text.find(wanted); at != llvm::StringRef::npos;
       at = text.find(wanted, at + wanted.size())) {
    size_t end = at + wanted.size();
    if ((at == 0 || !isPart(text[at - 1])) && (end == text.size() || !isPart(text[end])))
      places.push_back({names.file, uint32_t(at), uint32_t(end)});
  }
  return places;
}

/// Replaces `K.sum`, of which `place` is the `sum`, wherever the file has it, by what the file
/// calls keras.ops, importing it if needed.
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
      for (SourceRange use : placesOf(whole))
        diagnostic.fix(use, global + "." + function.str());
      return;
    }
  if (in.global("ops") || in.importPlaces.empty())
    return;
  for (SourceRange use : placesOf(whole))
    diagnostic.fix(use, "ops." + function.str());
  diagnostic.fix(in.importPlaces.front().before(), "from keras import ops\n");
}

//===----------------------------------------------------------------------===//
// What is more than another name
//===----------------------------------------------------------------------===//

PlacedValue placed(const BoundArguments &bound, llvm::StringRef parameter) {
  return {bound[parameter].value, bound[parameter].place};
}

PlacedValue integerAt(int64_t value, SourceRange place) { return {Value::integer(value), place}; }

/// The shape `(-1, …)` as an argument.
PlacedValue shapeArgument(Interpreter &in, std::vector<Value> sizes, SourceRange place) {
  return {in.heap.tuple(std::move(sizes)), place};
}

Value flatten(Interpreter &in, Catalogue &catalogue, BoundArguments &bound, bool keepsBatch) {
  Tensor *x = bound["x"].value.as<Tensor>();
  std::vector<Value> sizes{Value::integer(-1)};
  if (x && keepsBatch) {
    int64_t count = 1;
    for (size_t axis = 1; axis < x->rank(); ++axis) {
      auto size = x->size(axis).getConstant();
      count = size && count > 0 ? count * *size : -1;
    }
    if (count < 0) {
      in.report(Code::DynamicSize, bound.place,
                "`batch_flatten` of '{}' of shape {}: the result would have a size that is only "
                "known when the model runs",
                x->origin, x->shape());
      return Value::error();
    }
    sizes.push_back(Value::integer(count));
  }
  auto *ops = static_cast<eval::Module *>(catalogue.findModule("keras.ops"));
  return callOp(in, ops, "reshape", bound,
                {placed(bound, "x"), shapeArgument(in, std::move(sizes), bound.place)});
}

/// `K.batch_dot`: what the layer `Dot` does; by default the last axis of `x` meets the last but
/// one of `y`.
Value batchDot(Interpreter &in, Catalogue &catalogue, BoundArguments &bound) {
  const BoundArguments::Slot &axes = bound["axes"];
  Value chosen = axes.value;
  Tensor *x = bound["x"].value.as<Tensor>(), *y = bound["y"].value.as<Tensor>();
  if (chosen.isNone() && x && y)
    chosen = in.heap.tuple({Value::integer(int64_t(x->rank()) - 1),
                            Value::integer(std::max<int64_t>(int64_t(y->rank()) - 2, 1))});
  Arguments make{axes.given ? axes.place : bound.place,
                 bound.calleePlace,
                 {},
                 {{"axes", axes.place, chosen, axes.place},
                  {"name", bound.place, in.heap.str("batch_dot"), bound.place}}};
  Value layer = in.call(catalogue.layers->members.lookup("Dot"), make);
  Arguments call{bound.place,
                 bound.calleePlace,
                 {{in.heap.list({bound["x"].value, bound["y"].value}), bound.place}},
                 {}};
  return in.call(layer, call);
}

/// `K.relu` with what else it takes: the layer `ReLU`.
Value relu(Interpreter &in, Catalogue &catalogue, BoundArguments &bound) {
  auto *ops = static_cast<eval::Module *>(catalogue.findModule("keras.ops"));
  if (!bound["alpha"].given && !bound["max_value"].given && !bound["threshold"].given)
    return callOp(in, ops, "relu", bound, {placed(bound, "x")});
  Arguments make{bound.place, bound.calleePlace, {}, {}};
  for (const auto &[parameter, today] :
       {std::pair("alpha", "negative_slope"), std::pair("max_value", "max_value"),
        std::pair("threshold", "threshold")})
    make.keywords.push_back(
        {today, bound[parameter].place, bound[parameter].value, bound[parameter].place});
  make.keywords.push_back({"name", bound.place, in.heap.str("relu"), bound.place});
  Value layer = in.call(catalogue.layers->members.lookup("ReLU"), make);
  Arguments call{bound.place, bound.calleePlace, {placed(bound, "x")}, {}};
  return in.call(layer, call);
}

/// `K.repeat(x, n)`: (batch, features) to (batch, n, features).
Value repeat(Interpreter &in, Catalogue &catalogue, BoundArguments &bound) {
  auto *ops = static_cast<eval::Module *>(catalogue.findModule("keras.ops"));
  Value steps =
      callOp(in, ops, "expand_dims", bound, {placed(bound, "x"), integerAt(1, bound.place)});
  return callOp(in, ops, "repeat", bound,
                {{steps, bound.place}, placed(bound, "n"), integerAt(1, bound.place)});
}

struct Replaced {
  const char *name, *parameters;
  /// What to write in its place.
  const char *today;
  /// Null: a function that no layer needs.
  Value (*body)(Interpreter &, Catalogue &, BoundArguments &);
  Native::Opaques opaques = Native::Opaques::Swallow;
};

/// What changes no numbers.
Value ignored(Interpreter &, Catalogue &, BoundArguments &) { return Value(); }

/// What only a training script has a use for is unknown.
Value valueOfScript(Interpreter &in, Catalogue &, BoundArguments &bound) {
  return in.heap.make<eval::Opaque>("keras.backend", "", bound.place);
}

const Replaced replaced[] = {
    {"batch_dot", "x, y, axes=None", "the layer `Dot`, or `keras.ops.einsum`", batchDot},
    {"relu", "x, alpha=0.0, max_value=None, threshold=0.0", "`keras.ops.relu`, or the layer `ReLU`",
     relu},
    {"repeat", "x, n", "the layer `RepeatVector`", repeat},
    {"flatten", "x", "`keras.ops.reshape(x, (-1,))`",
     [](Interpreter &in, Catalogue &catalogue, BoundArguments &bound) {
       return flatten(in, catalogue, bound, /*keepsBatch=*/false);
     }},
    {"batch_flatten", "x", "the layer `Flatten`, or `keras.ops.reshape`",
     [](Interpreter &in, Catalogue &catalogue, BoundArguments &bound) {
       return flatten(in, catalogue, bound, /*keepsBatch=*/true);
     }},
    {"bias_add", "x, bias, data_format=None", "`+`",
     [](Interpreter &in, Catalogue &, BoundArguments &bound) {
       return in.binary(ast::BinaryOp::Add, bound["x"].value, bound["bias"].value, bound.place);
     }},
    {"cast_to_floatx", "x", "`keras.ops.cast(x, \"float32\")`",
     [](Interpreter &in, Catalogue &catalogue, BoundArguments &bound) {
       auto *ops = static_cast<eval::Module *>(catalogue.findModule("keras.ops"));
       return callOp(in, ops, "cast", bound,
                     {placed(bound, "x"), {in.heap.str("float32"), bound.place}});
     }},
    {"constant", "value, dtype=None, shape=None, name=None", "the number itself",
     [](Interpreter &in, Catalogue &, BoundArguments &bound) {
       const BoundArguments::Slot &value = bound["value"];
       if (value.value.asReal() && bound["shape"].value.isNone())
         return value.value;
       eval::NdArray *array = eval::toArray(in, value.value, value.place);
       return array ? Value(array) : Value::error();
     }},
    {"dtype", "x", "`x.dtype`",
     [](Interpreter &in, Catalogue &, BoundArguments &bound) {
       return in.attribute(bound["x"].value, "dtype", bound.place);
     }},
    {"learning_phase", "", "the argument `training` of `call`",
     [](Interpreter &in, Catalogue &catalogue, BoundArguments &) -> Value {
       const std::vector<Value> &training = catalogue.session.trainingArguments;
       return training.empty() ? Value(in.heap.make<TrainingPhase>()) : training.back();
     }},
    {"in_train_phase", "x, alt, training=None", "the argument `training` of `call`",
     [](Interpreter &, Catalogue &catalogue, BoundArguments &bound) {
       return chosenByPhase(catalogue.session, bound, "x", "alt");
     }},
    {"in_test_phase", "x, alt, training=None", "the argument `training` of `call`",
     [](Interpreter &, Catalogue &catalogue, BoundArguments &bound) {
       return chosenByPhase(catalogue.session, bound, "alt", "x");
     }},
    {"rnn",
     "step_function, inputs, initial_states, go_backwards=False, mask=None, constants=None, "
     "unroll=False, input_length=None, time_major=False, zero_output_for_mask=False, "
     "return_all_outputs=True",
     "the layer `RNN`",
     [](Interpreter &, Catalogue &catalogue, BoundArguments &bound) {
       return rnnOfBackend(catalogue.session, bound);
     }},
    {"random_normal", "shape, mean=0.0, stddev=1.0, dtype=None, seed=None", "`keras.random.normal`",
     [](Interpreter &, Catalogue &catalogue, BoundArguments &bound) {
       return drawOfBackend(catalogue, "random_normal", bound);
     }},
    {"random_uniform", "shape, minval=0.0, maxval=1.0, dtype=None, seed=None",
     "`keras.random.uniform`",
     [](Interpreter &, Catalogue &catalogue, BoundArguments &bound) {
       return drawOfBackend(catalogue, "random_uniform", bound);
     }},
    {"random_bernoulli", "shape, p=0.0, dtype=None, seed=None", "`keras.random.uniform(shape) < p`",
     [](Interpreter &, Catalogue &catalogue, BoundArguments &bound) {
       return drawOfBackend(catalogue, "random_bernoulli", bound);
     }},
    {"random_binomial", "shape, p=0.0, dtype=None, seed=None", "`keras.random.uniform(shape) < p`",
     [](Interpreter &, Catalogue &catalogue, BoundArguments &bound) {
       return drawOfBackend(catalogue, "random_binomial", bound);
     }},
    {"set_session", "session", "not needed: there are no sessions", ignored},
    {"get_session", "", "not needed: there are no sessions", valueOfScript},
    {"set_learning_phase", "value", "the argument `training` of `call`", ignored},
    {"manual_variable_initialization", "value", "not needed: there are no sessions", ignored},
    {"set_image_dim_ordering", "dim_ordering", "`keras.config.set_image_data_format`", ignored},
    {"image_dim_ordering", "", "`keras.config.image_data_format`",
     [](Interpreter &in, Catalogue &, BoundArguments &) { return Value(in.heap.str("tf")); }},
    {"_get_available_gpus", "", "not needed: Rondo compiles for CPUs",
     [](Interpreter &in, Catalogue &, BoundArguments &) { return Value(in.heap.list({})); }},
    {"name_scope", "name", "`tf.name_scope`, which no name in Keras depends on",
     [](Interpreter &in, Catalogue &, BoundArguments &bound) {
       return Value(in.heap.make<eval::Opaque>("keras.backend.name_scope", "", bound.place));
     }},
    {"variable", "initializer, dtype=None, name=None, constraint=None",
     "`self.add_weight(…)` in a layer",
     [](Interpreter &, Catalogue &catalogue, BoundArguments &bound) {
       return makeLayerVariable(catalogue.session, bound);
     },
     Native::Opaques::Pass},
    {"placeholder", "*args, **kwargs", "`keras.Input(…)`", nullptr},
    {"dropout", "*args, **kwargs", "the layer `Dropout`", nullptr},
    {"ctc_batch_cost", "*args, **kwargs",
     "`loss=\"ctc\"` of `compile`, whose targets are the labels,", nullptr},
    {"ctc_decode", "*args, **kwargs", "`keras.ops.ctc_decode`", valueOfScript},
    {"gradients", "*args, **kwargs", "`rondo gradients`", nullptr},
    {"function", "*args, **kwargs", "`keras.Model(inputs, outputs)`", valueOfScript},
    {"eval", "*args, **kwargs", "`keras.ops.convert_to_numpy`", valueOfScript},
    {"get_value", "*args, **kwargs", "`keras.ops.convert_to_numpy`", valueOfScript},
    {"set_value", "*args, **kwargs", "`assign` of the variable", valueOfScript},
};

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

/// What `keras.backend` has in Keras 3.15, and what `tensorflow.keras.backend` has there.
constexpr llvm::StringLiteral namesOfKeras =
    "clear_session epsilon floatx get_uid image_data_format is_float_dtype is_int_dtype "
    "is_keras_tensor result_type set_epsilon set_floatx set_image_data_format "
    "standardize_dtype";
constexpr llvm::StringLiteral namesOfTensorflow =
    "abs all any arange argmax argmin backend batch_dot batch_flatten batch_get_value "
    "batch_normalization batch_set_value bias_add binary_crossentropy "
    "binary_focal_crossentropy cast cast_to_floatx categorical_crossentropy "
    "categorical_focal_crossentropy clear_session clip concatenate constant conv1d conv2d "
    "conv2d_transpose conv3d cos count_params ctc_batch_cost ctc_decode "
    "ctc_label_dense_to_sparse cumprod cumsum depthwise_conv2d dot dropout dtype elu "
    "epsilon equal eval exp expand_dims eye flatten floatx foldl foldr gather get_uid "
    "get_value gradients greater greater_equal hard_sigmoid image_data_format in_top_k "
    "int_shape is_float_dtype is_int_dtype is_keras_tensor is_sparse l2_normalize less "
    "less_equal log map_fn max maximum mean min minimum moving_average_update name_scope "
    "ndim not_equal one_hot ones ones_like permute_dimensions pool2d pool3d pow prod "
    "random_bernoulli random_normal random_normal_variable random_uniform "
    "random_uniform_variable relu repeat repeat_elements reshape resize_images "
    "resize_volumes result_type reverse rnn round separable_conv2d set_epsilon set_floatx "
    "set_image_data_format set_value shape sigmoid sign sin softmax softplus softsign "
    "sparse_categorical_crossentropy spatial_2d_padding spatial_3d_padding sqrt square "
    "squeeze stack standardize_dtype std stop_gradient sum switch tanh temporal_padding "
    "tile to_dense transpose truncated_normal update update_add update_sub var variable "
    "zeros zeros_like";

/// `keras.backend`.
class BackendModule : public KerasModule {
public:
  BackendModule(Catalogue &catalogue, eval::Module *ops)
      : KerasModule("keras.backend", {}), catalogue(catalogue), ops(ops) {
    Session &session = catalogue.session;
    for (const Spelling &spelling : backendSpellings) {
      Value op = ops->members.lookup(spelling.op);
      if (!op.getObject())
        continue;
      Native *function = session.in.heap.make<KerasFunction>(
          spelling.name, spelling.parameters,
          [ops, &spelling](Interpreter &in, BoundArguments &bound) {
            return callSpelling(in, ops, spelling, bound);
          });
      functions[spelling.name] = function;
      session.spellings[function] = op.getObject();
    }
    for (const Replaced &entry : replaced)
      if (entry.body)
        functions[entry.name] = session.in.heap.make<Native>(
            entry.name, entry.parameters,
            [&catalogue, &entry](Interpreter &in, BoundArguments &bound) {
              return entry.body(in, catalogue, bound);
            },
            entry.opaques);
    session.spellings[functions.lookup("relu").getObject()] =
        ops->members.lookup("relu").getObject();
  }

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (in.isAsking && !isThere(in, name))
      return std::nullopt;
    if (name == "tensorflow_backend")
      return Value(this);
    for (const Spelling &spelling : backendSpellings)
      if (name == spelling.name)
        return spelled(in, spelling, place);
    for (const Replaced &entry : replaced) {
      if (name != entry.name)
        continue;
      if (entry.body)
        warnOnce(in, name, place, entry.today);
      else
        in.report(Code::NotSupportedYet, place, "`{}` of `keras.backend` is not supported", name)
            .help("{} takes its place", entry.today);
      return entry.body ? std::optional(functions.lookup(name)) : std::nullopt;
    }
    if (name.starts_with("random_") || name == "truncated_normal")
      return reportRandom(in, "keras.backend." + name.str(), place);
    return KerasModule::attribute(in, name, place);
  }

  std::vector<std::string> knownNames() const override {
    std::vector<std::string> names = KerasModule::knownNames();
    for (const Spelling &spelling : backendSpellings)
      names.push_back(spelling.name);
    for (const Replaced &entry : replaced)
      names.push_back(entry.name);
    return names;
  }

private:
  /// Whether Keras 3 has it where the file imports the backend from.
  static bool isThere(Interpreter &in, llvm::StringRef name) {
    llvm::StringRef names = isOfTensorflow(in) ? namesOfTensorflow : namesOfKeras;
    return llvm::is_contained(llvm::split(names, ' '), name);
  }

  /// Whether the file has it from `tensorflow.keras`, which keeps what Keras 2 had.
  static bool isOfTensorflow(Interpreter &in) {
    auto says = [&](std::initializer_list<llvm::StringRef> words) {
      return llvm::any_of(in.importPlaces, [&](SourceRange place) {
        return llvm::all_of(words,
                            [&](llvm::StringRef word) { return place.text().contains(word); });
      });
    };
    return says({"tensorflow", "backend"}) ||
           (says({"tensorflow"}) && !says({"from keras"}) && !says({"import keras"}));
  }

  std::optional<Value> spelled(Interpreter &in, const Spelling &spelling, SourceRange place) {
    if (!functions.count(spelling.name)) {
      in.report(Code::NotSupportedYet, place,
                "`{}` of `keras.backend` is `keras.ops.{}` in Keras 3, which is not supported yet",
                spelling.name, spelling.op);
      return std::nullopt;
    }
    auto *diagnostic =
        warnOnce(in, spelling.name, place, fmt::format("`keras.ops.{}`", spelling.op));
    // A mend changes the name only: what has other parameters stays.
    const Native *op = ops->members.lookup(spelling.op).as<Native>();
    llvm::StringRef parameters = spelling.parameters;
    if (diagnostic && (op->parameters == spelling.parameters ||
                       !(parameters.contains("=-1") || parameters.contains("axis=0"))))
      suggestOps(in, ops, *diagnostic, spelling.op, place);
    return functions.lookup(spelling.name);
  }

  /// Says so the first time that the file uses the name; null later.
  diagnostics::Diagnostic *warnOnce(Interpreter &in, llvm::StringRef name, SourceRange place,
                                    llvm::StringRef today) {
    // TensorFlow's take what layers hand on, but no symbolic tensors.
    const bool isFine = catalogue.session.currentTrace() != 0 || name == "name_scope";
    if (in.isAsking || (isFine && isOfTensorflow(in) && isThere(in, name)) ||
        !said.insert(name.str()).second)
      return nullptr;
    return &in.report(Code::BackendFunctionMoved, place,
                      "`{}` is not in `keras.backend` of Keras 3; it is {}", name, today);
  }

  Catalogue &catalogue;
  eval::Module *ops;
  llvm::StringMap<Value> functions;
  std::set<std::string> said;
};

/// `keras.KerasTensor`: what symbolic tensors are outside of layers. Inside they are TensorFlow's.
class KerasTensorClass : public KerasFunction {
public:
  explicit KerasTensorClass(Session &session)
      : KerasFunction("KerasTensor", "*args, **kwargs",
                      [](Interpreter &in, BoundArguments &arguments) {
                        return in.mistake(Code::NotSupportedYet, arguments.calleePlace,
                                          "making a `KerasTensor` is not supported yet: "
                                          "`keras.Input` makes one");
                      }),
        session(session) {}
  std::string typeName() const override { return "type"; }
  std::optional<bool> hasInstance(Value value) const override {
    return value.as<Tensor>() && session.currentTrace() == 0;
  }

private:
  Session &session;
};

} // namespace

void addBackend(Catalogue &catalogue) {
  Session &session = catalogue.session;
  auto *ops = static_cast<eval::Module *>(catalogue.findModule("keras.ops"));
  auto *backend = session.in.heap.make<BackendModule>(catalogue, ops);
  catalogue.addFunction(backend, "clear_session", "free_memory=True",
                        [&session](Interpreter &, BoundArguments &) {
                          session.clear();
                          return Value();
                        });
  catalogue.addFunction(
      static_cast<eval::Module *>(catalogue.keras), "Variable",
      "initializer, shape=None, dtype=None, trainable=True, autocast=True, "
      "aggregation=None, synchronization=None, name=None",
      [&session](Interpreter &, BoundArguments &bound) {
        return makeLayerVariable(session, bound);
      },
      Native::Opaques::Pass);
  auto *tensorClass = session.in.heap.make<KerasTensorClass>(session);
  static_cast<eval::Module *>(catalogue.keras)->members["KerasTensor"] = tensorClass;
  catalogue.addFunction(
      backend, "is_keras_tensor", "x", [tensorClass](Interpreter &, BoundArguments &arguments) {
        return Value::boolean(tensorClass->hasInstance(arguments["x"].value).value_or(false));
      });
  catalogue.addFunction(backend, "standardize_dtype", "dtype",
                        [](Interpreter &in, BoundArguments &arguments) {
                          Value dtype = arguments["dtype"].value;
                          return dtype.isNone() ? Value(in.heap.str("float32")) : dtype;
                        });
  catalogue.addModule(backend);
}

} // namespace rondo::keras
