//===- Methods.cpp - Methods of lists, tuples and dicts -------------------===//
//
// One table for each type, and what the methods share with builtin functions.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Methods.h"
#include "frontend/eval/Iterators.h"

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

std::optional<llvm::StringRef> textArgument(Interpreter &in, const BoundArguments &args,
                                            llvm::StringRef name) {
  if (const Str *string = args[name].value.as<Str>())
    return llvm::StringRef(string->text);
  in.report(Code::TypeMismatch, args[name].place, "`{}` expects text, got {}",
            args.signature.callee, args[name].value.typeName());
  return std::nullopt;
}

std::optional<int64_t> integerArgument(Interpreter &in, const BoundArguments &args,
                                       llvm::StringRef name) {
  if (auto integer = args[name].value.asInteger())
    return integer;
  in.report(Code::TypeMismatch, args[name].place, "`{}` expects an integer, got {}",
            args.signature.callee, args[name].value.typeName());
  return std::nullopt;
}

Value reportExpected(Interpreter &in, SourceRange place, llvm::StringRef callee,
                     llvm::StringRef expected, Value found) {
  diagnostics::Diagnostic &diagnostic =
      in.report(Code::TypeMismatch, place, "`{}` expects {}, got {}", callee, expected,
                found.typeName() == "Tensor" ? found.inWords() : found.typeName());
  if (found.getObject())
    found.getObject()->explainMisuse(diagnostic, Misuse::Argument, callee);
  return Value::error();
}

bool chargeElements(Interpreter &in, uint64_t count, SourceRange place) {
  return in.step(place, count / 64);
}

bool chargeSearch(Interpreter &in, llvm::StringRef text, llvm::StringRef sought,
                  SourceRange place) {
  return in.step(place, (text.size() / 64) * (1 + sought.size() / 64));
}

std::optional<size_t> findElement(Interpreter &in, const std::vector<Value> &elements,
                                  BoundArguments &args, llvm::StringRef owner) {
  int64_t size = elements.size();
  auto bound = [&](llvm::StringRef name, int64_t otherwise) {
    int64_t index = args.has(name) ? args[name].value.asInteger().value_or(otherwise) : otherwise;
    return std::clamp<int64_t>(index < 0 ? index + size : index, 0, size);
  };
  const BoundArguments::Slot &slot = args["value"];
  for (int64_t i = bound("start", 0), stop = bound("stop", size); i < stop; ++i) {
    if (!in.step(slot.place))
      return std::nullopt;
    if (equal(elements[i], slot.value))
      return i;
  }
  in.report(Code::ValueMismatch, slot.place, "the {} does not contain {}", owner,
            slot.value.inWords());
  if (args.signature.callee == "remove")
    in.pythonSays("list.remove(x): x not in list");
  else if (owner == "tuple")
    in.pythonSays("tuple.index(x): x not in tuple");
  else
    in.pythonSays("{} is not in {}", slot.value.repr(), owner);
  return std::nullopt;
}

bool sortValues(Interpreter &in, std::vector<Value> &values, const BoundArguments &args,
                SourceRange place) {
  struct Item {
    Value key, value;
  };
  std::vector<Item> items;
  const BoundArguments::Slot &function = args["key"];
  for (Value value : values) {
    Interpreter::Frame frame(in, place, {items.size(), value});
    Value key = function.value.isNone()
                    ? value
                    : in.callWith(function.value, {value}, function.place, args.place);
    if (key.isError() || in.isHalted())
      return false;
    if (const Opaque *unknown = opaqueIn(key)) {
      // Any of them may stand anywhere.
      std::fill(values.begin(), values.end(), in.swallow(*unknown, place));
      return true;
    }
    items.push_back({key, value});
  }
  bool isReverse = in.truth(args["reverse"].value).value_or(false);
  std::optional<std::pair<Value, Value>> unordered;
  // Merging bears a comparison that does not make sense; it is reported afterwards.
  std::stable_sort(items.begin(), items.end(), [&](const Item &a, const Item &b) {
    if (!in.step(args.place))
      return false;
    std::optional<int> comparison = order(a.key, b.key);
    if (!comparison && !unordered)
      unordered = {a.key, b.key};
    return isReverse ? comparison.value_or(0) > 0 : comparison.value_or(0) < 0;
  });
  if (unordered) {
    in.report(Code::TypeMismatch, place, "{} and {} have no order", unordered->second.typeName(),
              unordered->first.typeName());
    in.pythonSays("'<' not supported between instances of '{}' and '{}'",
                  pythonType(unordered->first), pythonType(unordered->second));
  }
  for (size_t i = 0; i < items.size(); ++i)
    values[i] = items[i].value;
  return !unordered && !in.isHalted();
}

bool updateDict(Interpreter &in, Dict &dict, const BoundArguments &args) {
  const BoundArguments::Slot &mapping = args["mapping"];
  if (const Dict *source = mapping.value.as<Dict>()) {
    in.heap.charge(source->size() * 4 * sizeof(Value));
    if (!in.step(args.place, source->size()))
      return false;
    for (const Dict::Entry &entry : source->items())
      dict.set(entry.key, entry.value);
  } else if (mapping.given) {
    bool isSound = true;
    bool complete = in.iterate(mapping.value, mapping.place, [&](Value pair) {
      auto parts = pair.as<Opaque>() ? std::nullopt : in.elements(pair, mapping.place);
      isSound = parts && parts->size() == 2 && isHashable((*parts)[0]);
      if (!isSound) {
        if (parts)
          in.report(Code::TypeMismatch, mapping.place, "`{}` expects (key, value) pairs",
                    args.signature.callee);
        return false;
      }
      in.heap.charge(4 * sizeof(Value));
      dict.set((*parts)[0], (*parts)[1]);
      return true;
    });
    if (!complete || !isSound)
      return false;
  }
  for (const KeywordArgument &argument : args.restKeywords)
    dict.set(in.heap.str(argument.name), argument.value);
  return true;
}

//===----------------------------------------------------------------------===//
// list and tuple
//===----------------------------------------------------------------------===//

namespace {

/// An index argument as a position of the list, negative ones from the end.
std::optional<size_t> position(List &self, Interpreter &in, const BoundArguments &args) {
  int64_t size = self.elements.size();
  auto index = integerArgument(in, args, "index");
  if (!index)
    return std::nullopt;
  if (*index < -size || *index >= size) {
    in.report(Code::IndexOutOfRange, args["index"].place, "index {} of a list of {}", *index,
              plural(size, "element"));
    in.pythonSays("pop index out of range");
    return std::nullopt;
  }
  return *index < 0 ? *index + size : *index;
}

Value count(Interpreter &in, const std::vector<Value> &elements, BoundArguments &args) {
  return Value::integer(llvm::count_if(elements, [&](Value element) {
    return in.step(args.place) && equal(element, args["value"].value);
  }));
}

const Method<Tuple> tupleMethods[] = {
    {"index", "value, start=0, stop=None, /",
     [](Tuple &self, Interpreter &in, BoundArguments &args) {
       auto index = findElement(in, self.elements, args, "tuple");
       return index ? Value::integer(*index) : Value::error();
     }},
    {"count", "value, /",
     [](Tuple &self, Interpreter &in, BoundArguments &args) {
       return count(in, self.elements, args);
     }},
};

const Method<List> listMethods[] = {
    {"append", "value, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       in.heap.charge(sizeof(Value));
       self.elements.push_back(args["value"].value);
       return Value();
     },
     Native::Opaques::Pass},
    {"extend", "iterable, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       auto added = in.elements(args["iterable"].value, args["iterable"].place);
       if (!added)
         return Value::error();
       self.elements.insert(self.elements.end(), added->begin(), added->end());
       return Value();
     }},
    {"insert", "index, value, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       auto given = integerArgument(in, args, "index");
       if (!given)
         return Value::error();
       int64_t size = self.elements.size();
       int64_t index = std::clamp<int64_t>(*given < 0 ? *given + size : *given, 0, size);
       in.heap.charge(sizeof(Value));
       if (!chargeElements(in, size - index, args.place))
         return Value::error();
       self.elements.insert(self.elements.begin() + index, args["value"].value);
       return Value();
     }},
    {"pop", "index=-1, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       if (self.elements.empty()) {
         in.report(Code::IndexOutOfRange, args.place, "`pop` from an empty list");
         in.pythonSays("pop from empty list");
         return Value::error();
       }
       auto index = position(self, in, args);
       if (!index)
         return Value::error();
       if (!chargeElements(in, self.elements.size() - *index, args.place))
         return Value::error();
       Value value = self.elements[*index];
       self.elements.erase(self.elements.begin() + *index);
       return value;
     }},
    {"remove", "value, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       auto index = findElement(in, self.elements, args, "list");
       if (!index || !chargeElements(in, self.elements.size() - *index, args.place))
         return Value::error();
       self.elements.erase(self.elements.begin() + *index);
       return Value();
     }},
    {"index", "value, start=0, stop=None, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       auto index = findElement(in, self.elements, args, "list");
       return index ? Value::integer(*index) : Value::error();
     }},
    {"count", "value, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       return count(in, self.elements, args);
     }},
    {"sort", "*, key=None, reverse=False",
     [](List &self, Interpreter &in, BoundArguments &args) {
       std::vector<Value> values = self.elements;
       if (!sortValues(in, values, args, args.place))
         return Value::error();
       self.elements = std::move(values);
       return Value();
     }},
    {"reverse", "",
     [](List &self, Interpreter &in, BoundArguments &args) {
       if (!chargeElements(in, self.elements.size(), args.place))
         return Value::error();
       std::reverse(self.elements.begin(), self.elements.end());
       return Value();
     }},
    {"clear", "",
     [](List &self, Interpreter &, BoundArguments &) {
       self.elements.clear();
       return Value();
     }},
    {"copy", "",
     [](List &self, Interpreter &in, BoundArguments &) {
       return Value(in.heap.list(self.elements));
     }},
};

//===----------------------------------------------------------------------===//
// dict
//===----------------------------------------------------------------------===//

bool checkHashable(Interpreter &in, const BoundArguments::Slot &key) {
  if (isHashable(key.value))
    return true;
  in.reportUnhashable(key.place, key.value);
  return false;
}

Value missingKey(Interpreter &in, const BoundArguments::Slot &key) {
  in.report(Code::MissingKey, key.place, "the dict has no key {}", key.value.inWords());
  in.raisedIs("KeyError", {key.value});
  return Value::error();
}

const Method<Dict> dictMethods[] = {
    {"get", "key, default=None, /",
     [](Dict &self, Interpreter &in, BoundArguments &args) {
       if (!checkHashable(in, args["key"]))
         return Value::error();
       const Value *value = self.find(args["key"].value);
       return value ? *value : args["default"].value;
     }},
    {"setdefault", "key, default=None, /",
     [](Dict &self, Interpreter &in, BoundArguments &args) {
       if (!checkHashable(in, args["key"]))
         return Value::error();
       in.heap.charge(4 * sizeof(Value));
       if (!self.find(args["key"].value))
         self.set(args["key"].value, args["default"].value);
       return *self.find(args["key"].value);
     }},
    {"pop", "key, default=None, /",
     [](Dict &self, Interpreter &in, BoundArguments &args) {
       if (!checkHashable(in, args["key"]))
         return Value::error();
       const Value *found = self.find(args["key"].value);
       if (!found)
         return args["default"].given ? args["default"].value : missingKey(in, args["key"]);
       Value value = *found;
       self.erase(args["key"].value);
       return value;
     }},
    {"popitem", "",
     [](Dict &self, Interpreter &in, BoundArguments &args) {
       std::vector<Dict::Entry> items = self.items();
       if (!chargeElements(in, items.size(), args.place))
         return Value::error();
       if (items.empty())
         return in.mistake(Code::MissingKey, args.place, "`popitem` from an empty dict");
       self.erase(items.back().key);
       return Value(in.heap.tuple({items.back().key, items.back().value}));
     }},
    {"update", "mapping=None, /, **kwargs",
     [](Dict &self, Interpreter &in, BoundArguments &args) {
       return updateDict(in, self, args) ? Value() : Value::error();
     }},
    {"keys", "",
     [](Dict &self, Interpreter &in, BoundArguments &) {
       return Value(in.heap.make<DictView>(self, DictView::Kind::Keys));
     }},
    {"values", "",
     [](Dict &self, Interpreter &in, BoundArguments &) {
       return Value(in.heap.make<DictView>(self, DictView::Kind::Values));
     }},
    {"items", "",
     [](Dict &self, Interpreter &in, BoundArguments &) {
       return Value(in.heap.make<DictView>(self, DictView::Kind::Items));
     }},
    {"clear", "",
     [](Dict &self, Interpreter &, BoundArguments &) {
       self.clear();
       return Value();
     }},
    {"copy", "",
     [](Dict &self, Interpreter &in, BoundArguments &) {
       Dict *copy = in.heap.make<Dict>();
       in.heap.charge(self.size() * 4 * sizeof(Value));
       for (const Dict::Entry &entry : self.items())
         copy->set(entry.key, entry.value);
       return Value(copy);
     }},
};

} // namespace

std::optional<Value> List::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  return findMethod(listMethods, *this, in, name);
}
std::vector<std::string> List::attributeNames() const { return methodNames(listMethods); }

std::optional<Value> Tuple::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  return findMethod(tupleMethods, *this, in, name);
}
std::vector<std::string> Tuple::attributeNames() const { return methodNames(tupleMethods); }

std::optional<Value> Dict::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  return findMethod(dictMethods, *this, in, name);
}
std::vector<std::string> Dict::attributeNames() const { return methodNames(dictMethods); }

bool Function::setAttribute(Interpreter &, llvm::StringRef name, Value value, SourceRange) {
  attributes[name] = value;
  return true;
}

std::optional<Value> Function::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  if (auto own = attributes.find(name); own != attributes.end())
    return own->second;
  if (name == "__name__" || name == "__qualname__")
    return Value(in.heap.str(llvm::StringRef(signature.callee).rsplit('.').second.empty()
                                 ? signature.callee
                                 : llvm::StringRef(signature.callee).rsplit('.').second.str()));
  if (name == "__doc__") {
    const auto *first =
        body && !body->empty() ? llvm::dyn_cast<ast::ExprStmt>(body->front().get()) : nullptr;
    const auto *text = first ? llvm::dyn_cast<ast::String>(first->value.get()) : nullptr;
    return text ? Value(in.heap.str(text->value)) : Value();
  }
  return std::nullopt;
}

} // namespace rondo::eval
