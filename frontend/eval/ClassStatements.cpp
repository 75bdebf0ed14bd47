//===- ClassStatements.cpp - def, class, decorators, super ----------------===//
//
// Statements that define functions and classes, and the builtins that only make
// sense with classes.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// Decorators and functions
//===----------------------------------------------------------------------===//

std::optional<std::vector<Value>>
Interpreter::evaluateDecorators(const std::vector<ast::ExprPtr> &decorators) {
  std::vector<Value> functions;
  for (const ast::ExprPtr &decorator : decorators) {
    functions.push_back(evaluate(*decorator));
    if (halted)
      return std::nullopt;
  }
  return functions;
}

Value Interpreter::decorate(const std::vector<ast::ExprPtr> &decorators,
                            const std::vector<Value> &functions, Value definition) {
  for (size_t i = functions.size(); i-- > 0;) {
    SourceRange place = decorators[i]->range;
    Arguments arguments{place, place, {{definition, place}}, {}};
    definition = call(functions[i], arguments);
  }
  return definition;
}

void Interpreter::defineFunction(const ast::FunctionDef &stmt) {
  auto decorators = evaluateDecorators(stmt.decorators);
  if (!decorators)
    return;
  bool isMethod = scope->isClassBody && scope->parent->definedClass;
  std::string callee = isMethod ? scope->parent->definedClass->name + "." + stmt.name : stmt.name;
  Value function = heap.make<Function>(makeSignature(callee, stmt.parameters), &stmt.body, nullptr,
                                       closureScope(), stmt.nameRange);
  if (markYields(stmt.body))
    yielding.insert(&stmt.body);
  // Computed here, where the parameters are known.
  localsOf(stmt.body, stmt.parameters);
  setName(stmt.name, record(stmt.nameRange, decorate(stmt.decorators, *decorators, function)));
}

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

Class *Interpreter::objectClass() { return builtins.lookup("object").as<Class>(); }

std::string Interpreter::mangled(llvm::StringRef name) const {
  if (!name.starts_with("__") || name.ends_with("__"))
    return name.str();
  for (const Scope *at = scope; at; at = at->parent)
    if (at->definedClass)
      return "_" + llvm::StringRef(at->definedClass->name).ltrim('_').str() + name.str();
  return name.str();
}

std::optional<std::vector<Class *>>
Interpreter::evaluateBases(const ast::ClassDef &stmt, std::vector<KeywordArgument> &keywords) {
  std::vector<Class *> bases;
  for (const ast::Argument &argument : stmt.bases) {
    Checkpoint before(*this);
    Value base = evaluate(*argument.value);
    SourceRange place = argument.value->range;
    // What Keras has and Rondo does not: the file may do without the class.
    auto leaveOpen = [&](const std::string &what) {
      setName(stmt.name, heap.make<Opaque>(stmt.name,
                                           what + " as a base class is not supported in a model "
                                                  "file: keep an object of it as an attribute, and "
                                                  "call that",
                                           place));
      return std::nullopt;
    };
    if (before.hasErrorsSince() && engine.lastCode() == Code::NotSupportedYet) {
      before.goBack();
      return leaveOpen("`" + place.text().str() + "`");
    }
    Class *type = base.as<Class>();
    if (!type && base.getObject())
      type = base.getObject()->asClass(*this);
    if (halted)
      return std::nullopt;
    bool isKeyword = argument.kind == ast::Argument::Kind::Keyword;
    if (isKeyword && argument.keyword != "metaclass") {
      keywords.push_back({argument.keyword, argument.keywordRange, base, place});
      continue;
    }
    // The one metaclass that only has a say about what is abstract.
    bool isAbstract = isKeyword && type && type->name == "ABC";
    if (argument.kind != ast::Argument::Kind::Positional && !isAbstract) {
      setName(stmt.name, unsupported(place, "this argument of a class is", "leave it out"));
      return std::nullopt;
    }
    // As deep as no file needs: the order of bases is long to find.
    constexpr size_t maxBases = 100;
    if (type && (type->order.size() > maxBases || bases.size() > maxBases)) {
      report(Code::RecursionLimit, place, "a class derives from more than {} others", maxBases);
    } else if (type && llvm::is_contained(bases, type)) {
      report(Code::TypeMismatch, place, "the base class `{}` is there twice", type->name);
    } else if (type && type->checkBase(place)) {
      bases.push_back(type);
      continue;
    } else if (const auto *opaque = base.as<Opaque>()) {
      // What only a training script uses, such as a callback: using it will say so.
      setName(stmt.name, heap.make<Opaque>(opaque->origin, opaque->mend));
      return std::nullopt;
    } else if (const auto *native = base.as<Native>(); native && !base.as<Type>()) {
      return leaveOpen("`" + native->name + "`");
    } else if (!type && !base.isError()) {
      unsupported(place,
                  native ? "`" + native->name + "` as a base class is"
                         : "a " + base.typeName() + " as a base class is",
                  "keep an object of it as an attribute, and call that");
    }
    setName(stmt.name, Value::error());
    return std::nullopt;
  }
  if (bases.empty())
    bases.push_back(objectClass());
  return bases;
}

const ast::String *documentation(const ast::Block &body) {
  const auto *first = body.empty() ? nullptr : llvm::dyn_cast<ast::ExprStmt>(body.front().get());
  return first ? llvm::dyn_cast<ast::String>(first->value.get()) : nullptr;
}

void Interpreter::completeClass(Class &type, const std::vector<KeywordArgument> &keywords) {
  SourceRange place = type.place;
  if (const ast::String *text = documentation(type.definition->body))
    type.members.try_emplace("__doc__", heap.str(text->value));
  for (Class *base : std::vector<Class *>(type.order))
    base->adopt(type);
  for (const auto &member : type.members)
    if (const auto *descriptor = member.second.as<Instance>())
      descriptor->special("__set_name__", {Value(&type), heap.str(member.getKey().str())}, place);
  // It is a class method without being said so.
  Value &hook = type.members["__init_subclass__"];
  if (hook.as<Function>())
    hook = heap.make<BoundOtherwise>(hook, /*toClass=*/true);
  else if (hook.isNone())
    type.members.erase("__init_subclass__");
  const Value *inherited = type.find("__init_subclass__", &type);
  Arguments arguments{place, place, {}, keywords};
  if (inherited)
    call(bindMember(heap, *inherited, Value(), &type), arguments);
  else if (!keywords.empty())
    report(Code::UnknownArgument, keywords.front().namePlace,
           "the bases of `{}` take no argument `{}`", type.name, keywords.front().name)
        .help("a base class takes it in `__init_subclass__`");
}

void Interpreter::defineClass(const ast::ClassDef &stmt) {
  auto decorators = evaluateDecorators(stmt.decorators);
  if (!decorators)
    return;
  std::vector<KeywordArgument> keywords;
  auto bases = evaluateBases(stmt, keywords);
  if (!bases)
    return;
  Class *type = heap.make<Class>(*this, stmt.name, stmt.nameRange);
  type->definition = &stmt;
  if (scope->isClassBody && scope->parent->definedClass)
    type->qualifiedName = scope->parent->definedClass->qualifiedName + "." + stmt.name;
  if (!type->setBases(std::move(*bases))) {
    report(Code::TypeMismatch, stmt.headRange, "the base classes of `{}` have no consistent order",
           stmt.name)
        .help("name a class before the classes that it derives from");
    return setName(stmt.name, Value::error());
  }
  // Functions of the body see what is around the class, and the class for `super()`.
  Scope *around = heap.make<Scope>(closureScope(), nullptr);
  around->definedClass = type;
  around->names["__class__"] = type;
  Scope *body = heap.make<Scope>(around, nullptr);
  body->isClassBody = true;
  {
    llvm::SaveAndRestore inner(scope, body);
    if (execute(stmt.body) != Flow::Next)
      return;
    for (const auto &entry : body->names)
      type->members[mangled(entry.getKey())] = entry.second;
  }
  completeClass(*type, keywords);
  if (halted)
    return;
  setName(stmt.name, record(stmt.nameRange, decorate(stmt.decorators, *decorators, type)));
}

//===----------------------------------------------------------------------===//
// Builtins
//===----------------------------------------------------------------------===//

std::optional<Value> Interpreter::currentSelf() const {
  const Scope *at = scope;
  while (at && !at->firstArgument)
    at = at->parent;
  return at ? at->firstArgument : std::nullopt;
}

Value Interpreter::makeSuper(BoundArguments &arguments) {
  const BoundArguments::Slot &type = arguments["type"], &object = arguments["object"];
  Class *from = type.value.as<Class>();
  std::optional<Value> self;
  if (object.given)
    self = object.value;
  for (Scope *at = scope; at && !type.given; at = at->parent) {
    if (!self && at->firstArgument)
      self = at->firstArgument;
    if ((from = at->definedClass))
      break;
  }
  if (!from || !self) {
    report(Code::TypeMismatch, arguments.place,
           type.given ? "`super` takes a class and an object of it"
                      : "`super()` is only known inside a method of a class");
    return Value::error();
  }
  if (self->isError())
    return Value::error();
  const auto *instance = self->as<Instance>();
  Class *own = instance ? &instance->type : self->as<Class>();
  if (own && own->isSubclassOf(from))
    return heap.make<Super>(from, *self, own);
  report(Code::TypeMismatch, object.given ? object.place : arguments.place,
         "`super` of the class `{}` needs an object of it, got {}", from->name, self->inWords());
  return Value::error();
}

namespace {

Value isSubclass(Interpreter &in, BoundArguments &args) {
  // `bool` is an `int`, and every type an object.
  const Class *type = args["type"].value.as<Class>();
  const auto *builtin = args["type"].value.as<Type>();
  std::vector<Value> bases{args["base"].value};
  if (const Tuple *several = args["base"].value.as<Tuple>())
    bases = several->elements;
  bool result = false;
  for (Value base : bases) {
    const Class *other = base.as<Class>();
    const auto *otherBuiltin = base.as<Type>();
    bool isObject =
        other && Value(const_cast<Class *>(other)).getObject() == in.builtin("object").getObject();
    if (builtin && (otherBuiltin || other)) {
      result |= isObject || builtin == otherBuiltin ||
                (builtin->name == "bool" && otherBuiltin && otherBuiltin->name == "int");
      continue;
    }
    if (type && otherBuiltin)
      continue;
    if (!type || !other)
      return in.unsupported(args.place, "`issubclass` of these is");
    result |= type->isSubclassOf(other);
  }
  return Value::boolean(result);
}

} // namespace

void Interpreter::addClassBuiltins() {
  builtins["object"] = heap.make<NativeClass>(*this, "object", SourceRange());
  addBuiltin("super", "type=None, object=None, /",
             [](Interpreter &in, BoundArguments &args) { return in.makeSuper(args); });
  addBuiltin("issubclass", "type, base, /", isSubclass);
  addBuiltin("property", "fget=None, fset=None, fdel=None, doc=None",
             [](Interpreter &in, BoundArguments &args) {
               return Value(in.heap.make<Property>(args["fget"].value, args["fset"].value,
                                                   args["fdel"].value));
             });
  for (bool toClass : {false, true})
    addBuiltin(toClass ? "classmethod" : "staticmethod", "function, /",
               [toClass](Interpreter &in, BoundArguments &args) {
                 return Value(in.heap.make<BoundOtherwise>(args["function"].value, toClass));
               });
}

} // namespace rondo::eval
