//===- Unknown.cpp - Values about which nothing is known ------------------===//
//
// Data, and what packages compute that Rondo does not have. They swallow what is
// done with them; where the model needs one, that is reported. A block that only
// runs if such a value says so is not evaluated: what it may change is unknown
// after it.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BlockNames.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/NdArray.h"

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// Where one is met
//===----------------------------------------------------------------------===//

/// Whether one letter more, less or other, or two swapped ones, make `b` of `a`.
static bool isOneSlip(llvm::StringRef a, llvm::StringRef b) {
  while (!a.empty() && !b.empty() && a.front() == b.front())
    a = a.drop_front(), b = b.drop_front();
  while (!a.empty() && !b.empty() && a.back() == b.back())
    a = a.drop_back(), b = b.drop_back();
  bool isSwap = a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
  return isSwap || (a.size() <= 1 && b.size() <= 1);
}

Value Interpreter::swallow(const Opaque &opaque, SourceRange place) {
  // One of which a shape is known loses it.
  if (typeid(opaque) != typeid(Opaque))
    return heap.make<Opaque>(opaque.origin, opaque.mend, opaque.place);
  if (currentMode == Mode::Lenient || opaque.place)
    return const_cast<Opaque *>(&opaque);
  if (!opaque.mend.empty())
    return unsupported(place, fmt::format("`{}` is", opaque.origin), opaque.mend);
  // A slip, where the module has something of nearly that name.
  auto [owner, member] = llvm::StringRef(opaque.origin).rsplit('.');
  Object *object = standardModules.lookup(owner);
  if (!object && findModule)
    object = findModule(owner);
  if (const auto *module = dynamic_cast<Module *>(object);
      module && member.size() > 3 && !module->members.count(member))
    if (auto meant = diagnostics::closestMatch(member, module->attributeNames());
        meant && isOneSlip(member, *meant)) {
      report(Code::UnknownModule, place, "`{}` is not available when a model is compiled",
             opaque.origin)
          .help("did you mean `{}.{}`?", owner, *meant);
      return Value::error();
    }
  return heap.make<Opaque>(opaque.origin, "", place);
}

Value Interpreter::needs(const Opaque &opaque, SourceRange place) {
  Value value = swallow(opaque, place);
  const auto *unknown = value.as<Opaque>();
  if (!unknown || currentMode == Mode::Lenient)
    return value;
  // Once is enough for all that comes from one place.
  SourceRange origin = unknown->place;
  if (!reported.unknowns.insert({origin.begin, origin.end}).second)
    return Value::error();
  bool isHere = place.begin <= origin.begin && origin.end <= place.end;
  if (isHere) {
    report(Code::UnknownModule, origin, "`{}` is not available when a model is compiled",
           unknown->origin)
        .help("{}", unknown->mend.empty() ? "a model is made of numbers, layers and `keras.ops`: "
                                            "what needs data or other packages is for training"
                                          : unknown->mend);
    return Value::error();
  }
  llvm::StringRef text = place.text();
  constexpr size_t limit = 40;
  bool isShort = !text.empty() && text.size() <= limit && !text.contains('\n');
  report(
      Code::UnknownModule, place,
      "the model needs {}, which comes from `{}`: that is not available when a model is compiled",
      isShort ? "`" + text.str() + "`" : "this", unknown->origin)
      .note(origin, "it comes from here")
      .help("{}", unknown->mend.empty() ? "write here what the model needs of it: a number, a shape"
                                        : unknown->mend);
  return Value::error();
}

std::optional<Value> Interpreter::swallowInside(const Arguments &arguments) {
  if (currentMode == Mode::Lenient)
    return std::nullopt;
  auto unknown = arguments.findOpaque();
  if (!unknown)
    return std::nullopt;
  if (arguments.hasError())
    return Value::error();
  return arguments.holdTensor() ? needs(*unknown->opaque, unknown->place)
                                : swallow(*unknown->opaque, arguments.place);
}

Value Interpreter::dataCall(std::string origin, SourceRange place) {
  ++dataCalls;
  return heap.make<Opaque>(std::move(origin), "", place);
}

Value Interpreter::unknownMethod(llvm::StringRef name, std::string origin, bool isDataCall) {
  return heap.make<Native>(
      name.str(), "*args, **kwargs",
      [origin = std::move(origin), isDataCall](Interpreter &in, BoundArguments &arguments) {
        return isDataCall ? in.dataCall(origin, arguments.place)
                          : Value(in.heap.make<Opaque>(origin, "", arguments.place));
      },
      Native::Opaques::Pass);
}

//===----------------------------------------------------------------------===//
// What may have changed
//===----------------------------------------------------------------------===//

/// Whether a method may change the value, so that nothing is known of it after a call
/// that may not have happened.
static bool mayChange(Value value, llvm::StringRef method) {
  const Object *object = value.getObject();
  bool isFixed = !object || value.as<Opaque>() || value.as<Module>() || value.as<Str>() ||
                 value.as<Native>() || value.as<Function>();
  return !isFixed && object->isChangedBy(method);
}

/// What is known of a value after a method may have changed it: an array that takes elements keeps
/// its shape.
static Value afterChange(Heap &heap, Value value, llvm::StringRef method, Value unknown) {
  const auto *array = value.as<NdArray>();
  const auto *opaque = unknown.as<Opaque>();
  if (!array || !opaque || array->rank() == 0 || method != "__setitem__")
    return unknown;
  return heap.make<UnknownArray>(opaque->origin, opaque->place, array->shape);
}

/// What a part is a part of: `x` of `x[i][j]`.
static const ast::Expr *rootOf(const ast::Expr *expr) {
  while (const auto *item = llvm::dyn_cast<ast::Subscript>(expr))
    expr = item->object.get();
  return expr;
}

void Interpreter::forgetObject(const ast::Expr &expr, llvm::StringRef method, Value unknown) {
  if (const auto *attribute = llvm::dyn_cast<ast::Attribute>(&expr)) {
    const auto *owner = llvm::dyn_cast<ast::Name>(attribute->object.get());
    Value *holder = owner ? findName(owner->id) : nullptr;
    Object *object = holder ? holder->getObject() : nullptr;
    if (!object || holder->as<Module>() || holder->as<Opaque>())
      return;
    auto current = object->attribute(*this, mangled(attribute->name), attribute->nameRange);
    if (current && mayChange(*current, method))
      object->setAttribute(*this, mangled(attribute->name),
                           afterChange(heap, *current, method, unknown), attribute->range);
    return;
  }
  if (const auto *name = llvm::dyn_cast<ast::Name>(rootOf(&expr)))
    if (Value *value = findName(name->id); value && mayChange(*value, method))
      *value = afterChange(heap, *value, method, unknown);
}

void Interpreter::forgetArguments(const ast::Call &call, Value unknown) {
  const Value *callee = findName(llvm::cast<ast::Name>(*call.callee).id);
  const auto *function = callee ? callee->as<Function>() : nullptr;
  if (!function || !function->body)
    return;
  BlockNames body;
  body.addBlock(*function->body);
  const auto &parameters = function->signature.parameters;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const ast::Argument &argument = call.arguments[i];
    llvm::StringRef parameter = argument.keyword;
    if (argument.kind == ast::Argument::Kind::Positional && i < parameters.size())
      parameter = parameters[i].name;
    for (const BlockNames::Change &change : body.changed)
      if (const auto *changed = llvm::dyn_cast<ast::Name>(change.object);
          changed && changed->id == parameter)
        forgetObject(*argument.value, change.method, unknown);
  }
}

Value *Interpreter::findName(llvm::StringRef name) {
  auto redirected = scope->redirected.find(name);
  for (Scope *at = redirected == scope->redirected.end() ? scope : redirected->second; at;
       at = at->parent)
    if (auto found = at->names.find(name); found != at->names.end())
      return &found->second;
  return nullptr;
}

Interpreter::Flow Interpreter::skipUnknown(const BlockNames &block, const Opaque &unknown,
                                           SourceRange place) {
  return skip(block, swallow(unknown, place), place);
}

Interpreter::Flow Interpreter::skip(const BlockNames &block, Value value, SourceRange place) {
  for (const auto &name : block.assigned)
    setName(name.getKey(), value);
  for (const BlockNames::Change &change : block.changed)
    forgetObject(*change.object, change.method, value);
  for (const ast::Call *call : block.calls)
    forgetArguments(*call, value);
  if (block.returns && callDepth > 0) {
    returned = value;
    return Flow::Return;
  }
  if (!block.leavesLoop)
    return Flow::Next;
  endOfLoop = value;
  endOfLoopPlace = place;
  return Flow::Break;
}

/// Whether nothing that models are made of is in a value.
static bool isPlain(Value value) {
  const Object *object = value.getObject();
  if (!object || value.as<Str>() || value.as<Opaque>() || value.as<NdArray>())
    return true;
  if (const auto *sequence = value.as<Sequence>())
    return llvm::all_of(sequence->elements, isPlain);
  const auto *dict = value.as<Dict>();
  return dict &&
         llvm::all_of(dict->items(), [](const Dict::Entry &entry) { return isPlain(entry.value); });
}

bool Interpreter::makesModelInRound(const ast::For &stmt, const BlockNames &names,
                                    const Opaque &unknown) {
  // What it makes is its own: it goes on from no part of a model, and changes none.
  auto isOpen = [&](llvm::StringRef name) {
    const Value *current = findName(name);
    return !current || isPlain(*current);
  };
  for (const auto &name : names.assigned)
    if (!isOpen(name.getKey()))
      return false;
  for (const BlockNames::Change &change : names.changed) {
    const auto *name = llvm::dyn_cast<ast::Name>(rootOf(change.object));
    if (!name || !(isOpen(name->id) || names.assigned.count(name->id)))
      return false;
  }
  Checkpoint before(*this);
  const uint64_t changes = modelChanges;
  const size_t text = printed.size();
  const std::function<void()> forgetNames = namesSoFar ? namesSoFar() : [] {};
  Value element = swallow(unknown, stmt.iterable->range);
  assign(*stmt.target, element);
  Flow flow = execute(stmt.body);
  if (halted)
    return true;
  const bool isMade = modelChanges != changes && !before.hasErrorsSince() &&
                      (flow == Flow::Next || flow == Flow::Continue || flow == Flow::Break);
  if (!isMade) {
    before.goBack();
    printed.resize(text);
    forgetNames();
    return false;
  }
  for (const auto &name : names.assigned)
    if (Value *value = findName(name.getKey()); value && isPlain(*value))
      *value = element;
  for (const BlockNames::Change &change : names.changed)
    forgetObject(*change.object, change.method, element);
  return true;
}

bool Interpreter::onlyUsesModel(const Progress &before, Flow flow, SourceRange place) {
  if ((flow != Flow::Next && flow != Flow::Continue) || dataCalls == before.dataCalls ||
      modelChanges != before.modelChanges)
    return false;
  endOfLoop = callsError ? Value::error() : Value(heap.make<Opaque>("a loop over data", "", place));
  endOfLoopPlace = place;
  return true;
}

bool Interpreter::endsUnknown(const ast::Stmt &loop, Flow &flow) {
  std::optional<Value> unknown = std::exchange(endOfLoop, std::nullopt);
  if (!unknown)
    return false;
  BlockNames names;
  names.addStatement(loop);
  flow = skip(names, *unknown, endOfLoopPlace);
  return true;
}

} // namespace rondo::eval
