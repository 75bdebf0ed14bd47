//===- FileLosses.cpp - Classes of the file that derive from Loss ---------===//
//
// `class Focal(keras.losses.Loss)` with a `call(y_true, y_pred)`: what `call` gives
// is reduced as the values of any loss.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Training.h"

namespace rondo::keras {
namespace {

class FileLoss : public eval::InstanceOf<Measure> {
public:
  FileLoss(eval::Class &type, Session &session, SourceRange place)
      : InstanceOf(type, session, &functionOfFile, snakeCase(type.name), place) {
    if (const Value *function = type.find("call"))
      ofFile = session.in.heap.make<eval::BoundMethod>(this, *function);
  }

  /// `super().__init__(…)`.
  Value initialize(BoundArguments &arguments) {
    Config config(session, arguments);
    if (const auto *text = config.get("name").value.as<eval::Str>())
      name = text->text;
    reduction = readReduction(config);
    readPolicy(config, DtypePolicy::Float32); // numbers are float32 in either
    config.finish();
    return config.isBroken ? Value::error() : Value();
  }

  Value call(Interpreter &in, Arguments &arguments) override {
    return isComplete(arguments.place) ? InstanceOf::call(in, arguments) : Value::error();
  }

  bool isComplete(SourceRange at) const override {
    if (ofFile.getObject())
      return true;
    session.in.report(Code::MissingArgument, at, "the loss `{}` has no method `call`", type.name)
        .note(type.place, "the class is defined here")
        .help("define `call(self, y_true, y_pred)`");
    return false;
  }
};

/// keras.losses.Loss
class LossClass : public eval::NativeClass {
public:
  explicit LossClass(Session &session)
      : NativeClass(session.in, "Loss", SourceRange()), session(session) {}

  Value call(Interpreter &in, Arguments &arguments) override {
    in.report(Code::InvalidArgument, arguments.place,
              "`Loss` is the base of losses, and computes nothing itself")
        .help("derive a class from it, or take a loss such as `MeanSquaredError`");
    return Value::error();
  }
  eval::Object *makeObject(eval::Class &type, SourceRange place) override {
    return in.heap.make<FileLoss>(type, session, place);
  }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef name) override {
    auto *loss = self.as<FileLoss>();
    if (loss && name == "__init__")
      return Value(in.heap.make<eval::Native>(
          loss->type.name, "name=None, reduction='sum_over_batch_size', dtype=None",
          [loss](Interpreter &, BoundArguments &arguments) {
            return loss->initialize(arguments);
          }));
    auto value = loss ? loss->Measure::attribute(in, name, place) : std::nullopt;
    return value ? value : NativeClass::boundMember(in, self, name);
  }
  bool hasMethod(llvm::StringRef name) const override {
    return NativeClass::hasMethod(name) || name == "call" || name == "get_config";
  }

private:
  Session &session;
};

} // namespace

void addLossClass(Catalogue &catalogue, KerasModule *losses) {
  Interpreter &in = catalogue.session.in;
  auto *loss = in.heap.make<LossClass>(catalogue.session);
  loss->setBases({in.builtin("object").as<eval::Class>()});
  losses->members["Loss"] = loss;
}

} // namespace rondo::keras
