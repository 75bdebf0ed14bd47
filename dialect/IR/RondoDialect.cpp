//===- RondoDialect.cpp - Registration, attributes, constants -------------===//
//
// Registers the dialect, verifies its attributes and materialises what folders
// compute.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "dialect/IR/Metric.h"
#include "dialect/IR/ScalarOperations.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialect/IR/RondoDialect.cpp.inc"
#include "dialect/IR/RondoEnums.cpp.inc"
#include "dialect/IR/RondoInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/IR/RondoAttributes.cpp.inc"

namespace rondo {

void RondoDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/IR/RondoAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/IR/RondoOps.cpp.inc"
      >();
}

Operation *RondoDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                             Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

//===----------------------------------------------------------------------===//
// Attributes of models
//===----------------------------------------------------------------------===//

/// A name, and the program of the number of steps that gives the learning rate.
static bool isSchedule(Attribute value) {
  auto dictionary = dyn_cast<DictionaryAttr>(value);
  Attribute program = dictionary ? dictionary.get("program") : nullptr;
  return program && dictionary.size() == 2 && dictionary.getAs<StringAttr>("name") &&
         isScalarProgram(program, /*inputs=*/1);
}

static bool areStrings(Attribute value) {
  auto array = dyn_cast<ArrayAttr>(value);
  return array && llvm::all_of(array, llvm::IsaPred<StringAttr>);
}

static bool isOptimizer(Attribute value) {
  auto dictionary = dyn_cast<DictionaryAttr>(value);
  return dictionary && dictionary.getAs<StringAttr>("name") &&
         llvm::all_of(dictionary, [](NamedAttribute entry) {
           auto number = dyn_cast<FloatAttr>(entry.getValue());
           return entry.getName() == "name" || (number && number.getType().isF64()) ||
                  (entry.getName() == "schedule" && isSchedule(entry.getValue())) ||
                  (entry.getName() == "undecayed" && areStrings(entry.getValue()));
         });
}

/// A name, a rule and its numbers; the program that a rule may be.
static bool isMetric(Attribute value) {
  auto dictionary = dyn_cast<DictionaryAttr>(value);
  auto rule = dictionary ? dictionary.getAs<StringAttr>("rule") : nullptr;
  if (!rule || !dictionary.getAs<StringAttr>("name") ||
      !dictionary.getAs<DenseF64ArrayAttr>("numbers"))
    return false;
  if (rule.getValue() != "program")
    return dictionary.size() == 3;
  // How many sums there are, the result's type says.
  return dictionary.size() == 4 &&
         isScalarProgram(dictionary.get("program"), std::numeric_limits<int64_t>::max());
}

static bool isResidualDecision(Attribute value) {
  auto text = dyn_cast<StringAttr>(value);
  return text && llvm::is_contained({"save", "recompute", "segments"}, text.getValue());
}

static bool isImplementation(Attribute value) {
  auto text = dyn_cast<StringAttr>(value);
  return text && llvm::is_contained({"generated", "onednn"}, text.getValue());
}

/// What LSTMs read their weights as, where that is not what they are.
static bool isWeightType(Operation *op, Attribute value) {
  auto text = dyn_cast<StringAttr>(value);
  return isa<LstmOp>(op) && text && text.getValue() == "bf16";
}

/// Fails unless `attribute` is one of `known` and of its kind; `place` says
/// where it stands.
static LogicalResult verifyModelAttribute(Operation *op, NamedAttribute attribute,
                                          llvm::StringRef place,
                                          llvm::ArrayRef<llvm::StringRef> known) {
  llvm::StringRef name = attribute.getName();
  Attribute value = attribute.getValue();
  // model_c1
  if (!llvm::is_contained(known, name))
    return op->emitError() << "'" << name << "' is no attribute of " << place << "; known are "
                           << llvm::join(known, ", ");
  // model_c2
  auto [fits, kind] =
      llvm::StringSwitch<std::pair<bool, llvm::StringRef>>(name)
          .Case(RondoDialect::kParameter, {isa<ParameterAttr>(value), "#rondo.parameter"})
          .Cases(RondoDialect::kLoss, RondoDialect::kRandomKey,
                 {isa<UnitAttr>(value), "a unit attribute"})
          .Case(RondoDialect::kOptimizer,
                {isOptimizer(value), "a dictionary of a name and f64 hyperparameters"})
          .Case(kMetricAttribute,
                {isMetric(value), "a dictionary of a name, a rule and its f64 numbers"})
          .Case(RondoDialect::kResidual,
                {isResidualDecision(value), "\"save\", \"recompute\" or \"segments\""})
          .Case(RondoDialect::kImpl, {isImplementation(value), "\"generated\" or \"onednn\""})
          .Case(RondoDialect::kWeights, {isWeightType(op, value), "\"bf16\", of a rondo.lstm"})
          .Case(RondoDialect::kSymbols, {areStrings(value), "an array of strings"})
          .Default({isa<StringAttr>(value), "a string"});
  if (!fits)
    return op->emitError() << "'" << name << "' is " << value << " but has to be " << kind;
  return success();
}

LogicalResult RondoDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (isa<ModuleOp>(op))
    return verifyModelAttribute(op, attribute, "a module", {kSymbols, kOptimizer});
  return verifyModelAttribute(op, attribute, "an op",
                              {kOptimizer, kResidual, kImpl, kWeights, kRecomputeOf});
}

LogicalResult RondoDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned,
                                                     NamedAttribute attribute) {
  return verifyModelAttribute(
      op, attribute, "an argument",
      {kInput, kParameter, kTarget, kSampleWeight, kRandomKey, kCotangentOf, kVectorOf});
}

LogicalResult RondoDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                                        NamedAttribute attribute) {
  return verifyModelAttribute(op, attribute, "a result",
                              {kOutput, kLoss, kMetricSum, kMetricCount, kMetricAttribute,
                               kUpdateOf, kGradientOf, kInputGradientOf, kHessianProductOf});
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

LogicalResult DimsAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                               llvm::ArrayRef<StringAttr> symbols) {
  for (StringAttr symbol : symbols) {
    // dims_c2
    std::optional<DimExpr> dim = DimExpr::parse(symbol);
    if (!dim)
      return emitError() << "\"" << symbol.getValue()
                         << "\" is not a sum of products of integers and symbols";
    if (dim->isConstant())
      return emitError() << "\"" << symbol.getValue()
                         << "\" is a constant; it belongs into the shape";
    if (dim->str() != symbol.getValue())
      return emitError() << "\"" << symbol.getValue() << "\" is spelled \"" << dim->str()
                         << "\" in canonical form";
  }
  return success();
}

LogicalResult DimsAttr::verifyEncoding(llvm::ArrayRef<int64_t> shape, Type,
                                       llvm::function_ref<InFlightDiagnostic()> emitError) const {
  size_t dynamic = llvm::count_if(shape, ShapedType::isDynamic);
  // dims_c3
  if (dynamic == 0)
    return emitError() << "a tensor without dynamic dimensions has no #rondo.dims";
  // dims_c1
  if (getSymbols().size() != dynamic)
    return emitError() << "#rondo.dims has " << getSymbols().size()
                       << " symbols, but the shape has " << dynamic << " dynamic dimensions";
  return success();
}

} // namespace rondo
