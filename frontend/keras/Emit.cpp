//===- Emit.cpp - From a model to a module at the rondo level -------------===//
//
// Clones the ops that the results need out of the scratch block, in the order in
// which they were built, with the sizes that the file turned out to imply.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/Metric.h"
#include "dialect/IR/Splat.h"
#include "frontend/keras/CloneOps.h"
#include "frontend/keras/Model.h"
#include "frontend/keras/Training.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace rondo::keras {
namespace {

using mlir::StringAttr;

/// An argument or result of an entry: a value of the scratch block and what it is.
struct EntryValue {
  mlir::Value value;
  llvm::StringRef attributeName;
  mlir::Attribute attribute;
};

} // namespace

std::map<const Variable *, std::string> storedPaths(const Model &model) {
  std::map<const Variable *, std::string> paths;
  if (model.root) {
    for (const auto &[variable, path] : model.root->storedPaths())
      paths[variable] = path;
    return paths;
  }
  std::map<std::string, unsigned> layerCounts;
  for (const Operation *operation : model.operations) {
    if (!operation->isLayer)
      continue;
    std::string layer = "layers/" + snakeCase(operation->className);
    if (unsigned repeats = layerCounts[layer]++)
      layer += fmt::format("_{}", repeats);
    if (const auto *owner = dynamic_cast<const Layer *>(operation->object))
      for (const auto &[variable, path] : owner->storedPaths())
        paths[variable] = layer + "/" + path;
    if (const auto *inner = dynamic_cast<const Model *>(operation->object))
      for (const auto &[variable, path] : storedPaths(*inner))
        paths[variable] = layer + "/" + path;
  }
  return paths;
}

namespace {

class ModuleEmitter {
public:
  explicit ModuleEmitter(const Model &model)
      : model(model), session(model.session), builder(&session.context) {}

  mlir::OwningOpRef<mlir::ModuleOp> emit() {
    module = mlir::ModuleOp::create(session.location(model.place));
    emitForward();
    if (model.training) {
      emitLoss("evaluate", Phase::Inference);
      emitTraining();
      emitConstraints();
      module->getOperation()->setAttr(RondoDialect::kOptimizer,
                                      model.training->optimizer->settingsFor(model.weights));
    }
    module->getOperation()->setAttr(RondoDialect::kSymbols, builder.getStrArrayAttr(symbols()));
    return std::move(module);
  }

private:
  StringAttr string(llvm::StringRef text) { return builder.getStringAttr(text); }

  /// The inputs, the weights, and what layers keep from run to run.
  std::vector<EntryValue> inputsAndParameters() {
    std::vector<EntryValue> arguments;
    for (const Tensor *input : model.inputs)
      arguments.push_back({input->value, RondoDialect::kInput, string(Model::inputName(input))});
    std::map<std::string, unsigned> paths;
    std::map<const Variable *, std::string> stored = storedPaths(model);
    std::vector<const Variable *> variables(model.weights.begin(), model.weights.end());
    llvm::append_range(variables, model.states());
    for (const Variable *variable : variables) {
      unsigned repeats = paths[variable->path]++;
      std::string path =
          repeats == 0 ? variable->path : fmt::format("{}#{}", variable->path, repeats);
      arguments.push_back({variable->value, RondoDialect::kParameter,
                           ParameterAttr::get(&session.context, path, variable->initializer,
                                              model.isTrainable(*variable), stored[variable])});
    }
    return arguments;
  }

  void emitForward() {
    std::vector<EntryValue> results;
    for (const Model::Output &output : model.outputs)
      results.push_back({output.run->value, RondoDialect::kOutput, string(output.name)});
    emitEntry("forward", inputsAndParameters(), results, Phase::Inference);
  }

  /// The loss as training computes it, where that is something else.
  void emitTraining() {
    const Training &training = *model.training;
    llvm::SmallVector<mlir::Value> values{training.loss->value};
    for (const CompiledMetric &metric : training.metrics)
      for (const Tensor *sums : metric.sums)
        values.push_back(sums->value);
    for (const StateUse *use : model.effects.states)
      llvm::append_range(values, use->after);
    std::vector<mlir::Value> phased = phasedValuesBehind(session, values);
    if (phased.empty())
      return;
    // In the order of calls: each starts from what the one before made.
    std::vector<MovingAverage> averages;
    for (mlir::Value value : phased)
      llvm::append_range(averages, session.phasedValues.lookup(value).averages);
    emitLoss("training", Phase::Training, averages);
  }

  /// What becomes of weights with constraints after each update.
  void emitConstraints() {
    std::vector<EntryValue> arguments, results;
    std::vector<EntryValue> all = inputsAndParameters();
    for (auto [variable, argument] :
         llvm::zip(model.weights, llvm::drop_begin(all, model.inputs.size()))) {
      if (!variable->constrained || !model.isTrainable(*variable))
        continue;
      auto parameter = llvm::cast<ParameterAttr>(argument.attribute);
      arguments.push_back(argument);
      results.push_back(
          {variable->constrained, RondoDialect::kUpdateOf, string(parameter.getPath())});
    }
    if (!arguments.empty())
      emitEntry("constraints", arguments, results, Phase::Training, /*isRun=*/false);
  }

  void emitLoss(llvm::StringRef name, Phase phase,
                const std::vector<MovingAverage> &averages = {}) {
    const Training &training = *model.training;
    std::vector<EntryValue> arguments = inputsAndParameters();
    for (const Training::Output &output : training.outputs)
      arguments.push_back({output.target->value, RondoDialect::kTarget, string(output.name)});
    for (const Training::Output &output : training.outputs)
      arguments.push_back(
          {output.sampleWeight->value, RondoDialect::kSampleWeight, string(output.name)});
    std::vector<EntryValue> results{
        {training.loss->value, RondoDialect::kLoss, builder.getUnitAttr()}};
    for (const CompiledMetric &metric : training.metrics) {
      const Tensor *first = metric.sums.front(), *last = metric.sums.back();
      if (metric.rule) {
        results.push_back({first->value, kMetricAttribute, metric.rule});
        continue;
      }
      results.push_back({first->value, RondoDialect::kMetricSum, string(metric.name)});
      results.push_back({last->value, RondoDialect::kMetricCount, string(metric.name)});
    }
    emitEntry(name, std::move(arguments), results, phase, /*isRun=*/true, averages);
  }

  /// What `arg_attrs` or `res_attrs` says of each of them.
  llvm::SmallVector<mlir::DictionaryAttr> attributesOf(const std::vector<EntryValue> &values) {
    llvm::SmallVector<mlir::DictionaryAttr> attributes;
    for (const EntryValue &value : values)
      attributes.push_back(
          builder.getDictionaryAttr(builder.getNamedAttr(value.attributeName, value.attribute)));
    return attributes;
  }

  using Updates = llvm::MapVector<const Variable *, mlir::Value>;

  /// What layers keep, as each of their calls in turn leaves it.
  Updates cloneStates(mlir::IRMapping &mapping, ChangeSize resolve, Phase phase, int64_t &streams) {
    Updates updates;
    for (const StateUse *use : model.effects.states) {
      for (auto [variable, before] : llvm::zip(use->variables, use->before)) {
        auto found = updates.find(variable);
        mapping.map(before,
                    found == updates.end() ? mapping.lookup(variable->value) : found->second);
      }
      clone(use->after, mapping, resolve, phase, streams);
      for (auto [variable, after] : llvm::zip_equal(use->variables, use->after))
        updates[variable] = mapping.lookup(after);
    }
    return updates;
  }

  /// The streams of random numbers are in the order of the copies.
  void clone(llvm::ArrayRef<mlir::Value> values, mlir::IRMapping &mapping, ChangeSize resolve,
             Phase phase, int64_t &streams) {
    for (mlir::Operation *op : cloneOps(session, builder, values, mapping, resolve, phase))
      if (auto random = llvm::dyn_cast<RandomOp>(op))
        random.setStream(streams++);
  }

  /// What averages become.
  void addAverages(const std::vector<MovingAverage> &averages, const mlir::IRMapping &mapping,
                   Updates &updates) {
    for (const MovingAverage &average : averages) {
      auto [entry, isFirst] =
          updates.insert({average.variable, mapping.lookup(average.variable->value)});
      mlir::Value batch = mapping.lookup(average.value);
      auto type = llvm::cast<mlir::RankedTensorType>(batch.getType());
      mlir::Location loc = batch.getLoc();
      auto share = [&](mlir::Value value, double factor) -> mlir::Value {
        return builder.create<MulOp>(loc, value, buildSplat(builder, loc, type, factor));
      };
      entry->second = builder.create<AddOp>(loc, share(entry->second, average.momentum),
                                            share(batch, 1 - average.momentum));
    }
  }

  /// The new values of variables, by their paths, behind the results of `function`.
  void addUpdates(mlir::func::FuncOp function, const Updates &updates,
                  const mlir::IRMapping &mapping, llvm::SmallVectorImpl<mlir::Value> &values) {
    for (const auto &[variable, value] : updates) {
      auto argument = llvm::cast<mlir::BlockArgument>(mapping.lookup(variable->value));
      auto parameter = function.getArgAttrOfType<ParameterAttr>(argument.getArgNumber(),
                                                                RondoDialect::kParameter);
      function.insertResult(function.getNumResults(), value.getType(),
                            builder.getDictionaryAttr(builder.getNamedAttr(
                                RondoDialect::kUpdateOf, string(parameter.getPath()))));
      values.push_back(value);
    }
  }

  /// A run of the model may draw: then its last argument is a random key.
  void emitEntry(llvm::StringRef name, std::vector<EntryValue> arguments,
                 const std::vector<EntryValue> &results, Phase phase, bool isRun = true,
                 const std::vector<MovingAverage> &averages = {}) {
    if (isRun)
      arguments.push_back({session.randomKey(), RondoDialect::kRandomKey, builder.getUnitAttr()});
    // With all that is known about symbols.
    auto resolve = [&](const DimExpr &size) { return session.resolve(size); };
    llvm::SmallVector<mlir::Type> argumentTypes, resultTypes;
    for (const EntryValue &argument : arguments) {
      auto type = llvm::cast<mlir::RankedTensorType>(argument.value.getType());
      // Programs hand over bools as numbers.
      argumentTypes.push_back(
          withSizes(isBool(type) ? type.clone(builder.getI32Type()) : type, resolve));
    }
    for (const EntryValue &result : results)
      resultTypes.push_back(withSizes(result.value.getType(), resolve));
    builder.setInsertionPointToEnd(module->getBody());
    auto function = builder.create<mlir::func::FuncOp>(
        session.location(model.place), name, builder.getFunctionType(argumentTypes, resultTypes));
    mlir::Block *body = function.addEntryBlock();
    builder.setInsertionPointToEnd(body);
    mlir::IRMapping mapping;
    // All at once: setArgAttr copies what the other arguments have, each time.
    function.setAllArgAttrs(attributesOf(arguments));
    function.setAllResultAttrs(attributesOf(results));
    for (auto [i, argument] : llvm::enumerate(arguments)) {
      mlir::Value value = body->getArgument(i);
      value.setLoc(argument.value.getLoc());
      mapping.map(argument.value, isBool(argument.value.getType()) ? isNotZero(value) : value);
    }
    llvm::SmallVector<mlir::Value> values;
    for (const EntryValue &result : results)
      values.push_back(result.value);
    int64_t streams = 0;
    Updates updates;
    if (isRun)
      updates = cloneStates(mapping, resolve, phase, streams);
    clone(values, mapping, resolve, phase, streams);
    for (mlir::Value &value : values)
      value = mapping.lookup(value);
    addAverages(averages, mapping, updates);
    addUpdates(function, updates, mapping, values);
    if (isRun && body->getArguments().back().use_empty())
      function.eraseArgument(arguments.size() - 1);
    builder.create<mlir::func::ReturnOp>(function.getLoc(), values);
  }

  static bool isBool(mlir::Type type) { return mlir::getElementTypeOrSelf(type).isInteger(1); }

  mlir::Value isNotZero(mlir::Value integers) {
    auto type = llvm::cast<mlir::RankedTensorType>(integers.getType());
    mlir::Location loc = integers.getLoc();
    auto numbers = builder.create<CastOp>(loc, type.clone(builder.getF32Type()), integers);
    return builder.create<CompareOp>(loc, type.clone(builder.getI1Type()), ComparePredicate::ne,
                                     numbers, buildSplat(builder, loc, numbers.getType(), 0.0));
  }

  /// The base symbols of the entries, the batch first and then by age.
  std::vector<llvm::StringRef> symbols() {
    auto age = [](const std::string &symbol) {
      return std::make_tuple(symbol != Session::batchSymbol, symbol.size(), symbol);
    };
    for (auto function : module->getOps<mlir::func::FuncOp>())
      for (mlir::Type type : function.getArgumentTypes())
        for (const DimExpr &dim : getDims(llvm::cast<mlir::RankedTensorType>(type)))
          for (const std::string &symbol : dim.getSymbols())
            if (!llvm::is_contained(symbolNames, symbol))
              symbolNames.push_back(symbol);
    llvm::sort(symbolNames, [&](const auto &a, const auto &b) { return age(a) < age(b); });
    return {symbolNames.begin(), symbolNames.end()};
  }

  const Model &model;
  Session &session;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::string> symbolNames;
};

} // namespace

mlir::OwningOpRef<mlir::ModuleOp> emitModule(const Model &model) {
  return ModuleEmitter(model).emit();
}

} // namespace rondo::keras
