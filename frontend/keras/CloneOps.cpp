//===- CloneOps.cpp - Copies of what was built ----------------------------===//
//
// Finds the ops that values need, and clones them with other sizes.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/CloneOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace rondo::keras {

mlir::RankedTensorType withSizes(mlir::Type type, ChangeSize change) {
  auto tensor = llvm::cast<mlir::RankedTensorType>(type);
  if (tensor.hasStaticShape())
    return tensor;
  llvm::SmallVector<DimExpr> dims;
  for (const DimExpr &dim : getDims(tensor))
    dims.push_back(change(dim));
  return makeTensorType(dims, tensor.getElementType());
}

/// Changes the sizes in the types of an op, and in its own words. Types that were met are in
/// `known`: many ops have few types.
static void changeSizes(mlir::Operation *op, ChangeSize change,
                        llvm::DenseMap<mlir::Type, mlir::Type> &known) {
  auto changeType = [&](mlir::Value value) {
    mlir::Type &changed = known[value.getType()];
    if (!changed)
      changed = withSizes(value.getType(), change);
    value.setType(changed);
  };
  llvm::for_each(op->getResults(), changeType);
  for (mlir::Region &region : op->getRegions())
    llvm::for_each(region.getArguments(), changeType);
  llvm::TypeSwitch<mlir::Operation *>(op).Case<SliceOp, PadOp>([&](auto box) {
    BoxPlace place = box.getPlace();
    for (DimExpr &offset : place.offsets)
      offset = change(offset);
    box.setPlace(place);
  });
}

/// Whether a phased value is in one phase what training makes of it.
static bool isTraining(const PhasedValue &value, Phase phase) {
  return (phase == Phase::Training || value.alsoInUse) &&
         (!value.onlyTrainable || value.onlyTrainable->trainable);
}

/// What a phased value needs of the values before it, what it becomes in one phase first. Averages
/// move in training only.
static void addAlternatives(const PhasedValue &value, Phase phase,
                            llvm::SmallVectorImpl<mlir::Value> &needed) {
  const bool isBoth = phase == Phase::Both;
  if (isBoth || !isTraining(value, phase))
    needed.push_back(value.inference);
  if (isBoth || isTraining(value, phase))
    needed.push_back(value.training);
  if (isBoth || (phase == Phase::Training && isTraining(value, phase)))
    for (const MovingAverage &average : value.averages)
      needed.push_back(average.value);
}

namespace {

/// What values depend on, and what of it `mapping` does not have yet.
struct Needed {
  llvm::SmallVector<mlir::Operation *> ops; ///< in the order of their block
  llvm::SmallVector<mlir::Value> phased;    ///< in the order in which they were made
};

class Cloner {
public:
  Cloner(Session &session, mlir::OpBuilder &builder, mlir::IRMapping &mapping, ChangeSize change,
         Phase phase)
      : session(session), builder(builder), mapping(mapping), change(change), phase(phase) {}

  mlir::Operation *clone(mlir::Operation *op) {
    for (mlir::Value operand : op->getOperands())
      resolve(operand);
    mlir::Operation *copy = builder.clone(*op, mapping);
    copy->walk([&](mlir::Operation *inner) { changeSizes(inner, change, knownTypes); });
    return copy;
  }

  /// Maps a phased value; its alternatives have been copied.
  void resolve(mlir::Value value) {
    auto found = session.phasedValues.find(value);
    if (found == session.phasedValues.end() || mapping.contains(value))
      return;
    PhasedValue phased = found->second; // the map grows
    llvm::SmallVector<mlir::Value> alternatives;
    addAlternatives(phased, phase, alternatives);
    for (mlir::Value alternative : alternatives)
      resolve(alternative);
    if (phase != Phase::Both)
      return mapping.map(value, mapping.lookupOrDefault(alternatives.front()));
    phased.inference = mapping.lookupOrDefault(phased.inference);
    phased.training = mapping.lookupOrDefault(phased.training);
    for (MovingAverage &average : phased.averages)
      average.value = mapping.lookupOrDefault(average.value);
    mapping.map(value, session.makePhased(std::move(phased)));
  }

private:
  Session &session;
  mlir::OpBuilder &builder;
  mlir::IRMapping &mapping;
  ChangeSize change;
  Phase phase;
  llvm::DenseMap<mlir::Type, mlir::Type> knownTypes;
};

} // namespace

static Needed neededFor(const Session &session, llvm::ArrayRef<mlir::Value> values,
                        const mlir::IRMapping &mapping, Phase phase) {
  Needed needed;
  llvm::DenseSet<mlir::Value> seen;
  llvm::DenseSet<mlir::Operation *> seenOps;
  llvm::SmallVector<mlir::Value> pending(values);
  while (!pending.empty()) {
    mlir::Value value = pending.pop_back_val();
    if (mapping.contains(value))
      continue;
    if (auto found = session.phasedValues.find(value); found != session.phasedValues.end()) {
      if (!seen.insert(value).second)
        continue;
      needed.phased.push_back(value);
      addAlternatives(found->second, phase, pending);
      continue;
    }
    mlir::Operation *op = value.getDefiningOp();
    if (!op || !seenOps.insert(op).second)
      continue;
    needed.ops.push_back(op);
    pending.append(op->operand_begin(), op->operand_end());
  }
  llvm::sort(needed.ops,
             [](mlir::Operation *a, mlir::Operation *b) { return a->isBeforeInBlock(b); });
  llvm::sort(needed.phased, [](mlir::Value a, mlir::Value b) {
    return llvm::cast<mlir::BlockArgument>(a).getArgNumber() <
           llvm::cast<mlir::BlockArgument>(b).getArgNumber();
  });
  return needed;
}

llvm::SmallVector<mlir::Operation *> cloneOps(Session &session, mlir::OpBuilder &builder,
                                              llvm::ArrayRef<mlir::Value> values,
                                              mlir::IRMapping &mapping, ChangeSize change,
                                              Phase phase) {
  Cloner cloner(session, builder, mapping, change, phase);
  llvm::SmallVector<mlir::Operation *> clones;
  for (mlir::Operation *op : neededFor(session, values, mapping, phase).ops)
    clones.push_back(cloner.clone(op));
  for (mlir::Value value : values)
    cloner.resolve(value);
  return clones;
}

std::vector<mlir::Value> phasedValuesBehind(const Session &session,
                                            llvm::ArrayRef<mlir::Value> values) {
  std::vector<mlir::Value> phased;
  for (mlir::Value value : neededFor(session, values, {}, Phase::Training).phased)
    if (isTraining(session.phasedValues.lookup(value), Phase::Training))
      phased.push_back(value);
  return phased;
}

} // namespace rondo::keras
