//===- NameScopes.cpp - with keras.name_scope("encoder"): -----------------===//
//
// What the paths of the variables that a block makes begin with.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Context.h"
#include "frontend/keras/Catalogue.h"

namespace rondo::keras {
namespace {

class NameScopeContext : public eval::Context {
public:
  NameScopeContext(Session &session, std::string name) : session(session), name(std::move(name)) {}
  std::string typeName() const override { return "name_scope"; }

  std::shared_ptr<void> enter() override {
    struct Entered {
      Entered(Session &session, llvm::StringRef name) : scope(session, this, name, parentPath) {}
      std::optional<std::string> parentPath;
      Session::NameScope scope;
    };
    return name.empty() ? nullptr : std::make_shared<Entered>(session, name);
  }

private:
  Session &session;
  const std::string name;
};

} // namespace

void addNameScopes(Catalogue &catalogue) {
  Session &session = catalogue.session;
  catalogue.addFunction(
      catalogue.keras, "name_scope", "name",
      [&session](Interpreter &in, BoundArguments &arguments) -> Value {
        const BoundArguments::Slot &name = arguments["name"];
        if (const auto *opaque = name.value.as<eval::Opaque>())
          return in.needs(*opaque, name.place);
        const auto *text = name.value.as<eval::Str>();
        if (text && !llvm::StringRef(text->text).contains('/'))
          return in.heap.make<NameScopeContext>(session, text->text);
        if (name.value.isError())
          return name.value;
        return in.mistake(Code::InvalidArgument, name.place,
                          "`name` of `name_scope` is text without `/`, got {}",
                          name.value.inWords());
      },
      Native::Opaques::Pass);
}

} // namespace rondo::keras
