//===- OptimizerRules.cpp - What optimizers keep --------------------------===//
//
// Keras' names and initial values.
//
//===----------------------------------------------------------------------===//

#include "compiler/signature/OptimizerRules.h"
#include "rondo/generated.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace rondo {

double optimizerSetting(DictionaryAttr optimizer, llvm::StringRef name, double otherwise) {
  auto value = optimizer.getAs<FloatAttr>(name);
  return value ? value.getValueAsDouble() : otherwise;
}

int64_t accumulationSteps(DictionaryAttr optimizer) {
  return int64_t(optimizerSetting(optimizer, "gradient_accumulation_steps", 1));
}

std::optional<std::vector<OptimizerSlot>> optimizerSlots(DictionaryAttr optimizer) {
  std::optional<std::vector<OptimizerSlot>> slots = optimizerRuleSlots(optimizer);
  if (slots && accumulationSteps(optimizer) > 1)
    slots->insert(slots->begin(), {RONDO_ACCUMULATOR_SLOT});
  if (slots && optimizer.contains("ema_momentum"))
    slots->insert(slots->begin(), {RONDO_AVERAGE_SLOT});
  return slots;
}

std::optional<std::vector<OptimizerSlot>> optimizerRuleSlots(DictionaryAttr optimizer) {
  using Slots = std::vector<OptimizerSlot>;
  auto name = optimizer.getAs<StringAttr>("name");
  if (!name)
    return std::nullopt;
  const double accumulated = optimizerSetting(optimizer, "initial_accumulator_value", 0.1);
  auto slots = llvm::StringSwitch<std::optional<Slots>>(name.getValue())
                   .Case("sgd", Slots{})
                   .Case("rmsprop", Slots{{"velocity"}})
                   .Cases("adam", "nadam", "lamb", Slots{{"momentum"}, {"velocity"}})
                   .Case("adamax", Slots{{"momentum"}, {"norm"}})
                   .Case("adagrad", Slots{{"accumulator", accumulated}})
                   .Case("adadelta", Slots{{"accumulated_grad"}, {"accumulated_delta_var"}})
                   .Case("lion", Slots{{"momentum"}})
                   .Case("ftrl", Slots{{"accumulator", accumulated}, {"linear"}})
                   .Default(std::nullopt);
  if (!slots)
    return std::nullopt;
  auto addIf = [&](llvm::StringRef setting, const char *slot) {
    if (optimizerSetting(optimizer, setting) != 0)
      slots->push_back({slot});
  };
  if (name == "sgd" || name == "rmsprop")
    addIf("momentum", "momentum");
  if (name == "rmsprop")
    addIf("centered", "average_gradient");
  if (name == "adam")
    addIf("amsgrad", "velocity_hat");
  return slots;
}

} // namespace rondo
