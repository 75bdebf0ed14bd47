//===- Structures.cpp - keras.tree: nested lists, tuples and dicts --------===//
//
// https://keras.io/api/utils/tree, and the same functions of tf.nest.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"

namespace rondo::keras {
namespace {

bool isNested(Value value) { return value.as<eval::Sequence>() || value.as<eval::Dict>(); }

/// What is directly inside of a structure; of a dict in the order of its sorted keys.
std::vector<Value> partsOf(Value structure) {
  if (const auto *sequence = structure.as<eval::Sequence>())
    return sequence->elements;
  std::vector<Value> parts;
  for (const eval::Dict::Entry &item : eval::sortedItems(*structure.as<eval::Dict>()))
    parts.push_back(item.value);
  return parts;
}

/// A structure of the same kind and keys with other parts.
Value withParts(Interpreter &in, Value structure, std::vector<Value> parts) {
  if (structure.as<eval::Tuple>())
    return in.heap.tuple(std::move(parts));
  if (structure.as<eval::Sequence>())
    return in.heap.list(std::move(parts));
  // The keys stay in the order of the dict.
  auto *result = in.heap.make<eval::Dict>();
  const auto &dict = *structure.as<eval::Dict>();
  for (const eval::Dict::Entry &item : dict.items())
    result->set(item.key, item.value);
  for (auto [item, part] : llvm::zip_equal(eval::sortedItems(dict), parts))
    result->set(item.key, part);
  return result;
}

/// Appends the leaves. False once the interpreter has had enough.
bool flatten(Interpreter &in, Value structure, SourceRange place, std::vector<Value> &leaves) {
  if (!in.step(place))
    return false;
  if (!isNested(structure)) {
    leaves.push_back(structure);
    return true;
  }
  return llvm::all_of(partsOf(structure),
                      [&](Value part) { return flatten(in, part, place, leaves); });
}

/// Calls the function on the leaves at each place of the structures. An error after a report.
Value mapStructures(Interpreter &in, const BoundArguments::Slot &function,
                    const std::vector<Value> &structures, SourceRange place) {
  if (!in.step(place))
    return Value::error();
  if (!isNested(structures.front()))
    return in.callWith(function.value, structures, function.place, place);
  std::vector<std::vector<Value>> all;
  for (Value structure : structures) {
    if (isNested(structure))
      all.push_back(partsOf(structure));
    if (!isNested(structure) || all.back().size() != all.front().size())
      return in.mistake(Code::InvalidArgument, place,
                        "`map_structure` takes structures of one form, got {} beside {}",
                        structure.inWords(), structures.front().inWords());
  }
  std::vector<Value> parts;
  for (size_t i = 0; i < all.front().size(); ++i) {
    std::vector<Value> each;
    for (const std::vector<Value> &of : all)
      each.push_back(of[i]);
    parts.push_back(mapStructures(in, function, each, place));
    if (parts.back().isError())
      return Value::error();
  }
  return withParts(in, structures.front(), std::move(parts));
}

/// The structure with the leaves in place of its own. An error once the interpreter has had enough.
Value pack(Interpreter &in, Value structure, SourceRange place, llvm::ArrayRef<Value> &leaves) {
  if (!in.step(place))
    return Value::error();
  if (!isNested(structure)) {
    Value leaf = leaves.front();
    leaves = leaves.drop_front();
    return leaf;
  }
  std::vector<Value> parts;
  for (Value part : partsOf(structure)) {
    parts.push_back(pack(in, part, place, leaves));
    if (parts.back().isError())
      return Value::error();
  }
  return withParts(in, structure, std::move(parts));
}

Value flattenCall(Interpreter &in, BoundArguments &arguments) {
  std::vector<Value> leaves;
  bool succeeds = flatten(in, arguments["structure"].value, arguments.place, leaves);
  return succeeds ? Value(in.heap.list(std::move(leaves))) : Value::error();
}

Value mapCall(Interpreter &in, BoundArguments &arguments) {
  std::vector<Value> structures;
  for (const PlacedValue &structure : arguments.rest)
    structures.push_back(structure.value);
  if (structures.empty())
    return in.mistake(Code::MissingArgument, arguments.place,
                      "`map_structure` takes a function and structures");
  return mapStructures(in, arguments["func"], structures, arguments.place);
}

Value packCall(Interpreter &in, BoundArguments &arguments) {
  const BoundArguments::Slot &structure = arguments["structure"],
                             &flat = arguments["flat_sequence"];
  auto given = in.elements(flat.value, flat.place);
  std::vector<Value> own;
  if (!given || !flatten(in, structure.value, arguments.place, own))
    return Value::error();
  if (own.size() != given->size())
    return in.mistake(Code::InvalidArgument, flat.place,
                      "`pack_sequence_as` takes {} for the structure, got {}",
                      eval::plural(own.size(), "value"), given->size());
  llvm::ArrayRef<Value> leaves = *given;
  return pack(in, structure.value, arguments.place, leaves);
}

} // namespace

void addStructures(Catalogue &catalogue) {
  eval::Module *nest = catalogue.session.in.heap.make<eval::ForeignModule>("tensorflow.nest");
  catalogue.addModule(nest);
  eval::Module *tree = catalogue.addModule(
      "keras.tree",
      {"MAP_TO_NONE", "assert_same_paths", "assert_same_structure", "flatten_with_path",
       "lists_to_tuples", "map_shape_structure", "map_structure_up_to", "traverse"});
  for (eval::Module *module : {tree, nest}) {
    catalogue.addFunction(module, "flatten", "structure, expand_composites=False", flattenCall,
                          Native::Opaques::Pass);
    catalogue.addFunction(module, "map_structure", "func, *structures", mapCall,
                          Native::Opaques::Pass);
    catalogue.addFunction(module, "pack_sequence_as", "structure, flat_sequence", packCall,
                          Native::Opaques::Pass);
    catalogue.addFunction(
        module, "is_nested", "structure",
        [](Interpreter &, BoundArguments &arguments) {
          return Value::boolean(isNested(arguments["structure"].value));
        },
        Native::Opaques::Pass);
  }
}

} // namespace rondo::keras
