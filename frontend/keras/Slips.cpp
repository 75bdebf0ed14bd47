//===- Slips.cpp - What was probably meant --------------------------------===//
//
// Mends for slips with arguments and calls of layers.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Slips.h"
#include "frontend/eval/Class.h"
#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Layer.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Model.h"
#include "llvm/ADT/Twine.h"

namespace rondo::keras {

using diagnostics::Diagnostic;
using Slot = BoundArguments::Slot;

/// Text that fits into a help line.
static bool isShort(SourceRange place) {
  constexpr size_t limit = 60;
  llvm::StringRef text = place.text();
  return !text.empty() && text.size() <= limit && !text.contains('\n') && !text.contains('#');
}

//===----------------------------------------------------------------------===//
// Arguments of constructors
//===----------------------------------------------------------------------===//

static bool isActivation(const Session &session, Value value) {
  const auto *text = value.as<eval::Str>();
  return text && (text->text == "linear" || session.activations->members.count(text->text));
}

static void helpWithNumberText(Session &session, Diagnostic &diagnostic,
                               const BoundArguments &arguments, const Slot &slot,
                               llvm::StringRef parameter) {
  const std::string &text = slot.value.as<eval::Str>()->text;
  if (llvm::all_of(text, llvm::isDigit) && !text.empty()) {
    diagnostic.help("a number has no quotes").fix(slot.place, text);
    return;
  }
  if (!isActivation(session, slot.value) || !arguments.has("activation"))
    return;
  const Slot &activation = arguments["activation"];
  if (activation.value.isInt() && isShort(slot.place) && isShort(activation.place)) {
    diagnostic
        .help("the two arguments are in the other order: `{}({}, {})`", arguments.signature.callee,
              activation.place.text(), slot.place.text())
        .fix(slot.place, activation.place.text().str())
        .fix(activation.place, slot.place.text().str());
    return;
  }
  diagnostic.help("`{}` comes first, then the activation: `{}(64, activation=\"{}\")`", parameter,
                  arguments.signature.callee, text);
}

void helpWithNumber(Session &session, Diagnostic &diagnostic, const BoundArguments &arguments,
                    llvm::StringRef parameter) {
  const Slot &slot = arguments[parameter];
  if (slot.value.isFloat()) {
    diagnostic.help("`//` divides integers, and `int(…)` makes one");
  } else if (slot.value.as<eval::Str>()) {
    helpWithNumberText(session, diagnostic, arguments, slot, parameter);
  } else if (const auto *sequence = slot.value.as<eval::Sequence>()) {
    if (sequence->elements.size() == 1 && sequence->elements[0].isInt())
      diagnostic.help("one number has no brackets").fix(slot.place, sequence->elements[0].repr());
    else
      diagnostic.help("a layer has one number of `{}`; a loop makes one layer for each", parameter);
  } else if (slot.value.as<Tensor>()) {
    diagnostic.help("a layer is made first and called then: `{}(64)(x)`",
                    arguments.signature.callee);
  }
}

void helpWithActivation(Diagnostic &diagnostic, const BoundArguments &arguments, const Slot &slot) {
  if (slot.value.isBool())
    diagnostic.help("options are passed by keyword, as in `{}(64, return_sequences=True)`",
                    arguments.signature.callee);
  else if (slot.value.isInt() && arguments.has("units") && arguments["units"].value.isInt())
    diagnostic.help("`{}` has one number of units, and its second argument is the activation",
                    arguments.signature.callee);
}

void helpWithShape(Diagnostic &diagnostic, const BoundArguments &arguments, const Slot &shape) {
  if (shape.value.as<eval::Str>()) {
    diagnostic.help("a name is passed by keyword: `{}(shape=…, name={})`",
                    arguments.signature.callee, shape.value.inWords());
    return;
  }
  if (const auto *sequence = shape.value.as<eval::Sequence>()) {
    if (llvm::any_of(sequence->elements, [](Value size) { return size.isInt(); }))
      diagnostic.help("a size that is only known when the model runs is None");
    return;
  }
  if (!shape.value.isInt())
    return;
  // The sizes that follow in places of other parameters.
  std::string sizes = shape.value.repr();
  SourceRange all = shape.place;
  size_t count = 1;
  for (const Slot &slot : llvm::ArrayRef(arguments.slots).drop_front()) {
    if (!slot.given || !slot.value.isInt() || slot.place.begin < all.end)
      break;
    sizes += ", " + slot.value.repr();
    all = all.to(slot.place);
    ++count;
  }
  std::string tuple = count == 1 ? "(" + sizes + ",)" : "(" + sizes + ")";
  if (count == 1)
    diagnostic.help("a tuple of one element has a comma").fix(all, tuple);
  else
    diagnostic.help("the shape of a sample is one tuple, without the batch: `{}({})`",
                    arguments.signature.callee, tuple);
  // Of three numbers the first may be the batch.
  if (count == 2)
    diagnostic.fix(all, tuple);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

void helpWithTensor(Diagnostic &diagnostic, Value value) {
  if (const auto *layer = value.as<Layer>()) {
    diagnostic
        .note(layer->operation->place, "'{}' is made here and never called", layer->operation->name)
        .help("a layer becomes a tensor when it is called: `{}(…)(x)`",
              layer->operation->className);
  } else if (const auto *model = value.as<Model>()) {
    diagnostic.help("a model is called on a tensor like a layer; what it ends in is `output` of "
                    "'{}'",
                    model->name);
  } else if (value.isNone() && diagnostic.range.text() != "None") {
    diagnostic.help("does the function that makes it end without `return`?");
  } else if (const auto *native = value.as<LayerMaker>()) {
    diagnostic.help("a layer is made by a call and then called on a tensor: `{}(…)(x)`",
                    native->name);
  }
}

/// What helps where there are several tensors for a layer of one.
static constexpr const char *oneOfSeveralHelp = "`Concatenate()([a, b])` joins tensors, `Add()([a, "
                                                "b])` adds them up, and a layer may be called "
                                                "on each";

void helpWithTensors(Diagnostic &diagnostic, llvm::ArrayRef<Tensor *> tensors) {
  const Node *first = tensors.empty() ? nullptr : tensors.front()->outermost()->node;
  bool areOfOneCall = first && tensors.size() > 1 && first->outputs.size() > 1 &&
                      llvm::all_of(tensors, [&](const Tensor *tensor) {
                        return tensor->outermost()->node == first;
                      });
  if (areOfOneCall && first->operation->isLayer)
    diagnostic
        .note(first->place, "'{}' gives {} tensors here", first->operation->name, tensors.size())
        .help("take the one that is meant: `{} = …`",
              tensors.size() == 3 ? "output, h, c" : "output, state");
  else if (tensors.size() > 1)
    diagnostic.help("{}", oneOfSeveralHelp);
}

/// The function of keras.ops that does what one of Python or numpy is called for.
static std::string operationFor(Interpreter &in, llvm::StringRef name) {
  static const std::pair<llvm::StringRef, const char *> others[] = {
      {"int", "cast"}, {"float", "cast"}, {"astype", "cast"}, {"pow", "power"},
      {"fabs", "abs"}, {"sum", "sum"},    {"max", "max"},     {"min", "min"}};
  for (const auto &[other, operation] : others)
    if (name == other)
      return operation;
  const auto *ops =
      in.findModule ? dynamic_cast<eval::Module *>(in.findModule("keras.ops")) : nullptr;
  return ops && ops->members.count(name) ? name.str() : "";
}

/// "2 states", "an output and a state", of a recurrent layer that gives all of them.
static const char *namesOfStates(const Operation *operation) {
  return operation->className == "LSTM" ? "output, h, c" : "output, state";
}

void Tensor::explainMisuse(Diagnostic &diagnostic, eval::Misuse misuse,
                           llvm::StringRef user) const {
  const Operation *made = maker();
  switch (misuse) {
  case eval::Misuse::Call:
    diagnostic.message = fmt::format("{} is called like a function", inWords());
    if (outermost()->place)
      diagnostic.note(outermost()->place, "'{}' is made here", outermost()->origin);
    if (made && made->isInput)
      diagnostic.help("a layer is called on it, `Dense(…)(x)`");
    else if (made && made->isLayer)
      diagnostic.help("to call the layer again, keep it by itself: `layer = {}(…)`, then "
                      "`layer(x)` is a tensor",
                      made->className);
    else
      diagnostic.help("a tensor and a function have the same name here: rename one of them");
    return;
  case eval::Misuse::Unpacking:
    if (isRecurrent(made) && outputIndex == 0) {
      diagnostic.help("`{}(…, return_state=True)` gives {}: `{} = …`", made->className,
                      made->className == "LSTM" ? "three tensors" : "two tensors",
                      namesOfStates(made));
      return;
    }
    if (made && made->className == "Bidirectional" && outputIndex == 0) {
      diagnostic.help("`Bidirectional` of an `LSTM` with `return_state=True` gives `output, "
                      "forward_h, forward_c, backward_h, backward_c`, of a `GRU` `output, forward, "
                      "backward`");
      return;
    }
    if (made && llvm::StringRef(made->className).ends_with("Attention") && outputIndex == 0) {
      diagnostic.help("called with `return_attention_scores=True` it gives two tensors: `output, "
                      "scores = …`");
      return;
    }
    [[fallthrough]];
  case eval::Misuse::Iteration: {
    auto steps = rank() > 1 ? size(1).getConstant() : std::nullopt;
    if (axes.size() > 2 && axes[1].is(AxisMeaning::Time) && steps)
      diagnostic.help("its time steps are `x[:, i]` for `i in range({})`; most layers and "
                      "functions take all of them at once",
                      *steps);
    else
      diagnostic.help("`x[:, i]` picks along axis 1; `keras.ops` has functions of whole tensors");
    return;
  }
  case eval::Misuse::Assignment:
    diagnostic.message = fmt::format("the elements of {} cannot be assigned", inWords());
    diagnostic.help("`keras.ops.where(condition, x, y)` chooses elementwise, and "
                    "`keras.ops.concatenate` joins parts to a new tensor");
    return;
  case eval::Misuse::Argument:
    std::string operation = operationFor(session.in, user);
    if (user == "len")
      diagnostic.help("`x.shape` has its sizes");
    else if (operation.empty())
      diagnostic.help("`keras.ops` has the functions for symbolic tensors");
    else
      diagnostic.help("for symbolic tensors it is `keras.ops.{}`", operation);
    return;
  }
}

bool reportMethod(Interpreter &in, const Tensor &tensor, llvm::StringRef name, SourceRange place) {
  std::string operation = operationFor(in, name);
  // What has `append` in Python is a list.
  if ((name != "T" && operation.empty()) || name == "append")
    return false;
  Diagnostic &diagnostic = in.report(Code::UnknownAttribute, place,
                                     "a symbolic tensor has no `{}`, which is numpy's", name);
  if (name == "T")
    diagnostic.help("`Permute((2, 1))` swaps the axes of each sample of a tensor of rank 3");
  else
    diagnostic.help("it is a function: `keras.ops.{}(x, …)`", operation);
  in.pythonSays("'KerasTensor' object has no attribute '{}'", name);
  return true;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Whether it is a tensor or a list of them.
static bool holdsTensors(Value value) {
  const auto *sequence = value.as<eval::Sequence>();
  return value.as<Tensor>() ||
         (sequence && !sequence->elements.empty() &&
          llvm::all_of(sequence->elements, [](Value element) { return element.as<Tensor>(); }));
}

static std::string joinedTexts(llvm::ArrayRef<SourceRange> places) {
  std::string text;
  for (SourceRange place : places)
    text += (text.empty() ? "" : ", ") + place.text().str();
  return text;
}

std::optional<Value> LayerMaker::attribute(Interpreter &in, llvm::StringRef attributeName,
                                           SourceRange place) {
  return attributeName == "from_config" ? fromConfigMethod(in, Value(this), name)
                                        : KerasFunction::attribute(in, attributeName, place);
}

std::optional<bool> LayerMaker::hasInstance(Value value) const {
  if (const auto *instance = value.as<eval::Instance>())
    return asBase && instance->type.isSubclassOf(asBase);
  const auto *layer = value.as<Layer>();
  return layer && layer->operation->className == name;
}

/// Reports and takes away the options of the layer inside that a wrapper is given.
static void reportInnerOptions(Interpreter &in, llvm::StringRef wrapper, Arguments &arguments) {
  static const llvm::StringRef options[] = {
      "return_sequences",  "return_state", "go_backwards", "units",    "activation",
      "recurrent_dropout", "stateful",     "filters",      "use_bias", "kernel_size"};
  const auto *layer =
      arguments.positional.empty() ? nullptr : arguments.positional.front().value.as<Layer>();
  llvm::erase_if(arguments.keywords, [&](const eval::KeywordArgument &argument) {
    if (!layer || !llvm::is_contained(options, argument.name))
      return false;
    in.report(Code::UnknownArgument, argument.namePlace, "`{}` has no argument `{}`", wrapper,
              argument.name)
        .help("it is an option of the layer inside: `{}({}(…, {}={}))`", wrapper,
              layer->operation->className, argument.name, argument.value.repr());
    return true;
  });
}

/// `Bidirectional(LSTM(8))(x)` for `Bidirectional(LSTM(8)(x))`; empty for anything else.
static std::string wrappedCall(const Arguments &arguments,
                               const std::vector<SourceRange> &otherPlaces) {
  if (arguments.positional.size() != 1 || !isShort(arguments.place))
    return "";
  llvm::StringRef text = arguments.positional.front().place.text();
  size_t open = text.size(), depth = 0;
  do {
    if (open == 0)
      return "";
    char c = text[--open];
    depth += c == ')' ? 1 : 0;
    depth -= c == '(' && depth > 0 ? 1 : 0;
  } while (depth > 0);
  llvm::StringRef layer = text.take_front(open);
  if (!layer.ends_with(")"))
    return "";
  std::string others = otherPlaces.empty() ? "" : ", " + joinedTexts(otherPlaces);
  return fmt::format("{}({}{}){}", arguments.calleePlace.text(), layer, others,
                     text.drop_front(open));
}

/// Reports the axes of `Permute(2, 1)`, or the sizes of `Reshape(4, 8)`, that are written as
/// arguments of their own, and makes one tuple of them.
static void gatherSizes(Interpreter &in, llvm::StringRef layer, Arguments &arguments) {
  bool takesSizes = layer == "Permute" || layer == "Reshape";
  if (!takesSizes || arguments.positional.size() < 2 ||
      !llvm::all_of(arguments.positional,
                    [](const eval::PlacedValue &argument) { return argument.value.isInt(); }))
    return;
  SourceRange all = arguments.positional.front().place.to(arguments.positional.back().place);
  std::vector<Value> sizes;
  for (const eval::PlacedValue &argument : arguments.positional)
    sizes.push_back(argument.value);
  Value tuple = in.heap.tuple(std::move(sizes));
  in.report(Code::InvalidArgument, all, "`{}` takes one tuple, got {} numbers", layer,
            arguments.positional.size())
      .help("put brackets around them: `{}({})`", layer, tuple.repr())
      .fix(all, tuple.repr());
  arguments.positional = {{tuple, all}};
}

/// Takes away what comes from data and makes no part of the model: with a warning what variables
/// start with, and lengths, which Keras 3 does not read.
static void dropUnknown(Interpreter &in, const eval::Signature &signature, Arguments &arguments) {
  for (eval::KeywordArgument &argument : arguments.keywords)
    if (argument.name == "input_length" && eval::opaqueIn(argument.value))
      argument.value = Value();
  llvm::erase_if(arguments.keywords, [&](const eval::KeywordArgument &argument) {
    llvm::StringRef name = argument.name;
    bool isInitial = name == "weights" || name.ends_with("_initializer");
    if (!isInitial || !signature.has(name) || !eval::opaqueIn(argument.value))
      return false;
    warnOfInitialWeights(in, argument.place,
                         fmt::format("`{}` of `{}`", argument.name, signature.callee));
    return true;
  });
}

Value LayerMaker::call(Interpreter &in, Arguments &arguments) {
  if (in.mode() == eval::Mode::Strict)
    dropUnknown(in, in.heap.signature(name, parameters), arguments);
  if (auto unknown = in.mode() == eval::Mode::Strict ? arguments.findOpaque() : std::nullopt)
    return arguments.hasError() ? Value::error() : in.needs(*unknown->opaque, unknown->place);
  gatherSizes(in, name, arguments);
  std::vector<eval::PlacedValue> tensors, others;
  std::vector<SourceRange> tensorPlaces, otherPlaces;
  for (const eval::PlacedValue &argument : arguments.positional) {
    bool isTensor = holdsTensors(argument.value);
    (isTensor ? tensors : others).push_back(argument);
    (isTensor ? tensorPlaces : otherPlaces).push_back(argument.place);
  }
  bool isWrapper = name == "Bidirectional" || name == "TimeDistributed";
  if (isWrapper)
    reportInnerOptions(in, name, arguments);
  if (tensors.empty() || name == "Lambda")
    return KerasFunction::call(in, arguments);
  for (const eval::KeywordArgument &argument : arguments.keywords)
    otherPlaces.push_back(argument.namePlace.to(argument.place));
  std::string inputs = joinedTexts(tensorPlaces);
  if (tensors.size() > 1)
    inputs = "[" + inputs + "]";
  // An argument that is needed and missing is for the author to choose.
  llvm::StringRef first = llvm::StringRef(parameters).split(',').first;
  bool isWhole = !otherPlaces.empty() || first.contains('=') || first.empty();
  bool isWritten =
      isShort(arguments.place) && isWhole && arguments.calleePlace.begin == arguments.place.begin;
  std::string call =
      fmt::format("{}({})({})", arguments.calleePlace.text(), joinedTexts(otherPlaces), inputs);
  Diagnostic &diagnostic = in.report(Code::InvalidArgument, tensors.front().place,
                                     "`{}` makes a layer, and is given a tensor", name);
  std::string wrapped = isWrapper ? wrappedCall(arguments, otherPlaces) : "";
  if (!wrapped.empty())
    diagnostic.help("a wrapper takes the layer itself, and is called on the tensor: `{}`", wrapped)
        .fix(arguments.place, wrapped);
  else
    diagnostic.help("a layer is made first and called then: `{}`",
                    isWritten ? call : fmt::format("{}(…)(x)", name));
  if (isWritten && wrapped.empty())
    diagnostic.fix(arguments.place, call);
  // Without what it needs there is no layer to go on with.
  if (!isWhole || isWrapper)
    return Value::error();
  Arguments rest{arguments.place, arguments.calleePlace, others, arguments.keywords};
  Value layer = KerasFunction::call(in, rest);
  Value input = tensors.front().value;
  if (tensors.size() > 1) {
    std::vector<Value> values;
    for (const eval::PlacedValue &tensor : tensors)
      values.push_back(tensor.value);
    input = in.heap.list(std::move(values));
  }
  Arguments inner{arguments.place, arguments.calleePlace, {{input, tensors.front().place}}, {}};
  return in.call(layer, inner);
}

bool reportSpreadTensors(Interpreter &in, llvm::StringRef className, const Arguments &arguments,
                         bool takesList) {
  if (arguments.positional.size() < 2 ||
      !llvm::all_of(arguments.positional,
                    [](const eval::PlacedValue &argument) { return argument.value.as<Tensor>(); }))
    return false;
  SourceRange all = arguments.positional.front().place.to(arguments.positional.back().place);
  Diagnostic &diagnostic = in.report(Code::InputCount, all, "`{}` takes {}, got {}", className,
                                     takesList ? "its tensors as one list" : "one tensor",
                                     eval::plural(arguments.positional.size(), "tensor"));
  if (takesList)
    diagnostic.help("put brackets around them").fix(all, "[" + all.text().str() + "]");
  else
    diagnostic.help("{}", oneOfSeveralHelp);
  return true;
}

Value MergingFunction::call(Interpreter &in, Arguments &arguments) {
  if (reportSpreadTensors(in, name, arguments, /*takesList=*/true))
    return Value::error();
  return KerasFunction::call(in, arguments);
}

} // namespace rondo::keras
