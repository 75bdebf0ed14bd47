//===- LibraryModules.cpp - itertools, functools, typing, os.path ---------===//
//
// What model files use of Python's library to put lists and functions together.
// Iterators that may be endless are lazy; those that need all their elements
// anyway collect them at once.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"
#include "frontend/eval/Iterators.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/Modules.h"

namespace rondo::eval {
namespace {

//===----------------------------------------------------------------------===//
// itertools
//===----------------------------------------------------------------------===//

Value count(Interpreter &in, BoundArguments &args) {
  return in.heap.make<Iterator>(
      "count",
      [next = args["start"].value, step = args["step"].value](
          Interpreter &in, SourceRange place) mutable -> std::optional<Value> {
        if (!in.step(place))
          return std::nullopt;
        return std::exchange(next, in.binary(ast::BinaryOp::Add, next, step, place));
      });
}

Value repeat(Interpreter &in, BoundArguments &args) {
  bool isEndless = args["times"].value.isNone();
  auto times = args["times"].value.asInteger();
  if (!isEndless && !times)
    return in.mistake(Code::TypeMismatch, args["times"].place, "`repeat` expects an integer");
  return in.heap.make<Iterator>("repeat",
                                [value = args["object"].value, isEndless, left = times.value_or(0)](
                                    Interpreter &, SourceRange) mutable -> std::optional<Value> {
                                  return isEndless || left-- > 0 ? std::optional(value)
                                                                 : std::nullopt;
                                });
}

Value cycle(Interpreter &in, BoundArguments &args) {
  auto elements = in.elements(args["iterable"].value, args["iterable"].place);
  if (!elements)
    return Value::error();
  return in.heap.make<Iterator>(
      "cycle",
      [elements = *elements, i = size_t(0)](Interpreter &,
                                            SourceRange) mutable -> std::optional<Value> {
        return elements.empty() ? std::nullopt : std::optional(elements[i++ % elements.size()]);
      });
}

/// The elements of one iterable after the other.
Value chained(Interpreter &in, Iterator *iterables) {
  return in.heap.make<Iterator>(
      "chain",
      [iterables, current = static_cast<Iterator *>(nullptr)](
          Interpreter &in, SourceRange place) mutable -> std::optional<Value> {
        while (in.step(place)) {
          if (current)
            if (auto element = current->next(in, place))
              return element;
          std::optional<Value> iterable = iterables->next(in, place);
          current = iterable ? in.iterator(*iterable, place) : nullptr;
          if (!current)
            return std::nullopt;
        }
        return std::nullopt;
      });
}

Value chain(Interpreter &in, BoundArguments &args) {
  std::vector<Value> iterables;
  for (const PlacedValue &argument : args.rest)
    iterables.push_back(argument.value);
  return chained(in, iterateOver(in.heap, "arguments", std::move(iterables)));
}

Value islice(Interpreter &in, BoundArguments &args) {
  Iterator *elements = in.iterator(args["iterable"].value, args["iterable"].place);
  if (!elements)
    return Value::error();
  auto bound = [&](size_t i, int64_t otherwise) {
    return i < args.rest.size() ? args.rest[i].value.asInteger().value_or(otherwise) : otherwise;
  };
  bool isStop = args.rest.size() == 1;
  int64_t start = isStop ? 0 : bound(0, 0), stop = bound(isStop ? 0 : 1, INT64_MAX);
  int64_t step = bound(2, 1);
  if (start < 0 || stop < 0 || step < 1 || args.rest.empty())
    return in.mistake(Code::ValueMismatch, args.place,
                      "`islice` takes bounds that are not negative, and a step from 1 on");
  return in.heap.make<Iterator>(
      "islice",
      [elements, position = int64_t(0), next = start, stop,
       step](Interpreter &in, SourceRange place) mutable -> std::optional<Value> {
        while (next < stop && in.step(place)) {
          auto element = elements->next(in, place);
          if (!element)
            return std::nullopt;
          if (position++ == next) {
            next = step > stop - next ? stop : next + step;
            return element;
          }
        }
        return std::nullopt;
      });
}

template <bool takes> Value whileTrue(Interpreter &in, BoundArguments &args) {
  Iterator *elements = in.iterator(args["iterable"].value, args["iterable"].place);
  if (!elements)
    return Value::error();
  return in.heap.make<Iterator>(
      takes ? "takewhile" : "dropwhile",
      [elements, function = args["predicate"], place = args.place,
       isOver = false](Interpreter &in, SourceRange at) mutable -> std::optional<Value> {
        while (in.step(place)) {
          auto element = elements->next(in, at);
          if (!element || (!takes && isOver))
            return element;
          bool holds = in.truth(in.callWith(function.value, {*element}, function.place, place))
                           .value_or(false);
          if (takes)
            return holds ? element : std::nullopt;
          isOver = !holds;
          if (isOver)
            return element;
        }
        return std::nullopt;
      });
}

Value starmap(Interpreter &in, BoundArguments &args) {
  Iterator *rows = in.iterator(args["iterable"].value, args["iterable"].place);
  if (!rows)
    return Value::error();
  return in.heap.make<Iterator>("starmap",
                                [rows, function = args["function"], place = args.place](
                                    Interpreter &in, SourceRange at) -> std::optional<Value> {
                                  auto row = rows->next(in, at);
                                  auto values = row ? in.elements(*row, at) : std::nullopt;
                                  if (!values)
                                    return std::nullopt;
                                  return in.callWith(function.value, *values, function.place,
                                                     place);
                                });
}

Value accumulate(Interpreter &in, BoundArguments &args) {
  auto elements = in.elements(args["iterable"].value, args["iterable"].place);
  if (!elements)
    return Value::error();
  const BoundArguments::Slot &function = args["func"];
  std::vector<Value> totals;
  if (args["initial"].given && !args["initial"].value.isNone())
    totals.push_back(args["initial"].value);
  for (Value element : *elements) {
    if (totals.empty())
      totals.push_back(element);
    else if (function.value.isNone())
      totals.push_back(in.binary(ast::BinaryOp::Add, totals.back(), element, args.place));
    else
      totals.push_back(
          in.callWith(function.value, {totals.back(), element}, function.place, args.place));
    if (totals.back().isError())
      return Value::error();
  }
  return iterateOver(in.heap, "accumulate", std::move(totals));
}

Value product(Interpreter &in, BoundArguments &args) {
  std::vector<std::vector<Value>> pools;
  for (int64_t i = 0, n = args["repeat"].value.asInteger().value_or(1); i < n; ++i)
    for (const PlacedValue &argument : args.rest) {
      auto elements = in.elements(argument.value, argument.place);
      if (!elements || !in.step(args.place))
        return Value::error();
      pools.push_back(std::move(*elements));
    }
  std::vector<Value> rows;
  std::vector<size_t> index(pools.size());
  bool isOver = llvm::any_of(pools, [](const auto &pool) { return pool.empty(); });
  while (!isOver) {
    if (!in.step(args.place))
      return Value::error();
    std::vector<Value> row;
    for (size_t i = 0; i < pools.size(); ++i)
      row.push_back(pools[i][index[i]]);
    rows.push_back(in.heap.tuple(std::move(row)));
    size_t i = pools.size();
    while (i > 0 && ++index[i - 1] == pools[i - 1].size())
      index[--i] = 0;
    isOver = i == 0;
  }
  return iterateOver(in.heap, "product", std::move(rows));
}

/// Rows of `size` elements at positions that `isWanted` lets follow each other.
template <typename F>
Value selections(Interpreter &in, BoundArguments &args, const char *kind, F isWanted) {
  auto pool = in.elements(args["iterable"].value, args["iterable"].place);
  if (!pool)
    return Value::error();
  int64_t size = args["r"].value.asInteger().value_or(pool->size());
  if (size < 0)
    return in.mistake(Code::ValueMismatch, args["r"].place, "`{}` of {} elements", kind, size);
  std::vector<Value> rows;
  std::vector<size_t> chosen;
  size_t next = 0;
  while (in.step(args.place)) {
    if (int64_t(chosen.size()) == size) {
      std::vector<Value> row;
      for (size_t i : chosen)
        row.push_back((*pool)[i]);
      rows.push_back(in.heap.tuple(std::move(row)));
      next = pool->size();
    }
    while (next < pool->size() && !isWanted(chosen, next)) {
      ++next;
      if (!in.step(args.place, 1 + chosen.size() / 16))
        return Value::error();
    }
    if (next < pool->size()) {
      chosen.push_back(std::exchange(next, 0));
      continue;
    }
    if (chosen.empty())
      return iterateOver(in.heap, kind, std::move(rows));
    next = chosen.back() + 1;
    chosen.pop_back();
  }
  return Value::error();
}

Value zipLongest(Interpreter &in, BoundArguments &args) {
  std::vector<std::vector<Value>> columns;
  size_t size = 0;
  for (const PlacedValue &argument : args.rest) {
    auto column = in.elements(argument.value, argument.place);
    if (!column)
      return Value::error();
    size = std::max(size, column->size());
    columns.push_back(std::move(*column));
  }
  std::vector<Value> rows;
  for (size_t i = 0; i < size; ++i) {
    if (!in.step(args.place, columns.size()))
      return Value::error();
    std::vector<Value> row;
    for (const std::vector<Value> &column : columns)
      row.push_back(i < column.size() ? column[i] : args["fillvalue"].value);
    rows.push_back(in.heap.tuple(std::move(row)));
  }
  return iterateOver(in.heap, "zip_longest", std::move(rows));
}

Value pairwise(Interpreter &in, BoundArguments &args) {
  auto elements = in.elements(args["iterable"].value, args["iterable"].place);
  if (!elements)
    return Value::error();
  std::vector<Value> pairs;
  for (size_t i = 1; i < elements->size(); ++i)
    pairs.push_back(in.heap.tuple({(*elements)[i - 1], (*elements)[i]}));
  return iterateOver(in.heap, "pairwise", std::move(pairs));
}

Value groupBy(Interpreter &in, BoundArguments &args) {
  auto elements = in.elements(args["iterable"].value, args["iterable"].place);
  if (!elements)
    return Value::error();
  const BoundArguments::Slot &function = args["key"];
  std::vector<std::pair<Value, std::vector<Value>>> groups;
  for (Value element : *elements) {
    Value key = function.value.isNone()
                    ? element
                    : in.callWith(function.value, {element}, function.place, args.place);
    if (key.isError() || !in.step(args.place))
      return Value::error();
    if (groups.empty() || !equal(groups.back().first, key))
      groups.push_back({key, {}});
    groups.back().second.push_back(element);
  }
  std::vector<Value> pairs;
  for (auto &[key, members] : groups)
    pairs.push_back(
        in.heap.tuple({key, iterateOver(in.heap, "itertools._grouper", std::move(members))}));
  return iterateOver(in.heap, "groupby", std::move(pairs));
}

void addItertools(Interpreter &in) {
  Module *module = addModule(in, "itertools");
  auto add = [&](const char *name, const char *parameters, Native::Body body) {
    addFunction(in, module, name, parameters, std::move(body));
  };
  add("count", "start=0, step=1", count);
  add("cycle", "iterable, /", cycle);
  add("repeat", "object, times=None", repeat);
  add("islice", "iterable, /, *args", islice);
  add("takewhile", "predicate, iterable, /", whileTrue<true>);
  add("dropwhile", "predicate, iterable, /", whileTrue<false>);
  add("starmap", "function, iterable, /", starmap);
  add("accumulate", "iterable, func=None, *, initial=None", accumulate);
  add("product", "*args, repeat=1", product);
  add("zip_longest", "*args, fillvalue=None", zipLongest);
  add("pairwise", "iterable, /", pairwise);
  add("groupby", "iterable, key=None", groupBy);
  add("permutations", "iterable, r=None", [](Interpreter &in, BoundArguments &args) {
    return selections(in, args, "permutations",
                      [](const auto &chosen, size_t i) { return !llvm::is_contained(chosen, i); });
  });
  add("combinations", "iterable, r", [](Interpreter &in, BoundArguments &args) {
    return selections(in, args, "combinations", [](const auto &chosen, size_t i) {
      return chosen.empty() || i > chosen.back();
    });
  });
  add("combinations_with_replacement", "iterable, r", [](Interpreter &in, BoundArguments &args) {
    return selections(in, args, "combinations_with_replacement", [](const auto &chosen, size_t i) {
      return chosen.empty() || i >= chosen.back();
    });
  });

  /// chain is called, and has a function of its own.
  class Chain : public Native {
  public:
    using Native::Native;
    std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                   SourceRange place) override {
      if (name != "from_iterable")
        return Native::attribute(in, name, place);
      return Value(in.heap.make<Native>(
          "from_iterable", "iterable, /", [](Interpreter &in, BoundArguments &args) {
            Iterator *iterables = in.iterator(args["iterable"].value, args["iterable"].place);
            return iterables ? chained(in, iterables) : Value::error();
          }));
    }
  };
  module->members["chain"] = in.heap.make<Chain>("chain", "*args", chain);
}

//===----------------------------------------------------------------------===//
// functools
//===----------------------------------------------------------------------===//

Value reduce(Interpreter &in, BoundArguments &args) {
  std::optional<Value> result;
  if (args["initial"].given)
    result = args["initial"].value;
  const BoundArguments::Slot &function = args["function"];
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
    result = result ? in.callWith(function.value, {*result, element}, function.place, args.place)
                    : element;
    return !result->isError();
  });
  if (!complete || (result && result->isError()))
    return Value::error();
  return result ? *result : in.mistake(Code::TypeMismatch, args.place, "`reduce` of no elements");
}

Value partial(Interpreter &in, BoundArguments &args) {
  const BoundArguments::Slot &function = args["func"];
  return in.heap.make<Native>(
      "functools.partial", "*args, **kwargs",
      [function, given = args.rest, keywords = args.restKeywords](Interpreter &in,
                                                                  BoundArguments &args) {
        Arguments arguments{args.place, args.calleePlace, given, {}, given.size()};
        arguments.positional.insert(arguments.positional.end(), args.rest.begin(), args.rest.end());
        for (const KeywordArgument &keyword : keywords)
          if (llvm::none_of(args.restKeywords, [&](const KeywordArgument &later) {
                return later.name == keyword.name;
              }))
            arguments.keywords.push_back(keyword);
        arguments.keywords.insert(arguments.keywords.end(), args.restKeywords.begin(),
                                  args.restKeywords.end());
        return in.call(function.value, arguments);
      },
      Native::Opaques::Pass);
}

/// A decorator that changes nothing a model file could see.
Value unchanged(Interpreter &in, BoundArguments &args) {
  if (args.rest.size() == 1 && args.restKeywords.empty() && args.rest[0].value.getObject() &&
      args.rest[0].value.getObject()->isCallable())
    return args.rest[0].value;
  return in.heap.make<Native>("decorator", "function, /", [](Interpreter &, BoundArguments &args) {
    return args["function"].value;
  });
}

void addFunctools(Interpreter &in) {
  Module *module = addModule<ForeignModule>(in, "functools");
  addFunction(in, module, "reduce", "function, iterable, initial=None, /", reduce);
  module->members["partial"] =
      in.heap.make<Native>("partial", "func, /, *args, **kwargs", partial, Native::Opaques::Pass);
  for (const char *name : {"lru_cache", "cache"})
    addFunction(in, module, name, "*args, **kwargs", unchanged);
  // Comparisons look for what it leaves.
  addFunction(in, module, "total_ordering", "cls, /", [](Interpreter &, BoundArguments &args) {
    if (auto *type = args["cls"].value.as<Class>())
      type->members["__total_ordering__"] = Value::boolean(true);
    return args["cls"].value;
  });
  // It keeps the name and documentation of a function, which nothing here asks for.
  addFunction(in, module, "wraps", "wrapped, assigned=None, updated=None",
              [](Interpreter &in, BoundArguments &args) -> Value {
                return in.heap.make<Native>(
                    "decorator", "function, /",
                    [](Interpreter &, BoundArguments &args) { return args["function"].value; });
              });
}

//===----------------------------------------------------------------------===//
// typing, os.path, __future__
//===----------------------------------------------------------------------===//

/// `typing.List`, `List[int]`: annotations are not evaluated, but aliases of types are.
class TypeForm : public Object {
public:
  explicit TypeForm(std::string name) : name(std::move(name)) {}
  std::string typeName() const override { return "type"; }
  std::string repr(unsigned) const override { return "typing." + name; }
  std::optional<Value> subscript(Interpreter &in, Value, SourceRange) override {
    return Value(in.heap.make<TypeForm>(name));
  }
  std::optional<Value> binary(Interpreter &in, ast::BinaryOp op, Value, bool,
                              SourceRange) override {
    return op == ast::BinaryOp::BitOr ? std::optional<Value>(in.heap.make<TypeForm>("Union"))
                                      : std::nullopt;
  }
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override {
    return in.heap.make<TypeForm>(name);
  }
  Class *asClass(Interpreter &in) override {
    if (name == "Generic" || name == "Protocol")
      return in.builtin("object").as<Class>();
    const char *type = name == "TypedDict" || name == "Dict" ? "dict"
                       : name == "List"                      ? "list"
                                                             : nullptr;
    return type ? in.builtin(type).as<Type>()->asClass(in) : nullptr;
  }

private:
  const std::string name;
};

class Typing : public Module {
public:
  using Module::Module;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef member, SourceRange) override {
    if (member == "TYPE_CHECKING")
      return Value::boolean(false);
    if (member == "cast")
      return Value(
          in.heap.make<Native>("cast", "type, value", [](Interpreter &, BoundArguments &args) {
            return args["value"].value;
          }));
    auto own = members.find(member);
    return own != members.end() ? own->second : Value(in.heap.make<TypeForm>(member.str()));
  }
};

Value joinPath(Interpreter &in, BoundArguments &args) {
  std::string path;
  for (const PlacedValue &argument : args.rest) {
    const Str *part = argument.value.as<Str>();
    if (!part)
      return in.mistake(Code::TypeMismatch, argument.place, "`join` expects texts, got {}",
                        argument.value.typeName());
    bool isAbsolute = llvm::StringRef(part->text).starts_with("/");
    if (isAbsolute || path.empty())
      path = part->text;
    else
      path += (path.back() == '/' ? "" : "/") + part->text;
  }
  return in.heap.str(std::move(path));
}

/// The folder and the name of a path, and the extension of the name.
struct PathParts {
  llvm::StringRef folder, name, stem, extension;
};

std::optional<PathParts> pathParts(Interpreter &in, BoundArguments &args) {
  auto path = textArgument(in, args, "path");
  if (!path)
    return std::nullopt;
  PathParts parts;
  size_t slash = path->rfind('/');
  size_t begin = slash == llvm::StringRef::npos ? 0 : slash + 1;
  parts.name = path->drop_front(begin);
  parts.folder = path->take_front(begin);
  if (parts.folder.find_first_not_of('/') != llvm::StringRef::npos)
    parts.folder = parts.folder.rtrim('/');
  size_t dot = parts.name.rfind('.');
  bool hasExtension = dot != llvm::StringRef::npos &&
                      parts.name.take_front(dot).find_first_not_of('.') != llvm::StringRef::npos;
  parts.stem = path->drop_back(hasExtension ? parts.name.size() - dot : 0);
  parts.extension = hasExtension ? parts.name.drop_front(dot) : "";
  return parts;
}

void addPaths(Interpreter &in) {
  Module *os = addModule<ForeignModule>(in, "os");
  os->members["environ"] = in.heap.make<Dict>();
  os->members["sep"] = in.heap.str("/");
  Module *path = addModule<ForeignModule>(in, "os.path");
  addFunction(in, path, "join", "*args", joinPath);
  auto add = [&](const char *name, auto make) {
    addFunction(in, path, name, "path", [make](Interpreter &in, BoundArguments &args) {
      auto parts = pathParts(in, args);
      return parts ? Value(make(in.heap, *parts)) : Value::error();
    });
  };
  auto text = [](Heap &heap, llvm::StringRef part) { return heap.str(part.str()); };
  add("basename", [=](Heap &heap, const PathParts &p) { return text(heap, p.name); });
  add("dirname", [=](Heap &heap, const PathParts &p) { return text(heap, p.folder); });
  add("split", [=](Heap &heap, const PathParts &p) {
    return heap.tuple({text(heap, p.folder), text(heap, p.name)});
  });
  add("splitext", [=](Heap &heap, const PathParts &p) {
    return heap.tuple({text(heap, p.stem), text(heap, p.extension)});
  });
}

} // namespace

void addLibraryModules(Interpreter &in) {
  addItertools(in);
  addFunctools(in);
  addModule<Typing>(in, "typing")->members["NamedTuple"] = makeDeclaredTuple(in);
  addModule<Typing>(in, "collections.abc");
  addPaths(in);
}

void addStandardModules(Interpreter &in) {
  addMath(in);
  addNumpy(in);
  addClassModules(in);
  addEnum(in);
  addCollections(in);
  addLibraryModules(in);
  addArgparse(in);
  addSmallModules(in);
}

} // namespace rondo::eval
