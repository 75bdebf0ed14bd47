//===- ArgparseModule.cpp - argparse --------------------------------------===//
//
// A script's arguments as they are when it is run without any: all have their defaults.
// Those that it cannot be run without are unknown.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"
#include "frontend/eval/Modules.h"
#include "llvm/ADT/MapVector.h"

namespace rondo::eval {
namespace {

class ArgumentParser : public Object {
public:
  std::string typeName() const override { return "ArgumentParser"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange) override {
    auto method = [&](const char *parameters, Native::Body body) {
      return Value(
          in.heap.make<Native>(name.str(), parameters, std::move(body), Native::Opaques::Pass));
    };
    if (name == "add_argument")
      return method("*flags, **options", [this](Interpreter &in, BoundArguments &args) {
        add(in, args);
        return Value(in.heap.make<Opaque>("argparse.Action", "", args.place));
      });
    if (name == "add_argument_group" || name == "add_mutually_exclusive_group")
      return method("*args, **kwargs",
                    [this](Interpreter &, BoundArguments &) { return Value(this); });
    if (name == "set_defaults")
      return method("**defaults", [this](Interpreter &, BoundArguments &args) {
        for (const KeywordArgument &argument : args.restKeywords)
          values[argument.name] = argument.value;
        return Value();
      });
    if (name == "get_default")
      return method("dest", [this](Interpreter &, BoundArguments &args) {
        const Str *dest = args["dest"].value.as<Str>();
        return dest ? values.lookup(dest->text) : Value();
      });
    if (name == "parse_args")
      return method("args=None, namespace=None",
                    [this](Interpreter &in, BoundArguments &args) { return parse(in, args); });
    if (name == "parse_known_args")
      return method("args=None, namespace=None", [this](Interpreter &in, BoundArguments &args) {
        return Value(in.heap.tuple({parse(in, args), in.heap.list({})}));
      });
    return in.unknownMethod(name, "argparse.ArgumentParser." + name.str());
  }

private:
  /// `add_argument("--units", "-u", type=int, default=64)`
  void add(Interpreter &in, BoundArguments &args) {
    llvm::StringMap<Value> options;
    for (const KeywordArgument &option : args.restKeywords)
      options[option.name] = option.value;
    auto option = [&](llvm::StringRef name) { return options.lookup(name); };
    auto textOf = [&](llvm::StringRef name) {
      const Str *text = option(name).as<Str>();
      return text ? llvm::StringRef(text->text) : "";
    };
    llvm::StringRef flag;
    for (const PlacedValue &given : args.rest)
      if (const Str *text = given.value.as<Str>())
        if (llvm::StringRef name = text->text;
            flag.empty() || (!flag.starts_with("--") && name.starts_with("--")))
          flag = name;
    llvm::StringRef action = textOf("action"), dest = textOf("dest"), nargs = textOf("nargs");
    if (flag.empty() || action == "help" || action == "version")
      return;
    bool isPositional = !flag.starts_with("-");
    std::string name = dest.empty() ? flag.ltrim('-').str() : dest.str();
    if (dest.empty() && !isPositional)
      std::replace(name.begin(), name.end(), '-', '_');
    bool isNeeded =
        isPositional ? nargs != "?" && nargs != "*" : in.truth(option("required")).value_or(false);
    if (isNeeded)
      values[name] = in.heap.make<Opaque>(
          flag.str(), "a default says what the argument is when there is none: `default=…`",
          args.place);
    else if (options.count("default"))
      values[name] = converted(in, option("default"), option("type"), args.place);
    else if (action == "store_true" || action == "store_false")
      values[name] = Value::boolean(action == "store_false");
    else
      values[name] = Value();
  }

  /// A default that is text is read as if it had been given.
  static Value converted(Interpreter &in, Value value, Value type, SourceRange place) {
    return value.as<Str>() && !type.isNone() ? in.callWith(type, {value}, place, place) : value;
  }

  Value parse(Interpreter &in, BoundArguments &args) {
    const BoundArguments::Slot &given = args["args"];
    const auto *list = given.value.as<Sequence>();
    if (!given.value.isNone() && (!list || !list->elements.empty()))
      return in.heap.make<Opaque>("argparse.ArgumentParser.parse_args", "", args.place);
    auto *type = in.heap.make<Class>(in, "Namespace", args.place);
    type->setBases({in.builtin("object").as<Class>()});
    Object *names = type->makeObject(*type, args.place);
    for (const auto &[name, value] : values)
      names->setAttribute(in, name, value, args.place);
    return names;
  }

  llvm::MapVector<std::string, Value, std::map<std::string, unsigned>> values;
};

} // namespace

void addArgparse(Interpreter &in) {
  Module *module = addModule<ForeignModule>(in, "argparse");
  module->members["ArgumentParser"] = in.heap.make<Native>(
      "ArgumentParser", "*args, **kwargs",
      [](Interpreter &in, BoundArguments &) { return Value(in.heap.make<ArgumentParser>()); },
      Native::Opaques::Pass);
}

} // namespace rondo::eval
