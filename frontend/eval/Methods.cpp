//===- Methods.cpp - Methods of strings, lists and dicts ------------------===//
//
// One table for each type. A method is a Native that has captured its object.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Interpreter.h"

namespace rondo::eval {
namespace {

template <typename T> struct Method {
  const char *name;
  const char *parameters;
  Value (*body)(T &self, Interpreter &in, BoundArguments &args);
};

template <typename T, size_t N>
std::optional<Value> findMethod(const Method<T> (&methods)[N], T &self, Interpreter &in,
                                llvm::StringRef name) {
  for (const Method<T> &method : methods)
    if (name == method.name)
      return Value(
          in.heap.make<Native>(method.name, method.parameters,
                               [&self, body = method.body](Interpreter &in, BoundArguments &args) {
                                 return body(self, in, args);
                               }));
  return std::nullopt;
}

template <typename T, size_t N>
std::vector<std::string> methodNames(const Method<T> (&methods)[N]) {
  std::vector<std::string> names;
  for (const Method<T> &method : methods)
    names.push_back(method.name);
  return names;
}

/// The text of a string argument, reported when it is none.
std::optional<llvm::StringRef> text(Interpreter &in, const BoundArguments &args, const char *name) {
  if (const Str *string = args[name].value.as<Str>())
    return llvm::StringRef(string->text);
  in.report(Code::TypeMismatch, args[name].place, "`{}` expects text, got {}",
            args.signature.callee, args[name].value.typeName());
  return std::nullopt;
}

template <typename F> Value withText(Interpreter &in, BoundArguments &args, const char *name, F f) {
  auto argument = text(in, args, name);
  return argument ? f(*argument) : Value::error();
}

Value missingKey(Interpreter &in, const BoundArguments::Slot &key) {
  in.report(Code::MissingKey, key.place, "the dict has no key {}", key.value.repr());
  return Value::error();
}

bool checkHashable(Interpreter &in, const BoundArguments::Slot &key) {
  if (isHashable(key.value))
    return true;
  in.report(Code::TypeMismatch, key.place, "a {} cannot be a key of a dict", key.value.typeName());
  return false;
}

//===----------------------------------------------------------------------===//
// str
//===----------------------------------------------------------------------===//

Value join(Str &self, Interpreter &in, BoundArguments &args) {
  std::string result;
  bool isFirst = true, isText = true;
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
    const Str *part = element.as<Str>();
    isText = part != nullptr;
    if (!isText)
      in.report(Code::TypeMismatch, args["iterable"].place, "`join` expects texts, got {}",
                element.typeName());
    else
      result += (isFirst ? "" : self.text) + part->text;
    isFirst = false;
    return isText && in.heap.hasRoomFor(result.size());
  });
  return complete && isText ? Value(in.heap.str(std::move(result))) : Value::error();
}

Value split(Str &self, Interpreter &in, BoundArguments &args) {
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef whole = self.text;
  if (args["sep"].value.isNone()) {
    llvm::SplitString(whole, parts, " \t\n\r\f\v");
  } else {
    auto separator = text(in, args, "sep");
    if (!separator || separator->empty())
      return Value::error();
    whole.split(parts, *separator);
  }
  std::vector<Value> values;
  for (llvm::StringRef part : parts)
    values.push_back(in.heap.str(part.str()));
  return in.heap.list(std::move(values));
}

Value replace(Str &self, Interpreter &in, BoundArguments &args) {
  auto from = text(in, args, "old"), to = text(in, args, "new");
  if (!from || !to || from->empty())
    return Value::error();
  std::string result;
  llvm::StringRef rest = self.text;
  while (true) {
    size_t at = rest.find(*from);
    result += rest.take_front(at);
    if (at == llvm::StringRef::npos || !in.heap.hasRoomFor(result.size()))
      break;
    result += *to;
    rest = rest.drop_front(at + from->size());
  }
  return in.heap.str(std::move(result));
}

const Method<Str> stringMethods[] = {
    {"lower", "",
     [](Str &self, Interpreter &in, BoundArguments &) {
       return Value(in.heap.str(llvm::StringRef(self.text).lower()));
     }},
    {"upper", "",
     [](Str &self, Interpreter &in, BoundArguments &) {
       return Value(in.heap.str(llvm::StringRef(self.text).upper()));
     }},
    {"strip", "",
     [](Str &self, Interpreter &in, BoundArguments &) {
       return Value(in.heap.str(llvm::StringRef(self.text).trim().str()));
     }},
    {"lstrip", "",
     [](Str &self, Interpreter &in, BoundArguments &) {
       return Value(in.heap.str(llvm::StringRef(self.text).ltrim().str()));
     }},
    {"rstrip", "",
     [](Str &self, Interpreter &in, BoundArguments &) {
       return Value(in.heap.str(llvm::StringRef(self.text).rtrim().str()));
     }},
    {"startswith", "prefix, /",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return withText(in, args, "prefix", [&](llvm::StringRef prefix) {
         return Value::boolean(llvm::StringRef(self.text).starts_with(prefix));
       });
     }},
    {"endswith", "suffix, /",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return withText(in, args, "suffix", [&](llvm::StringRef suffix) {
         return Value::boolean(llvm::StringRef(self.text).ends_with(suffix));
       });
     }},
    {"find", "part, /",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return withText(in, args, "part", [&](llvm::StringRef part) {
         return Value::integer(int64_t(self.text.find(part.str())));
       });
     }},
    {"count", "part, /",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return withText(in, args, "part", [&](llvm::StringRef part) {
         return Value::integer(llvm::StringRef(self.text).count(part));
       });
     }},
    {"isdigit", "",
     [](Str &self, Interpreter &, BoundArguments &) {
       return Value::boolean(!self.text.empty() && llvm::all_of(self.text, llvm::isDigit));
     }},
    {"join", "iterable, /", join},
    {"split", "sep=None", split},
    {"replace", "old, new, /", replace},
};

//===----------------------------------------------------------------------===//
// list
//===----------------------------------------------------------------------===//

/// An index argument as a position of the list, negative ones from the end.
std::optional<size_t> position(List &self, Interpreter &in, const BoundArguments::Slot &slot) {
  int64_t size = self.elements.size();
  auto index = slot.value.asInteger();
  if (!index) {
    in.report(Code::TypeMismatch, slot.place, "a list is indexed by integers, not by {}",
              slot.value.typeName());
    return std::nullopt;
  }
  if (*index < -size || *index >= size) {
    in.report(Code::IndexOutOfRange, slot.place, "index {} of a list of {}", *index,
              plural(size, "element"));
    return std::nullopt;
  }
  return *index < 0 ? *index + size : *index;
}

std::optional<size_t> search(List &self, Interpreter &in, const BoundArguments::Slot &slot) {
  for (size_t i = 0; i < self.elements.size() && in.step(slot.place); ++i)
    if (equal(self.elements[i], slot.value))
      return i;
  in.report(Code::ValueMismatch, slot.place, "the list does not contain {}", slot.value.repr());
  return std::nullopt;
}

const Method<List> listMethods[] = {
    {"append", "value, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       in.heap.charge(sizeof(Value));
       self.elements.push_back(args["value"].value);
       return Value();
     }},
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
       int64_t size = self.elements.size(), index = args["index"].value.asInteger().value_or(0);
       index = std::clamp<int64_t>(index < 0 ? index + size : index, 0, size);
       in.heap.charge(sizeof(Value));
       self.elements.insert(self.elements.begin() + index, args["value"].value);
       return Value();
     }},
    {"pop", "index=-1, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       auto index = position(self, in, args["index"]);
       if (!index)
         return Value::error();
       Value value = self.elements[*index];
       self.elements.erase(self.elements.begin() + *index);
       return value;
     }},
    {"remove", "value, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       auto index = search(self, in, args["value"]);
       if (!index)
         return Value::error();
       self.elements.erase(self.elements.begin() + *index);
       return Value();
     }},
    {"index", "value, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       auto index = search(self, in, args["value"]);
       return index ? Value::integer(*index) : Value::error();
     }},
    {"count", "value, /",
     [](List &self, Interpreter &in, BoundArguments &args) {
       return Value::integer(llvm::count_if(self.elements, [&](Value element) {
         return in.step(args.place) && equal(element, args["value"].value);
       }));
     }},
    {"reverse", "",
     [](List &self, Interpreter &, BoundArguments &) {
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
    {"update", "mapping=None, /, **kwargs",
     [](Dict &self, Interpreter &in, BoundArguments &args) {
       const Dict *other = args["mapping"].value.as<Dict>();
       if (args["mapping"].given && !other)
         return in.unsupported(args["mapping"].place, "`update` from this is", "pass a dict");
       if (other)
         for (const Dict::Entry &entry : other->items())
           self.set(entry.key, entry.value);
       for (const KeywordArgument &argument : args.restKeywords)
         self.set(in.heap.str(argument.name), argument.value);
       return Value();
     }},
    {"keys", "",
     [](Dict &self, Interpreter &in, BoundArguments &) {
       std::vector<Value> keys;
       for (const Dict::Entry &entry : self.items())
         keys.push_back(entry.key);
       return Value(in.heap.list(std::move(keys)));
     }},
    {"values", "",
     [](Dict &self, Interpreter &in, BoundArguments &) {
       std::vector<Value> values;
       for (const Dict::Entry &entry : self.items())
         values.push_back(entry.value);
       return Value(in.heap.list(std::move(values)));
     }},
    {"items", "",
     [](Dict &self, Interpreter &in, BoundArguments &) {
       std::vector<Value> pairs;
       for (const Dict::Entry &entry : self.items())
         pairs.push_back(in.heap.tuple({entry.key, entry.value}));
       return Value(in.heap.list(std::move(pairs)));
     }},
    {"copy", "",
     [](Dict &self, Interpreter &in, BoundArguments &) {
       Dict *copy = in.heap.make<Dict>();
       for (const Dict::Entry &entry : self.items())
         copy->set(entry.key, entry.value);
       return Value(copy);
     }},
};

} // namespace

std::optional<Value> Str::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  return findMethod(stringMethods, *this, in, name);
}
std::vector<std::string> Str::attributeNames() const { return methodNames(stringMethods); }

std::optional<Value> List::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  return findMethod(listMethods, *this, in, name);
}
std::vector<std::string> List::attributeNames() const { return methodNames(listMethods); }

std::optional<Value> Dict::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  return findMethod(dictMethods, *this, in, name);
}
std::vector<std::string> Dict::attributeNames() const { return methodNames(dictMethods); }

std::optional<Value> Function::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  if (name == "__name__")
    return Value(in.heap.str(llvm::StringRef(signature.callee).rsplit('.').second.empty()
                                 ? signature.callee
                                 : llvm::StringRef(signature.callee).rsplit('.').second.str()));
  return std::nullopt;
}

} // namespace rondo::eval
