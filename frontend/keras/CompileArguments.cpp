//===- CompileArguments.cpp - What a model is compiled with ---------------===//
//
// Spreads what model.compile(...) is given over the outputs of a model, and refuses what Keras
// refuses.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/CompileArguments.h"

namespace rondo::keras {
namespace {

class OutputReader {
public:
  OutputReader(Model &model, BoundArguments &arguments)
      : model(model), session(model.session), arguments(arguments) {}

  bool read() {
    for (const Model::Output &output : model.outputs)
      outputs.emplace_back(output);
    std::vector<PlacedValue> values;
    if (!spread("loss", values))
      return false;
    for (size_t i = 0; i < outputs.size(); ++i)
      if (!values[i].value.isNone() && !(outputs[i].loss = readLoss(session, values[i])))
        return false;
    return readLossWeights() && readMetrics("metrics", &Output::metrics) &&
           readMetrics("weighted_metrics", &Output::weightedMetrics);
  }

  std::vector<TrainedOutput> outputs;

private:
  using Output = TrainedOutput;

  /// Spreads `loss=` or `metrics=` over the outputs: one for all, a list, or a
  /// dict by output name.
  bool spread(llvm::StringRef parameter, std::vector<PlacedValue> &result) {
    const BoundArguments::Slot &slot = arguments[parameter];
    const auto *sequence = slot.value.as<eval::Sequence>();
    if (const auto *dict = slot.value.as<eval::Dict>())
      return spreadByName(*dict, slot.place, parameter, result);
    bool isLoss = parameter == "loss";
    if (sequence && (isLoss || outputs.size() > 1)) {
      if (sequence->elements.size() == outputs.size()) {
        for (Value element : sequence->elements)
          result.push_back({element, slot.place});
        return true;
      }
      if (isLoss || !sequence->elements.empty())
        return reportCount(parameter, slot.place, sequence->elements.size());
    }
    bool isEmpty = slot.value.isNone() || (sequence && sequence->elements.empty());
    if (!isLoss && !isEmpty && !sequence) {
      diagnostics::Diagnostic &diagnostic = session.in.report(
          Code::InvalidArgument, slot.place, "`{}` is a list or a dict, got {}", parameter,
          slot.value.getObject() ? slot.value.inWords() : slot.value.typeName());
      if (slot.value.as<eval::Str>() && outputs.size() == 1)
        diagnostic.help("a single metric is in a list as well")
            .fix(slot.place, "[" + slot.place.text().str() + "]");
      return false;
    }
    result.assign(outputs.size(), {isEmpty ? Value() : slot.value, slot.place});
    return true;
  }

  bool spreadByName(const eval::Dict &dict, SourceRange place, llvm::StringRef parameter,
                    std::vector<PlacedValue> &result) {
    result.assign(outputs.size(), {Value(), place});
    std::vector<bool> isNamed(outputs.size());
    for (const eval::Dict::Entry &entry : dict.items()) {
      auto index = indexOf(entry.key.str(), place, parameter);
      if (!index)
        return false;
      result[*index].value = entry.value;
      isNamed[*index] = true;
    }
    // Metrics may be of some outputs only; so may losses of a dict of outputs.
    if (llvm::StringRef(parameter).ends_with("metrics") || model.isOutputDict)
      return true;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (isNamed[i])
        continue;
      diagnostics::Diagnostic &diagnostic =
          session.in.report(Code::OutputCount, place, "`{}` has no entry for the output '{}'",
                            parameter, outputs[i].name);
      if (parameter == "loss")
        diagnostic.help("an output without a loss has the entry `\"{}\": None`", outputs[i].name);
      return false;
    }
    return true;
  }

  std::optional<size_t> indexOf(const std::string &name, SourceRange place,
                                llvm::StringRef parameter) {
    std::vector<std::string> names;
    for (const Output &output : outputs)
      names.push_back(output.name);
    auto found = llvm::find(names, name);
    if (found != names.end())
      return found - names.begin();
    diagnostics::Diagnostic &diagnostic = session.in.report(
        Code::OutputCount, place, "`{}` names an output '{}', but the model's outputs are '{}'",
        parameter, name, llvm::join(names, "', '"));
    eval::suggest(diagnostic, name, names, {});
    if (diagnostic.helps.empty())
      diagnostic.help("an output has the name of the layer that makes it: `name='{}'`", name);
    return std::nullopt;
  }

  bool reportCount(llvm::StringRef parameter, SourceRange place, size_t count) {
    session.in.report(Code::OutputCount, place, "`{}` has {} for a model with {}", parameter,
                      eval::plural(count, "value"), eval::plural(outputs.size(), "output"));
    return false;
  }

  bool readLossWeights() {
    const BoundArguments::Slot &slot = arguments["loss_weights"];
    const auto *sequence = slot.value.as<eval::Sequence>();
    const auto *dict = slot.value.as<eval::Dict>();
    if (slot.value.isNone())
      return true;
    if (reportMetricsByPosition(slot))
      return false;
    // One loss for all outputs has one weight.
    Value loss = arguments["loss"].value;
    bool isOneForAll = !loss.as<eval::Sequence>() && !loss.as<eval::Dict>();
    if (isOneForAll && outputs.size() > 1 && (sequence || dict)) {
      session.in
          .report(
              Code::OutputCount, slot.place, "`loss_weights` has {}, but `loss` is one for all",
              eval::plural(sequence ? sequence->elements.size() : dict->items().size(), "value"))
          .help("give `loss` an entry for each output too");
      return false;
    }
    std::vector<PlacedValue> values;
    if (dict) {
      if (!checkOrder(*dict, slot.place) ||
          !spreadByName(*dict, slot.place, "loss_weights", values))
        return false;
    } else if (sequence) {
      if (sequence->elements.size() != outputs.size())
        return reportCount("loss_weights", slot.place, sequence->elements.size());
      for (Value element : sequence->elements)
        values.push_back({element, slot.place});
    } else if (!isScalarWeight(slot, isOneForAll || outputs.size() == 1)) {
      return false;
    } else {
      values.assign(outputs.size(), {slot.value, slot.place});
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      Value value = values[i].value;
      outputs[i].weight = value.isBool() ? std::nullopt : value.asReal();
      if (outputs[i].weight || value.isNone())
        continue;
      if (!value.isError())
        session.in.report(Code::InvalidArgument, values[i].place,
                          "the loss weight of the output '{}' is a number, got {}", outputs[i].name,
                          value.inWords());
      return false;
    }
    return true;
  }

  /// `compile("adam", "mse", ["accuracy"])`: the third argument is not the metrics.
  bool reportMetricsByPosition(const BoundArguments::Slot &slot) {
    const auto *sequence = slot.value.as<eval::Sequence>();
    Value first = sequence && !sequence->elements.empty() ? sequence->elements.front() : slot.value;
    bool isByName = arguments.place.text().contains("loss_weights");
    if (!first.as<eval::Str>() || isByName)
      return false;
    std::string list = sequence ? slot.place.text().str() : "[" + slot.place.text().str() + "]";
    session.in
        .report(Code::InvalidArgument, slot.place,
                "the third argument of `compile` is `loss_weights`, got {}", slot.value.inWords())
        .help("metrics are passed by name: `metrics={}`", list)
        .fix(slot.place, "metrics=" + list);
    return true;
  }

  /// Whether Keras takes a weight that is no list or dict: a float beside one loss.
  bool isScalarWeight(const BoundArguments::Slot &slot, bool isOneLoss) {
    Value value = slot.value;
    if (value.isError() || (value.isFloat() && isOneLoss))
      return !value.isError();
    diagnostics::Diagnostic &diagnostic =
        session.in.report(Code::InvalidArgument, slot.place, "`loss_weights` of {} is {}, got {}",
                          isOneLoss ? "one loss" : "several losses",
                          isOneLoss ? "a float" : "a list or a dict", value.inWords());
    std::vector<std::string> weights(outputs.size(), value.repr());
    if (value.isInt() || value.isFloat())
      diagnostic.fix(slot.place,
                     isOneLoss ? value.repr() + ".0" : "[" + llvm::join(weights, ", ") + "]");
    return false;
  }

  /// Beside a list of losses Keras takes the weights of a dict by the order of
  /// their names, whichever outputs these are.
  bool checkOrder(const eval::Dict &weights, SourceRange place) {
    auto isBefore = [](const Output &a, const Output &b) { return a.name < b.name; };
    if (!arguments["loss"].value.as<eval::Sequence>() || llvm::is_sorted(outputs, isBefore))
      return true;
    session.in
        .report(Code::OutputCount, place,
                "beside a list of losses Keras takes these weights in the order of their names, "
                "which is not that of the outputs")
        .help("write both as dicts, or both as lists");
    return false;
  }

  bool readMetrics(llvm::StringRef parameter, std::vector<const Measure *> Output::*member) {
    std::vector<PlacedValue> values;
    if (!spread(parameter, values))
      return false;
    bool areKnown = true;
    for (size_t i = 0; i < outputs.size(); ++i)
      areKnown &= readMetricsOf(outputs[i].*member, values[i]);
    return areKnown;
  }

  /// Where the name of a metric is written in a list of them; the list if that is not plain.
  static SourceRange placeOfName(SourceRange list, Value element) {
    const auto *name = element.as<eval::Str>();
    for (llvm::StringRef quote : {"'", "\""}) {
      std::string literal = name ? (quote + name->text + quote).str() : "";
      size_t at = list.text().find(literal);
      if (name && at != llvm::StringRef::npos && list.text().count(literal) == 1)
        return {list.file, uint32_t(list.begin + at), uint32_t(list.begin + at + literal.size())};
    }
    return list;
  }

  /// One metric, or lists of them. All that are wrong are reported.
  bool readMetricsOf(std::vector<const Measure *> &metrics, const PlacedValue &value) {
    if (const auto *sequence = value.value.as<eval::Sequence>()) {
      bool areKnown = true;
      for (Value element : sequence->elements)
        areKnown &= readMetricsOf(metrics, {element, placeOfName(value.place, element)});
      return areKnown;
    }
    if (value.value.isNone())
      return true;
    const Measure *metric = readMetric(session, value);
    if (metric)
      metrics.push_back(metric);
    return metric;
  }

  Model &model;
  Session &session;
  BoundArguments &arguments;
};

} // namespace

std::optional<std::vector<TrainedOutput>> readTrainedOutputs(Model &model,
                                                             BoundArguments &arguments) {
  OutputReader reader(model, arguments);
  return reader.read() ? std::optional(std::move(reader.outputs)) : std::nullopt;
}

bool reportSwapped(Session &session, const BoundArguments &arguments) {
  const BoundArguments::Slot &optimizer = arguments["optimizer"], &loss = arguments["loss"];
  if (!optimizer.given || !loss.given || !isLossName(optimizer.value) ||
      !isOptimizerName(loss.value))
    return false;
  session.in
      .report(Code::InvalidArgument, optimizer.place,
              "the loss {} is given as the optimizer, and the optimizer {} as the loss",
              optimizer.value.inWords(), loss.value.inWords())
      .help("`compile` takes the optimizer first: `compile(optimizer={}, loss={})`",
            loss.value.inWords(), optimizer.value.inWords())
      .fix(optimizer.place, loss.place.text().str())
      .fix(loss.place, optimizer.place.text().str());
  return true;
}

} // namespace rondo::keras
