//===- ChooseKernels.cpp - Who computes LSTMs and products ----------------===//
//
// A request may name an answer for everything or for single layers; what it leaves
// open, the model of time decides, for each entry as a whole.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/ChooseKernels.h"
#include "compiler/kernels/Passes.h"
#include "compiler/kernels/ProductLayout.h"
#include "compiler/signature/Cost.h"
#include "dialect/IR/Residual.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo {

#define GEN_PASS_DEF_CHOOSEKERNELS
#include "compiler/kernels/Passes.h.inc"

using Reason = PlannedKernel::Reason;

bool isForOnednn(Operation *op) {
  auto impl = op->getAttrOfType<StringAttr>(RondoDialect::kImpl);
  return impl && impl.getValue() == implementationName(Implementation::Onednn);
}

//===----------------------------------------------------------------------===//
// What oneDNN can compute
//===----------------------------------------------------------------------===//

template <typename Op> static std::string lstmObstacle(Op op) {
  if (op.getMask())
    return "it has a mask";
  if (op.getActivation() != Activation::tanh)
    return ("its activation is " + stringifyActivation(op.getActivation())).str();
  if (op.getRecurrentActivation() != Activation::sigmoid)
    return ("its recurrent activation is " + stringifyActivation(op.getRecurrentActivation()))
        .str();
  return {};
}

std::string onednnObstacle(Operation *op) {
  if (auto contract = dyn_cast<ContractOp>(op)) {
    Type element = getElementTypeOrSelf(contract.getType());
    return element.isF32() ? "" : "its numbers are not f32";
  }
  if (isa<RnnOp, RnnGradOp>(op))
    return "oneDNN has no fast kernel for its cells";
  if (auto grad = dyn_cast<LstmGradOp>(op))
    return lstmObstacle(grad);
  auto lstm = cast<LstmOp>(op);
  std::string obstacle = lstmObstacle(lstm);
  if (!obstacle.empty() || !lstm.getGates())
    return obstacle;
  for (Value tape : {lstm.getGates(), lstm.getCells()})
    if (!llvm::all_of(tape.getUsers(), llvm::IsaPred<LstmGradOp>))
      return "more than its gradient reads its gates";
  return {};
}

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

namespace {

bool isChosenFor(Operation *op) {
  return isa<LstmOp, LstmGradOp, RnnOp, RnnGradOp, ContractOp>(op);
}

/// The sequence of a `rondo.rnn` or its gradient; null for other ops.
Value sequenceOfRnn(Operation *op) {
  if (auto rnn = dyn_cast<RnnOp>(op))
    return rnn.getSequence();
  auto grad = dyn_cast<RnnGradOp>(op);
  return grad ? grad.getSequence() : Value();
}

bool isWanted(Value result) { return result && !result.use_empty(); }

constexpr double kFloat = sizeof(float);

/// Predicts times of ops at given sizes.
class Clock {
public:
  explicit Clock(const SymbolSizes &sizes) : sizes(sizes) {}

  int64_t at(const DimExpr &expr) const {
    return std::max<int64_t>(expr.evaluate(sizes).value_or(0), 0);
  }

  template <typename Op> LstmSizes lstmSizes(Op op) const {
    SmallVector<DimExpr> input = getDims(op.getInput().getType());
    DimExpr units = getDims(op.getRecurrentKernel().getType())[0];
    return {at(input[1]), at(input[0]), at(input[2]), at(units)};
  }

  ProductSizes productSizes(ContractOp op) const {
    SmallVector<DimExpr> lhs = getDims(op.getLhs().getType()), result = getDims(op.getType());
    size_t numBatch = op.getLhsBatch().size();
    size_t numM = lhs.size() - numBatch - op.getLhsContract().size();
    DimExpr k = 1;
    for (int64_t dim : op.getLhsContract())
      k *= lhs[dim];
    ArrayRef<DimExpr> dims = result;
    return {at(numElements(dims.take_front(numBatch))), at(numElements(dims.slice(numBatch, numM))),
            at(numElements(dims.drop_front(numBatch + numM))), at(k)};
  }

  /// "T=100 B=32 D=64 H=128" or "M=3200 N=128 K=128".
  std::string shapeOf(Operation *op) const {
    if (auto contract = dyn_cast<ContractOp>(op)) {
      ProductSizes s = productSizes(contract);
      std::string batch = s.batch == 1 ? "" : llvm::formatv("B={0} ", s.batch).str();
      return batch + llvm::formatv("M={0} N={1} K={2}", s.m, s.n, s.k).str();
    }
    if (Value sequence = sequenceOfRnn(op)) {
      SmallVector<DimExpr> dims = getDims(cast<RankedTensorType>(sequence.getType()));
      return llvm::formatv("T={0} B={1} H={2}", at(dims[1]), at(dims[0]), at(dims[2]));
    }
    auto lstm = dyn_cast<LstmOp>(op);
    LstmSizes s = lstm ? lstmSizes(lstm) : lstmSizes(cast<LstmGradOp>(op));
    return llvm::formatv("T={0} B={1} D={2} H={3}", s.steps, s.batch, s.features, s.units);
  }

  /// Of an op that is chosen for.
  double of(Operation *op, Implementation implementation, Isa isa) const {
    const bool onednn = implementation == Implementation::Onednn;
    auto time = [&](KernelKind kind, const Work &work) {
      return predictedTime(kind, implementation, isa, work);
    };
    return llvm::TypeSwitch<Operation *, double>(op)
        .Case([&](LstmOp lstm) {
          LstmSizes s = lstmSizes(lstm);
          return time(KernelKind::LstmForward, lstmForwardWork(s)) +
                 (onednn ? swapTime(s, true, isWanted(lstm.getSequence()), isa) : 0);
        })
        .Case([&](LstmGradOp grad) {
          LstmSizes s = lstmSizes(grad);
          LstmGradients wanted{isWanted(grad.getDInput()), isWanted(grad.getDKernel()),
                               isWanted(grad.getDRecurrentKernel())};
          // oneDNN computes all of them, and wants to know the cotangents.
          double sum = time(KernelKind::LstmBackward,
                            lstmBackwardWork(s, onednn ? LstmGradients() : wanted));
          if (!grad.getGates())
            sum += time(KernelKind::LstmForward, lstmForwardWork(s));
          return sum + (onednn ? swapTime(s, wanted.input, bool(grad.getDSequence()), isa) : 0);
        })
        .Case<RnnOp, RnnGradOp>([&](Operation *rnn) { return ofRest(rnn, isa); })
        .Case([&](ContractOp contract) {
          KernelKind kind =
              layoutOf(contract).transposeLhs ? KernelKind::TransposedProduct : KernelKind::Product;
          double sum = time(kind, productWork(productSizes(contract)));
          // What follows could have been part of the generated product.
          if (onednn && contract->hasOneUse())
            sum += moveTime(2 * kFloat * at(numElements(getDims(contract.getType()))), isa);
          return sum;
        });
  }

  /// Of an op that is generated in any case. An upper bound: many of them become part of others.
  double ofRest(Operation *op, Isa isa) const {
    Cost cost = costOf(op);
    Work products; // of attention and recurrent layers
    products.flops = at(cost.flops);
    products.calls = 0;
    return predictedTime(KernelKind::Product, Implementation::Generated, isa, products) +
           moveTime(at(cost.bytes), isa);
  }

  /// Of reading and writing as many bytes, by a kernel that there is anyway.
  double moveTime(double bytes, Isa isa) const {
    Work work;
    work.bytes = bytes;
    work.calls = 0;
    return predictedTime(KernelKind::Rest, Implementation::Generated, isa, work);
  }

private:
  /// oneDNN's sequences are time-major: of transposing those of features and of units.
  double swapTime(const LstmSizes &s, bool features, bool units, Isa isa) const {
    const double rows = 2 * kFloat * s.steps * s.batch;
    return (features ? moveTime(rows * s.features, isa) : 0) +
           (units ? moveTime(rows * s.units, isa) : 0);
  }

  const SymbolSizes &sizes;
};

//===----------------------------------------------------------------------===//
// The decision
//===----------------------------------------------------------------------===//

/// Plans one entry.
class EntryPlanner {
public:
  EntryPlanner(func::FuncOp entry, const KernelRequest &request, const SymbolSizes &sizes)
      : entry(entry), request(request), clock(sizes) {
    plan.name = entry.getName().str();
    plan.rest.assign(request.isas.size(), 0);
  }

  EntryPlan run() {
    visit(entry.getBody().front(), 1);
    addUpdate();
    formUnits();
    for (const Unit &unit : units) {
      compare(unit);
      decide(unit);
    }
    for (size_t isa = 0; isa < request.isas.size(); ++isa)
      if (!isWorthIt(isa))
        return withoutLibrary();
    return std::move(plan);
  }

private:
  /// Kernels that are computed by the same side: an LSTM and what reads its tape.
  using Unit = SmallVector<size_t>;

  void visit(Block &block, int64_t times) {
    for (Operation &op : block) {
      if (auto scan = dyn_cast<ScanOp>(op)) {
        visit(scan.getBody().front(), times * clock.at(scan.getSteps()));
      } else if (isChosenFor(&op)) {
        addKernel(&op, times);
      } else {
        for (auto [isa, time] : llvm::zip_equal(request.isas, plan.rest))
          time += times * clock.ofRest(&op, isa);
      }
    }
  }

  void addKernel(Operation *op, int64_t times) {
    PlannedKernel kernel;
    kernel.op = op;
    kernel.layer = layerOf(op->getLoc()).str();
    kernel.shape = clock.shapeOf(op);
    if (times != 1)
      kernel.shape = llvm::formatv("{0} x {1}", times, kernel.shape);
    kernel.obstacle = onednnObstacle(op);
    kernel.hasBf16Weights = hasBf16Weights(op);
    for (Isa isa : request.isas) {
      kernel.generated.push_back(times * clock.of(op, Implementation::Generated, isa));
      kernel.onednn.push_back(times * clock.of(op, Implementation::Onednn, isa));
    }
    plan.kernels.push_back(std::move(kernel));
  }

  bool hasBf16Weights(Operation *op) {
    const bool isInference = entry.getName() == "forward" || entry.getName() == "evaluate";
    return isInference && isa<LstmOp>(op) &&
           (request.weights == WeightType::Policy ? op->hasAttr(RondoDialect::kWeights)
                                                  : request.weights == WeightType::Bf16);
  }

  /// The optimizer reads and writes whole buffers after the ops of the entry.
  void addUpdate() {
    if (entry.getName() != "train_step")
      return;
    double bytes = 0;
    for (BlockArgument argument : entry.getArguments())
      if (entry.getArgAttr(argument.getArgNumber(), RondoDialect::kParameter))
        bytes += clock.at(bytesOf(cast<RankedTensorType>(argument.getType())));
    for (auto [isa, time] : llvm::zip_equal(request.isas, plan.rest))
      time += clock.moveTime(7 * bytes, isa); // parameters, gradients, two slots
  }

  void formUnits() {
    DenseMap<Value, size_t> unitOfTape;
    for (size_t i = 0; i < plan.kernels.size(); ++i) {
      Operation *op = plan.kernels[i].op;
      Value tape = isa<LstmOp>(op)       ? cast<LstmOp>(op).getGates()
                   : isa<LstmGradOp>(op) ? cast<LstmGradOp>(op).getGates()
                                         : Value();
      size_t unit = units.size();
      if (tape)
        unit = unitOfTape.try_emplace(tape, unit).first->second;
      if (unit == units.size())
        units.emplace_back();
      units[unit].push_back(i);
    }
  }

  void decide(const Unit &unit) {
    auto kernels =
        llvm::map_range(unit, [&](size_t index) -> PlannedKernel & { return plan.kernels[index]; });
    auto set = [&](Implementation choice, Reason reason) {
      for (PlannedKernel &kernel : kernels) {
        kernel.choice = choice;
        kernel.reason = reason;
      }
    };
    auto named = request.layers.find((*kernels.begin()).layer);
    const bool isNamed = named != request.layers.end();
    const bool wantsOnednn =
        isNamed ? named->second == Implementation::Onednn : request.kernels == Kernels::Onednn;
    const bool wantsGenerated = isNamed ? !wantsOnednn : request.kernels == Kernels::Generated;
    const Reason asked = !isNamed                 ? Reason::Option
                         : request.layersAreTuned ? Reason::Tuned
                                                  : Reason::LayerOption;
    if (wantsGenerated)
      return set(Implementation::Generated, asked);
    if (request.hasMemoryBudget)
      return set(Implementation::Generated, Reason::Budget);
    // The option is about the whole library, a policy about a layer.
    const bool readsBf16 =
        request.weights == WeightType::Bf16 ||
        llvm::any_of(kernels, [](const PlannedKernel &kernel) { return kernel.hasBf16Weights; });
    if (readsBf16 && !wantsOnednn)
      return set(Implementation::Generated, Reason::Bf16Weights);
    for (PlannedKernel &kernel : kernels)
      if (!kernel.obstacle.empty()) {
        std::string obstacle = kernel.obstacle; // of one is that of all
        for (PlannedKernel &each : kernels)
          each.obstacle = obstacle;
        return set(Implementation::Generated, Reason::Obstacle);
      }
    if (wantsOnednn)
      return set(Implementation::Onednn, asked);
    const bool isFaster =
        llvm::all_of((*kernels.begin()).gain, [](double gain) { return gain > 1; });
    set(isFaster ? Implementation::Onednn : Implementation::Generated, Reason::Time);
  }

  /// Says of each kernel of `unit` what oneDNN gains in all of it.
  void compare(const Unit &unit) {
    for (size_t isa = 0; isa < request.isas.size(); ++isa) {
      double generated = 0, onednn = 0;
      for (size_t index : unit) {
        generated += plan.kernels[index].generated[isa];
        onednn += plan.kernels[index].onednn[isa];
      }
      for (size_t index : unit) {
        plan.kernels[index].isPartOfUnit = unit.size() > 1;
        plan.kernels[index].gain.push_back(onednn > 0 ? generated / onednn : 1);
      }
    }
  }

  static Implementation chosen(const PlannedKernel &kernel) { return kernel.choice; }

  /// What the choice would be without what time alone decided.
  static Implementation chosenOtherwise(const PlannedKernel &kernel) {
    return kernel.reason == Reason::Time ? Implementation::Generated : kernel.choice;
  }

  bool isWorthIt(size_t isa) const {
    return kWorthLibrary * plan.time(isa, chosen) <= plan.time(isa, chosenOtherwise) ||
           llvm::none_of(plan.kernels, decidedByTime);
  }

  static bool decidedByTime(const PlannedKernel &kernel) {
    return kernel.reason == Reason::Time && kernel.choice == Implementation::Onednn;
  }

  EntryPlan withoutLibrary() {
    for (PlannedKernel &kernel : plan.kernels)
      if (decidedByTime(kernel)) {
        kernel.choice = Implementation::Generated;
        kernel.reason = Reason::NotWorthIt;
      }
    return std::move(plan);
  }

  func::FuncOp entry;
  const KernelRequest &request;
  Clock clock;
  EntryPlan plan;
  std::vector<Unit> units;
};

} // namespace

double EntryPlan::time(size_t isa,
                       llvm::function_ref<Implementation(const PlannedKernel &)> choose) const {
  double sum = rest[isa];
  for (const PlannedKernel &kernel : kernels)
    sum += (choose(kernel) == Implementation::Onednn ? kernel.onednn : kernel.generated)[isa];
  return sum;
}

llvm::Expected<KernelPlan> planKernels(ModuleOp module, const KernelRequest &request) {
  llvm::Expected<SymbolSizes> sizes = sizesOf(module, request.sizes);
  if (!sizes)
    return sizes.takeError();
  KernelPlan plan{request.isas, std::move(*sizes), {}};
  for (auto entry : module.getOps<func::FuncOp>())
    plan.entries.push_back(EntryPlanner(entry, request, plan.sizes).run());
  return plan;
}

std::optional<LayerProblem> findLayerProblem(const KernelPlan &plan, const LayerKernels &layers) {
  std::vector<std::string> known;
  for (const EntryPlan &entry : plan.entries)
    for (const PlannedKernel &kernel : entry.kernels)
      if (!kernel.layer.empty() && !llvm::is_contained(known, kernel.layer))
        known.push_back(kernel.layer);
  for (const auto &[layer, implementation] : layers) {
    if (!llvm::is_contained(known, layer))
      return LayerProblem{
          layer, "no layer called `" + layer + "` computes an LSTM or a product of its own", known};
    if (implementation == Implementation::Generated)
      continue;
    // An obstacle that no op of the layer is without.
    std::optional<std::string> obstacle;
    for (const EntryPlan &entry : plan.entries)
      for (const PlannedKernel &kernel : entry.kernels)
        if (kernel.layer == layer && (!obstacle || kernel.obstacle.empty()))
          obstacle = kernel.obstacle;
    if (!obstacle->empty())
      return LayerProblem{layer, "oneDNN cannot compute `" + layer + "`: " + *obstacle, {}};
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

/// Why `kernel` is computed by whom it is, seen from an instruction set.
static std::string why(const PlannedKernel &kernel, const EntryPlan &entry, size_t isa) {
  const std::string choice = implementationName(kernel.choice).str();
  const double gain = kernel.gain[isa];
  const std::string faster =
      llvm::formatv("{0}: {1:F2} times faster{2}", gain > 1 ? "oneDNN" : "generated",
                    gain > 1 ? gain : 1 / gain, kernel.isPartOfUnit ? " in both passes" : "");
  switch (kernel.reason) {
  case Reason::Option:
    return "forced by --kernels=" + choice;
  case Reason::LayerOption:
    return "forced by --kernels-for=" + kernel.layer + "=" + choice;
  case Reason::Tuned:
    return "measured by rondo tune";
  case Reason::Budget:
    return "--memory-budget needs generated kernels";
  case Reason::Bf16Weights:
    return "bfloat16 weights need generated kernels";
  case Reason::Obstacle:
    return "oneDNN cannot: " + kernel.obstacle;
  case Reason::NotWorthIt: {
    double without = entry.time(isa, [](const PlannedKernel &each) { return each.choice; });
    double with = entry.time(isa, [](const PlannedKernel &each) {
      return each.reason == Reason::NotWorthIt ? Implementation::Onednn : each.choice;
    });
    return faster + llvm::formatv(", but @{0} only {1:F2}, less than {2:F2}", entry.name,
                                  without / with, kWorthLibrary)
                        .str();
  }
  case Reason::Time:
    const bool isFaster = (gain > 1) == (kernel.choice == Implementation::Onednn);
    return faster + (isFaster ? "" : ", but not on every instruction set");
  }
  llvm_unreachable("all reasons are handled");
}

static std::string tableLine(StringRef op, StringRef layer, StringRef shape, StringRef generated,
                             StringRef onednn, StringRef choice, StringRef why) {
  std::string line = llvm::formatv("{0,-16} {1,-16} {2,-26} {3,12} {4,12}  {5,-9}  {6}", op, layer,
                                   shape, generated, onednn, choice, why);
  return StringRef(line).rtrim().str() + "\n";
}

static std::string microseconds(double seconds) { return llvm::formatv("{0:F1}", 1e6 * seconds); }

std::string planTable(const KernelPlan &plan) {
  std::string sizes;
  for (auto &[symbol, size] : plan.sizes)
    sizes += llvm::formatv(", {0} = {1}", symbol, size);
  std::string text;
  for (const EntryPlan &entry : plan.entries)
    for (auto [isa, name] : llvm::enumerate(plan.isas)) {
      text += llvm::formatv("@{0}: predicted microseconds, {1}{2}, one thread\n", entry.name,
                            isaName(name), sizes);
      text += tableLine("op", "layer", "shape", "generated", "onednn", "choice", "why");
      for (const PlannedKernel &kernel : entry.kernels)
        text += tableLine(kernel.op->getName().getStringRef(), kernel.layer, kernel.shape,
                          microseconds(kernel.generated[isa]),
                          kernel.obstacle.empty() ? microseconds(kernel.onednn[isa]) : "-",
                          implementationName(kernel.choice), why(kernel, entry, isa));
      std::string rest = microseconds(entry.rest[isa]);
      text += tableLine("all else", "", "", rest, rest, "generated", "");
      auto all = [&](Implementation implementation) {
        return microseconds(entry.time(isa, [&](const PlannedKernel &kernel) {
          return kernel.obstacle.empty() ? implementation : Implementation::Generated;
        }));
      };
      double chosen = entry.time(isa, [](const PlannedKernel &kernel) { return kernel.choice; });
      text += tableLine("all", "", "", all(Implementation::Generated), all(Implementation::Onednn),
                        "", "as chosen: " + microseconds(chosen)) +
              "\n";
    }
  return text;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

std::unique_ptr<Pass> createChooseKernels(const KernelRequest &request) {
  std::vector<std::string> layers, isas, sizes;
  for (const auto &[layer, implementation] : request.layers)
    layers.push_back(layer + "=" + implementationName(implementation).str());
  for (Isa isa : request.isas)
    isas.push_back(isaName(isa).str());
  for (const auto &[symbol, size] : request.sizes.named)
    sizes.push_back(symbol + "=" + std::to_string(size));
  return createChooseKernels({request.kernels, layers, request.hasMemoryBudget, request.weights,
                              isas, sizes, request.sizes.batch, request.sizes.steps});
}

namespace {

struct ChooseKernels : impl::ChooseKernelsBase<ChooseKernels> {
  using ChooseKernelsBase::ChooseKernelsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<KernelRequest> request = readOptions();
    if (failed(request))
      return signalPassFailure();
    llvm::Expected<KernelPlan> plan = planKernels(module, *request);
    if (!plan) {
      module.emitError(llvm::toString(plan.takeError()));
      return signalPassFailure();
    }
    if (auto problem = findLayerProblem(*plan, request->layers)) {
      module.emitError(problem->what);
      return signalPassFailure();
    }
    for (const EntryPlan &entry : plan->entries)
      for (const PlannedKernel &kernel : entry.kernels) {
        auto text = [&](StringRef value) { return StringAttr::get(&getContext(), value); };
        kernel.op->setAttr(RondoDialect::kImpl, text(implementationName(kernel.choice)));
        if (kernel.hasBf16Weights && kernel.choice == Implementation::Generated)
          kernel.op->setAttr(RondoDialect::kWeights, text("bf16"));
        else
          kernel.op->removeAttr(RondoDialect::kWeights);
      }
  }

private:
  FailureOr<KernelRequest> readOptions() {
    KernelRequest request;
    request.kernels = kernels;
    request.hasMemoryBudget = hasMemoryBudget;
    request.weights = weights;
    request.sizes.batch = batch;
    request.sizes.steps = steps;
    for (StringRef text : layers) {
      auto [layer, name] = text.rsplit('=');
      std::optional<Implementation> implementation = implementationNamed(name);
      if (!implementation)
        return getOperation().emitError("'") << text << "' is not LAYER=generated or LAYER=onednn";
      request.layers[layer.str()] = *implementation;
    }
    if (!isas.empty())
      request.isas.clear();
    for (StringRef name : isas) {
      std::optional<Isa> isa = isaNamed(name);
      if (!isa)
        return getOperation().emitError("'") << name << "' is no instruction set: avx2, avx512";
      request.isas.push_back(*isa);
    }
    for (StringRef text : sizes) {
      auto [symbol, number] = text.split('=');
      if (number.getAsInteger(10, request.sizes.named[symbol.str()]))
        return getOperation().emitError("'") << text << "' is not SYMBOL=SIZE";
    }
    return request;
  }
};

} // namespace
} // namespace rondo
