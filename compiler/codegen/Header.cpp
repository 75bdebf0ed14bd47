//===- Header.cpp - The C header of an artifact ---------------------------===//
//
// Text that a person reads: what the model takes and gives, as comments and
// macros, and the declaration of the one exported function.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Codegen.h"
#include "compiler/signature/ModelSignature.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include <fmt/format.h>

namespace rondo {
namespace {

using llvm::StringRef;

class HeaderWriter {
public:
  explicit HeaderWriter(const ModelSignature &signature)
      : signature(signature), prefix(StringRef(signature.name).upper()) {}

  std::string write();

private:
  template <typename... Args> void line(fmt::format_string<Args...> format, Args &&...args) {
    text += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  /// PREFIX_KIND_NAME, made of what may stand in a C identifier, and unique.
  std::string macro(StringRef kind, StringRef name);
  void tensors(StringRef title, StringRef kind, const std::vector<TensorSignature> &tensors);
  void counts();
  void parameters();
  void example();

  const ModelSignature &signature;
  const std::string prefix;
  llvm::StringSet<> used;
  std::string text;
};

/// Text that cannot end a comment.
std::string inComment(StringRef name) {
  std::string result = name.str();
  for (size_t at; (at = result.find("*/")) != std::string::npos;)
    result.replace(at, 2, "* /");
  return result;
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  return "(" +
         llvm::join(llvm::map_range(shape, [](int64_t n) { return std::to_string(n); }), ", ") +
         ")";
}

std::string describe(const TensorSignature &tensor) {
  return fmt::format("{}, {} {}", inComment(tensor.name),
                     tensor.dtype == Dtype::F32 ? "float" : "int32_t", describeDims(tensor.dims)) +
         (tensor.labelLimit ? fmt::format(", values in [0, {})", tensor.labelLimit) : "");
}

std::string HeaderWriter::macro(StringRef kind, StringRef name) {
  std::string result = fmt::format("{}_{}", prefix, kind.str());
  if (!name.empty())
    result += "_";
  for (char c : name)
    result += llvm::isAlnum(c) ? llvm::toUpper(c) : '_';
  std::string unique = result;
  for (int number = 1; !used.insert(unique).second; ++number)
    unique = fmt::format("{}_{}", result, number);
  return unique;
}

void HeaderWriter::tensors(StringRef title, StringRef kind,
                           const std::vector<TensorSignature> &tensors) {
  if (tensors.empty())
    return;
  line("/* {} */", title.str());
  line("#define {} {}", macro("NUM", (kind + "S").str()), tensors.size());
  for (auto [index, tensor] : llvm::enumerate(tensors))
    line("#define {} {} /* {} */", macro(kind, tensor.name), index, describe(tensor));
  line("");
}

void HeaderWriter::counts() {
  line("/* Sizes that change from call to call: places in every `dims` array. */");
  line("#define {} {}", macro("NUM", "DIMS"), signature.symbols.size());
  for (auto [index, symbol] : llvm::enumerate(signature.symbols))
    line("#define {} {}", macro("DIM", symbol), index);
  line("");
  tensors("Inputs: places in `inputs`, row-major.", "INPUT", signature.inputs);
  tensors("Outputs: places in `outputs`, row-major.", "OUTPUT", signature.outputs);
  tensors("Targets: places in `targets`.", "TARGET", signature.targets);
  tensors("Weights of the elementwise losses: places in `sample_weights`.", "SAMPLE_WEIGHT",
          signature.sampleWeights);
  if (!signature.metrics.empty()) {
    line("/* Metrics: their places for `metric_value`, and floats of the sums of all of them. */");
    line("#define {} {}", macro("NUM", "METRICS"), signature.metrics.size());
    line("#define {} {}", macro("METRICS_SIZE", ""), signature.metricsSize());
    for (auto [index, metric] : llvm::enumerate(signature.metrics))
      line("#define {} {}", macro("METRIC", metric.name), index);
    line("");
  }
}

void HeaderWriter::parameters() {
  line("/* Floats in the flat buffers of trainable parameters and of other state. */");
  line("#define {} {}", macro("TRAINABLE_SIZE", ""), signature.trainableSize);
  line("#define {} {}", macro("STATE_SIZE", ""), signature.stateSize);
  line("");
  if (signature.parameters.empty())
    return;
  line("/* Parameters in the order of the table: place in it, then the offset in floats in");
  line(" * the trainable or the state buffer. */");
  line("#define {} {}", macro("NUM", "PARAMETERS"), signature.parameters.size());
  for (auto [index, parameter] : llvm::enumerate(signature.parameters)) {
    line("/* {} {}, {} floats{} */", inComment(parameter.path), shapeText(parameter.shape),
         parameter.size, parameter.trainable ? "" : ", state");
    line("#define {} {}", macro("PARAMETER", parameter.path), index);
    line("#define {} {}", macro("OFFSET", parameter.path), parameter.offset);
  }
  line("");
}

void HeaderWriter::example() {
  auto names = [](const std::vector<TensorSignature> &tensors) {
    return llvm::join(
        llvm::map_range(llvm::seq<size_t>(0, tensors.size()),
                        [&](size_t index) {
                          return fmt::format(
                              "{}{}", tensors[index].dtype == Dtype::F32 ? "x" : "ids", index);
                        }),
        ", ");
  };
  std::string outputs =
      llvm::join(llvm::map_range(llvm::seq<size_t>(0, signature.outputs.size()),
                                 [](size_t index) { return fmt::format("y{}", index); }),
                 ", ");
  line(" *     const rondo_model *model = {}(RONDO_ABI_VERSION);", exportedSymbol(signature.name));
  line(" *     rondo_weights *weights;");
  line(" *     rondo_context *context;");
  line(" *     model->weights_create(model, trainable, {}, &weights);",
       signature.stateSize ? "state" : "NULL");
  line(" *     model->context_create(model, weights, NULL, &context);");
  if (!signature.symbols.empty())
    line(" *     int64_t dims[] = {{{}}};", llvm::join(signature.symbols, ", "));
  line(" *     const void *inputs[] = {{{}}};", names(signature.inputs));
  line(" *     void *outputs[] = {{{}}};", outputs);
  line(" *     rondo_status status = model->forward(context, {}, inputs, outputs);",
       signature.symbols.empty() ? "NULL" : "dims");
  line(" *     if (status != RONDO_OK)");
  line(" *       puts(model->last_message(context));");
  line(" *     model->context_destroy(context);");
  line(" *     model->weights_release(weights);");
}

std::string HeaderWriter::write() {
  line("/* The model '{}', compiled by Rondo. Made by `rondo compile`; do not edit.",
       signature.name);
  line(" *");
  line(" * rondo/rondo.h documents the functions of the table. To predict, with error");
  line(" * handling left out (every call that can fail returns a rondo_status):");
  line(" *");
  example();
  line(" */");
  line("");
  line("#ifndef {}_RONDO_MODEL_H", prefix);
  line("#define {}_RONDO_MODEL_H", prefix);
  line("");
  line("#include \"rondo/rondo.h\"");
  line("");
  line("#ifdef __cplusplus");
  line("extern \"C\" {{");
  line("#endif");
  line("");
  counts();
  parameters();
  line("/* The model's table, or NULL when the library is newer than `max_abi_version`");
  line(" * (pass RONDO_ABI_VERSION) or this processor lacks what it was compiled for. */");
  line("const rondo_model *{}(uint32_t max_abi_version);", exportedSymbol(signature.name));
  line("");
  line("#ifdef __cplusplus");
  line("}}");
  line("#endif");
  line("");
  line("#endif");
  return text;
}

} // namespace

std::string generateHeader(const ModelSignature &signature) {
  return HeaderWriter(signature).write();
}

} // namespace rondo
