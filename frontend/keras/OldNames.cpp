//===- OldNames.cpp - Names that Keras had before version 3 ---------------===//
//
// Tables of what moved and was renamed, and `merge`.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/OldNames.h"
#include "frontend/keras/Catalogue.h"

namespace rondo::keras {

using Slot = BoundArguments::Slot;

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

namespace {

/// Folders of Keras 1 and 2 that are parts of another module today. The first that
/// the path starts with decides.
const std::pair<llvm::StringRef, llvm::StringRef> movedModules[] = {
    {"engine.training", "models"},
    {"engine.sequential", "models"},
    {"engine.functional", "models"},
    {"engine", "layers"},
    {"legacy", "layers"},
    {"objectives", "losses"},
    {"initializations", "initializers"},
    {"optimizer_v1", "optimizers"},
    {"optimizer_v2", "optimizers"},
};

/// Files and folders of Keras whose contents are found in the module around them.
const std::pair<llvm::StringRef, llvm::StringRef> flattened[] = {
    {"layers",
     "core recurrent wrappers normalization embeddings convolutional pooling merge merging "
     "noise local advanced_activations rnn attention regularization reshaping activation "
     "cudnn_recurrent convolutional_recurrent preprocessing experimental legacy"},
    {"optimizers", "legacy experimental optimizer_v1 optimizer_v2 adam_v2 gradient_descent_v2 "
                   "rmsprop_v2 adagrad_v2 adadelta_v2 adamax_v2 nadam_v2"},
    {"models", "model sequential functional"},
    {"losses", "losses"},
    {"backend", "tensorflow_backend common load_backend"},
    {"initializers", "initializers_v1 initializers_v2 initializers"},
    {"mixed_precision", "experimental policy"},
};

bool startsWith(llvm::StringRef path, llvm::StringRef folder) {
  return path == folder || (path.starts_with(folder) && path[folder.size()] == '.');
}

/// The path within Keras today.
std::string todaysPart(llvm::StringRef part) {
  if (startsWith(part, "legacy.preprocessing"))
    part.consume_front("legacy.");
  for (const auto &[before, today] : movedModules)
    if (startsWith(part, before))
      return today.str();
  for (const auto &[module, files] : flattened) {
    auto [head, rest] = part.split('.');
    if (head == module && llvm::is_contained(splitWords(files), rest.split('.').first))
      return module.str();
  }
  return part.str();
}

} // namespace

std::optional<std::string> todaysModule(llvm::StringRef path) {
  // Where Keras was found, and where it is found.
  static const std::pair<llvm::StringRef, llvm::StringRef> roots[] = {
      {"tensorflow.python.keras", "tensorflow.keras"},
      {"tensorflow.contrib.keras", "tensorflow.keras"},
      {"tensorflow.compat.v1.keras", "tensorflow.keras"},
      {"tensorflow.compat.v2.keras", "tensorflow.keras"},
      {"tensorflow.compat.v1", "tensorflow"},
      {"tensorflow.compat.v2", "tensorflow"},
      {"tensorflow.keras.api", "tensorflow.keras"},
      {"tensorflow.keras", "tensorflow.keras"},
      {"tf_keras", "keras"},
      {"keras.src", "keras"},
      {"keras.api", "keras"},
      {"keras", "keras"},
  };
  for (const auto &[before, today] : roots) {
    if (!startsWith(path, before))
      continue;
    llvm::StringRef part = path.drop_front(before.size());
    part.consume_front(".");
    std::string result = today.str();
    if (today.ends_with("keras") && !part.empty())
      result += "." + todaysPart(part);
    else if (!part.empty())
      result += "." + part.str();
    return result == path ? std::nullopt : std::optional(result);
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Members of modules
//===----------------------------------------------------------------------===//

llvm::StringRef todaysMember(llvm::StringRef module, llvm::StringRef name) {
  if (module == "keras.mixed_precision")
    return name == "set_policy" ? "set_global_policy" : "";
  if (module == "keras.losses" || module == "keras.metrics")
    return llvm::StringSwitch<llvm::StringRef>(name)
        .Case("cosine_proximity", "cosine_similarity")
        .Case("kullback_leibler_divergence", "kl_divergence")
        .Case("logcosh", "log_cosh")
        .Case("huber_loss", "huber")
        .Default("");
  if (module != "keras.layers")
    return "";
  return llvm::StringSwitch<llvm::StringRef>(name)
      .Case("CuDNNLSTM", "LSTM")
      .Case("CuDNNGRU", "GRU")
      .Case("TimeDistributedDense", "Dense")
      .Case("AtrousConvolution1D", "Conv1D")
      .Case("BatchNormalizationV1", "BatchNormalization")
      .Case("BatchNormalizationV2", "BatchNormalization")
      .Cases("InputLayerV1", "InputLayerV2", "InputLayer")
      .Default("");
}

/// Every use of an imported name beside its import, for a mend that renames it.
static std::vector<SourceRange> usesOf(llvm::StringRef name, SourceRange import) {
  auto isPart = [](char c) { return llvm::isAlnum(c) || c == '_' || c == '\'' || c == '"'; };
  llvm::StringRef text = import.file->text();
  std::vector<SourceRange> uses;
  for (size_t at = text.find(name); at != llvm::StringRef::npos;
       at = text.find(name, at + name.size())) {
    size_t end = at + name.size();
    bool isWhole = (at == 0 || !(isPart(text[at - 1]) || text[at - 1] == '.')) &&
                   (end == text.size() || !isPart(text[end]));
    if (isWhole && at != import.begin)
      uses.push_back({import.file, uint32_t(at), uint32_t(end)});
  }
  return uses;
}

void warnOfOldName(Interpreter &in, llvm::StringRef module, llvm::StringRef name,
                   llvm::StringRef today, SourceRange place) {
  diagnostics::Diagnostic &diagnostic = in.report(
      Code::OldKerasName, place, "`{}.{}` is `{}.{}` in Keras 3", module, name, module, today);
  if (place.text() != name)
    return;
  diagnostic.fix(place, today.str());
  // `from keras.layers import CuDNNLSTM` and no alias: the name is used below.
  llvm::StringRef before = place.file->text().take_front(place.begin).rtrim(" \t");
  llvm::StringRef after = place.file->text().drop_front(place.end).ltrim(" \t");
  if (!before.ends_with(".") && !after.starts_with("as "))
    for (SourceRange use : usesOf(name, place))
      diagnostic.fix(use, today.str());
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

namespace {

struct OldArgument {
  llvm::StringRef name;
  /// What it is called today, by function: the first that the function has.
  std::vector<llvm::StringRef> today;
};

const OldArgument oldArguments[] = {
    {"output_dim", {"units"}},
    {"init", {"kernel_initializer", "embeddings_initializer"}},
    {"inner_init", {"recurrent_initializer"}},
    {"inner_activation", {"recurrent_activation"}},
    {"W_regularizer", {"kernel_regularizer", "embeddings_regularizer"}},
    {"U_regularizer", {"recurrent_regularizer"}},
    {"b_regularizer", {"bias_regularizer"}},
    {"W_constraint", {"kernel_constraint", "embeddings_constraint"}},
    {"U_constraint", {"recurrent_constraint"}},
    {"b_constraint", {"bias_constraint"}},
    {"bias", {"use_bias"}},
    {"dropout_W", {"dropout"}},
    {"dropout_U", {"recurrent_dropout"}},
    {"nb_filter", {"filters"}},
    {"filter_length", {"kernel_size"}},
    {"subsample_length", {"strides"}},
    {"border_mode", {"padding"}},
    {"pool_length", {"pool_size"}},
    {"p", {"rate"}},
    {"sigma", {"stddev"}},
    {"input", {"inputs"}},
    {"output", {"outputs"}},
    {"nb_epoch", {"epochs"}},
    {"lr", {"learning_rate"}},
    {"keep_dims", {"keepdims"}},
    {"reduction_indices", {"axis"}},
    {"dimension", {"axis"}},
    {"dim", {"axis"}},
    {"concat_dim", {"axis"}},
};

/// What only chose between implementations, or is ignored by Keras 3.
const llvm::StringRef withoutEffect[] = {"consume_less", "implementation", "decay",
                                         "input_length", "use_resource",   "forget_bias_init"};

std::vector<llvm::StringRef> parameterNames(llvm::StringRef parameters) {
  llvm::SmallVector<llvm::StringRef> parts;
  parameters.split(parts, ',');
  std::vector<llvm::StringRef> names;
  for (llvm::StringRef part : parts)
    names.push_back(part.split('=').first.trim());
  return names;
}

/// Translates the arguments of one call.
class Translation {
public:
  Translation(Interpreter &in, llvm::StringRef callee, llvm::StringRef parameters,
              Arguments &arguments)
      : in(in), callee(callee), names(parameterNames(parameters)), arguments(arguments) {}

  void run() {
    // Functions that take any name know their arguments better.
    if (arguments.keywords.empty() || has("**kwargs"))
      return;
    translateInputShape();
    for (eval::KeywordArgument &keyword : arguments.keywords)
      rename(keyword);
    llvm::erase_if(arguments.keywords,
                   [&](const eval::KeywordArgument &keyword) { return isDropped(keyword); });
  }

private:
  bool has(llvm::StringRef parameter) const { return llvm::is_contained(names, parameter); }

  void rename(eval::KeywordArgument &keyword) {
    if (has(keyword.name))
      return;
    for (const OldArgument &old : oldArguments) {
      if (old.name != keyword.name)
        continue;
      for (llvm::StringRef today : old.today) {
        if (!has(today))
          continue;
        diagnostics::Diagnostic &diagnostic =
            in.report(Code::OldKerasName, keyword.namePlace, "`{}` of `{}` is `{}` in Keras 3",
                      keyword.name, callee, today);
        if (keyword.namePlace.text() == keyword.name)
          diagnostic.fix(keyword.namePlace, today.str());
        keyword.name = today.str();
        return;
      }
    }
  }

  bool isDropped(const eval::KeywordArgument &keyword) const {
    bool isKnown = llvm::is_contained(withoutEffect, keyword.name) && !has(keyword.name);
    // Layers and optimizers only.
    if (!isKnown || !(has("trainable") || has("learning_rate")))
      return false;
    in.report(Code::OldKerasName, keyword.namePlace, "`{}` of `{}` has no effect in Keras 3",
              keyword.name, callee)
        .help("leave it out");
    return true;
  }

  /// `batch_input_shape=(None, 10, 8)`, `input_shape=(10, 8), batch_size=1`,
  /// `input_dim=8, input_length=10`.
  void translateInputShape() {
    if (!has("input_shape"))
      return;
    translateBatchSize();
    for (eval::KeywordArgument &keyword : arguments.keywords) {
      if (keyword.name != "batch_input_shape" && keyword.name != "batch_shape")
        continue;
      const auto *sizes = keyword.value.as<eval::Sequence>();
      if (!sizes || sizes->elements.empty())
        continue;
      Value sample =
          in.heap.tuple(std::vector<Value>(sizes->elements.begin() + 1, sizes->elements.end()));
      diagnostics::Diagnostic &diagnostic =
          in.report(Code::OldKerasName, keyword.namePlace,
                    "`{}` of `{}` is the shape of an `Input` in Keras 3", keyword.name, callee);
      if (auto batch = batchOf(sizes->elements.front())) {
        diagnostic.help("a `Sequential` begins with `Input(batch_shape={})`", keyword.value.repr());
        sample = withBatch(*sample.as<eval::Sequence>(), *batch);
      } else {
        diagnostic.help("without the batch it is `input_shape={}`", sample.repr());
      }
      keyword.name = "input_shape";
      keyword.value = sample;
      return;
    }
    // The sequences of a recurrent layer.
    const eval::KeywordArgument *features = arguments.find("input_dim"),
                                *steps = arguments.find("input_length");
    if (!has("return_sequences") || !features || arguments.find("input_shape"))
      return;
    Value length = steps ? steps->value : Value();
    Value shape = in.heap.tuple({length, features->value});
    in.report(Code::OldKerasName, features->namePlace,
              "the sequences that `{}` reads are described by their shape in Keras 3", callee)
        .help("write `input_shape={}`", shape.repr());
    eval::KeywordArgument whole = *features;
    whole.name = "input_shape";
    whole.value = shape;
    arguments.drop("input_dim");
    arguments.drop("input_length");
    arguments.keywords.push_back(whole);
  }

  /// `input_shape=(10, 8), batch_size=1`
  void translateBatchSize() {
    const eval::KeywordArgument *size = arguments.find("batch_size");
    eval::KeywordArgument *shape = arguments.find("input_shape");
    if (!size || has("batch_size") || !shape)
      return;
    const auto *sample = shape->value.as<eval::Sequence>();
    auto batch = batchOf(size->value);
    if (!sample || !batch)
      return;
    in.report(Code::OldKerasName, size->namePlace,
              "`batch_size` of `{}` is the size of the batch of an `Input` in Keras 3", callee)
        .help("a `Sequential` begins with `Input(shape={}, batch_size={})`", shape->value.repr(),
              *batch);
    shape->value = withBatch(*sample, *batch);
    arguments.drop("batch_size");
  }

  static std::optional<int64_t> batchOf(Value value) {
    auto batch = value.isInt() ? value.asInteger() : std::nullopt;
    return batch && *batch > 0 ? batch : std::nullopt;
  }

  Value withBatch(const eval::Sequence &sample, int64_t batch) {
    return in.heap.make<BatchedShape>(sample.elements, batch);
  }

  Interpreter &in;
  llvm::StringRef callee;
  std::vector<llvm::StringRef> names;
  Arguments &arguments;
};

} // namespace

Value KerasFunction::call(Interpreter &in, Arguments &arguments) {
  Translation(in, name, parameters, arguments).run();
  if (opaques != Opaques::Pass) {
    // What these make is the model.
    bool isModel = name == "Input" || name == "Model" || name == "Sequential";
    if (auto unknown =
            isModel && in.mode() == eval::Mode::Strict ? arguments.findOpaque() : std::nullopt)
      return arguments.hasError() ? Value::error() : in.needs(*unknown->opaque, unknown->place);
    if (auto result = in.swallowInside(arguments))
      return *result;
  }
  return Native::call(in, arguments);
}

//===----------------------------------------------------------------------===//
// merge
//===----------------------------------------------------------------------===//

namespace {

/// The layer of a `mode=` of Keras 1, and its argument; empty for one that is none.
struct MergeMode {
  llvm::StringRef layer, argument;
};

MergeMode modeOf(llvm::StringRef mode) {
  return llvm::StringSwitch<MergeMode>(mode)
      .Case("sum", {"Add", ""})
      .Case("mul", {"Multiply", ""})
      .Case("ave", {"Average", ""})
      .Case("max", {"Maximum", ""})
      .Case("concat", {"Concatenate", "concat_axis"})
      .Cases("dot", "cos", {"Dot", "dot_axes"})
      .Default({"", ""});
}

/// The layer that merges by a mode; an error after a report.
Value makeMerge(Catalogue &catalogue, BoundArguments &arguments) {
  Interpreter &in = catalogue.session.in;
  const Slot &mode = arguments["mode"], &name = arguments["name"];
  const auto *text = mode.value.as<eval::Str>();
  if (mode.value.as<eval::Function>()) {
    in.report(Code::OldKerasName, arguments.calleePlace,
              "`{}` with a function as its `mode` is the layer `Lambda` in Keras 3",
              arguments.signature.callee)
        .help("write `Lambda(…)([…])`");
    Arguments call{arguments.place, arguments.calleePlace, {{mode.value, mode.place}}, {}};
    if (!name.value.isNone())
      call.keywords.push_back({"name", name.place, name.value, name.place});
    return in.call(catalogue.layers->members.lookup("Lambda"), call);
  }
  MergeMode chosen = modeOf(text ? text->text : "");
  if (chosen.layer.empty()) {
    in.report(Code::InvalidArgument, mode.place,
              "the `mode` of `merge` is one of \"sum\", \"mul\", \"ave\", \"max\", \"concat\", "
              "\"dot\" and \"cos\", got {}",
              mode.value.inWords())
        .help("a `Lambda` on a list of tensors merges by a function");
    return Value::error();
  }
  in.report(Code::OldKerasName, arguments.calleePlace,
            "`{}` with `mode='{}'` is the layer `{}` in Keras 3", arguments.signature.callee,
            text->text, chosen.layer)
      .help("write `{}({})([…])`", chosen.layer,
            chosen.layer == "Dot"     ? "axes=…"
            : chosen.argument.empty() ? ""
                                      : "axis=…");
  Arguments call{arguments.place, arguments.calleePlace, {}, {}};
  auto pass = [&](llvm::StringRef parameter, const Slot &slot) {
    call.keywords.push_back({parameter.str(), slot.place, slot.value, slot.place});
  };
  if (!chosen.argument.empty())
    pass(chosen.layer == "Dot" ? "axes" : "axis", arguments[chosen.argument]);
  if (text->text == "cos")
    call.keywords.push_back({"normalize", mode.place, Value::boolean(true), mode.place});
  if (!name.value.isNone())
    pass("name", name);
  return in.call(catalogue.layers->members.lookup(chosen.layer), call);
}

/// What `from keras.layers import merge` gives: the function of Keras 1, and with its
/// members the module of Keras 2.
class Merge : public eval::Module {
public:
  explicit Merge(Catalogue &catalogue)
      : Module("keras.layers.merge"), catalogue(catalogue),
        function("merge",
                 "inputs, mode='sum', concat_axis=-1, dot_axes=-1, output_shape=None, "
                 "output_mask=None, arguments=None, name=None",
                 [this](Interpreter &in, BoundArguments &arguments) {
                   const Slot &inputs = arguments["inputs"];
                   Value layer = makeMerge(this->catalogue, arguments);
                   Arguments call{
                       arguments.place, arguments.calleePlace, {{inputs.value, inputs.place}}, {}};
                   return in.call(layer, call);
                 }) {}
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override {
    return function.call(in, arguments);
  }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef member,
                                 SourceRange place) override {
    auto found = catalogue.layers->attribute(in, member, place);
    if (found)
      in.report(Code::OldKerasName, place, "`merge.{}` is `keras.layers.{}` in Keras 3", member,
                member)
          .help("import it from `keras.layers`");
    return found;
  }
  std::vector<std::string> attributeNames() const override {
    return catalogue.layers->attributeNames();
  }

private:
  Catalogue &catalogue;
  Native function;
};

/// What a layer of the file says that it takes; Rondo asks the layer itself.
class InputSpec : public eval::Object {
public:
  std::string typeName() const override { return "InputSpec"; }
};

} // namespace

void addOldLayers(Catalogue &catalogue) {
  eval::Heap &heap = catalogue.session.in.heap;
  catalogue.layers->members["merge"] = heap.make<Merge>(catalogue);
  catalogue.addFunction(
      catalogue.layers, "Merge",
      "layers=None, mode='sum', concat_axis=-1, dot_axes=-1, output_shape=None, name=None",
      [&catalogue](Interpreter &in, BoundArguments &arguments) {
        const Slot &layers = arguments["layers"];
        if (layers.value.isNone())
          return makeMerge(catalogue, arguments);
        in.report(Code::NotSupportedYet, layers.place,
                  "`Merge` of the models of Keras 1 is not supported yet")
            .help("with `keras.Model`, call `Add()`, `Concatenate()` or `Dot(axes=…)` on a list of "
                  "tensors");
        return Value::error();
      });
  for (eval::Module *module : {catalogue.keras, catalogue.layers})
    catalogue.addFunction(
        module, "InputSpec",
        "dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, "
        "axes=None, allow_last_axis_squeeze=False, name=None, optional=False",
        [](Interpreter &in, BoundArguments &) -> Value { return in.heap.make<InputSpec>(); });
}

} // namespace rondo::keras
