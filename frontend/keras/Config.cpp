//===- Config.cpp - Arguments of constructors -----------------------------===//
//
// How layers, and what else has options, read what they are given.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"

namespace rondo::keras {

Config::Config(Session &session, BoundArguments &arguments)
    : session(session), arguments(arguments), wasRead(arguments.slots.size()) {}

const BoundArguments::Slot &Config::get(llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = arguments[parameter];
  wasRead[&slot - arguments.slots.data()] = true;
  return slot;
}

void Config::ignore(std::initializer_list<llvm::StringRef> parameters) {
  for (llvm::StringRef parameter : parameters)
    get(parameter);
}

diagnostics::Diagnostic &Config::reject(const BoundArguments::Slot &slot, llvm::StringRef parameter,
                                        llvm::StringRef expected) {
  isBroken = true;
  return session.in.report(Code::InvalidArgument, slot.place, "`{}` of `{}` is {}, got {}",
                           parameter, arguments.signature.callee, expected, slot.value.inWords());
}

int64_t Config::positiveInteger(llvm::StringRef parameter) {
  // Sizes beyond this are a mistake; products of two still fit 64 bits.
  constexpr int64_t limit = int64_t(1) << 24;
  const BoundArguments::Slot &slot = get(parameter);
  auto value = slot.value.isInt() ? slot.value.asInteger() : std::nullopt;
  if (value && *value > 0 && *value <= limit)
    return *value;
  helpWithNumber(
      session,
      reject(slot, parameter,
             value && *value > limit ? fmt::format("at most {}", limit) : "a positive integer"),
      arguments, parameter);
  return 1;
}

int64_t Config::integer(llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = get(parameter);
  if (auto value = slot.value.asInteger())
    return *value;
  reject(slot, parameter, "an integer");
  return 0;
}

bool Config::boolean(llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = get(parameter);
  // Keras takes whatever has a truth; text is always a mistake.
  if (slot.value.isBool() || slot.value.isInt() || slot.value.isNone())
    return session.in.truth(slot.value).value_or(false);
  reject(slot, parameter, "True or False");
  return false;
}

bool Config::isChannelsFirst(llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = get(parameter);
  const auto *text = slot.value.as<eval::Str>();
  if (text && text->text == "channels_first")
    return true;
  if (!slot.value.isNone() && !(text && text->text == "channels_last"))
    reject(slot, parameter, "\"channels_last\" or \"channels_first\"");
  return false;
}

double Config::positiveNumber(llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = get(parameter);
  auto value = slot.value.asReal();
  if (value && *value >= 0)
    return *value;
  reject(slot, parameter, "a number that is not negative");
  return 0;
}

BoundArguments::Slot Config::activation(llvm::StringRef parameter) {
  BoundArguments::Slot slot = get(parameter);
  const eval::Object *object = slot.value.getObject();
  if (!slot.value.isNone() && !slot.value.isError() && !slot.value.as<eval::Str>() &&
      !(object && object->isCallable())) {
    // A slip in front of it has its own message.
    bool isFirst = !arguments.has("units") || arguments["units"].value.isInt();
    if (isFirst)
      helpWithActivation(reject(slot, parameter, "a name, a function or None"), arguments, slot);
    isBroken = true;
    slot.value = Value();
    return slot;
  }
  if (const auto *maker = slot.value.as<LayerMaker>()) {
    session.in
        .report(Code::InvalidArgument, slot.place,
                "`{}` of `{}` is a name, a function or None, got {}", parameter,
                arguments.signature.callee, slot.value.inWords())
        .help("a call makes a layer of the class: `{}()`", maker->name);
    isBroken = true;
    slot.value = Value();
    return slot;
  }
  slot.value = activationFunction(session, slot.value, slot.place);
  // The shape does not depend on it: evaluation goes on.
  if (slot.value.isError())
    slot.value = Value();
  return slot;
}

mlir::DictionaryAttr Config::initializer(llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = get(parameter);
  return initializerAttribute(session, slot.value, slot.place);
}

std::optional<std::vector<int64_t>> Config::integers(llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = get(parameter);
  const auto *sequence = slot.value.as<eval::Sequence>();
  std::vector<int64_t> result;
  if (sequence) {
    for (Value element : sequence->elements) {
      auto integer = element.isNone()  ? std::optional<int64_t>(-1)
                     : element.isInt() ? element.asInteger()
                                       : std::nullopt;
      if (!integer)
        break;
      result.push_back(*integer);
    }
  }
  if (sequence && result.size() == sequence->elements.size())
    return result;
  reject(slot, parameter, "a tuple of integers");
  return std::nullopt;
}

void Config::finish() {
  const eval::Signature &signature = arguments.signature;
  for (size_t i = 0; i < wasRead.size(); ++i) {
    const BoundArguments::Slot &slot = arguments.slots[i];
    const eval::Signature::Parameter &parameter = signature.parameters[i];
    if (wasRead[i] || !slot.given ||
        (parameter.defaultValue && eval::equal(slot.value, *parameter.defaultValue)))
      continue;
    isBroken = true;
    if (slot.isGuess)
      continue;
    session.in.report(Code::NotSupportedYet, slot.place, "`{}={}` of `{}` is not supported yet",
                      parameter.name, slot.value.inWords(), signature.callee);
  }
}

} // namespace rondo::keras
