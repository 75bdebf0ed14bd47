//===- Descriptor.cpp - The tables that describe a model ------------------===//
//
// Builds rondo_model_desc of rondo/generated.h, and everything it points to, as
// constants of an LLVM module, field by field in the order of the C structs.
// Each struct's size and some offsets are compared with the compiler's, so that
// a field that is added there and forgotten here cannot go unnoticed.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Object.h"
#include "compiler/signature/ModelSignature.h"
#include "dialect/IR/ScalarOperations.h"
#include "rondo/generated.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include <cstddef>
#include <map>

namespace rondo {

std::string exportedSymbol(llvm::StringRef modelName) { return (modelName + "_rondo_model").str(); }

namespace {

using llvm::Constant;
using Constants = std::vector<Constant *>;

class DescriptorBuilder {
public:
  DescriptorBuilder(const ModelSignature &signature, llvm::ArrayRef<IsaEntries> isas,
                    llvm::StringRef buildInfo, llvm::LLVMContext &context)
      : signature(signature), isas(isas), buildInfo(buildInfo), module("rondo_tables", context),
        context(context), pointer(llvm::PointerType::getUnqual(context)) {
    module.setDataLayout("e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:"
                         "64-S128");
  }

  llvm::Expected<ObjectBytes> build();

private:
  // --- constants ---------------------------------------------------------------
  Constant *i32(int64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value, /*isSigned=*/true);
  }
  Constant *i64(int64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value, /*isSigned=*/true);
  }
  Constant *null() { return llvm::ConstantPointerNull::get(pointer); }
  Constant *text(llvm::StringRef value);
  Constant *global(Constant *value);
  /// A struct laid out as in C. Notes a problem if its size is not `size`.
  Constant *record(const char *type, size_t size, const Constants &fields);
  /// A pointer to an array of records of one type; null if there are none.
  Constant *table(const Constants &elements);
  Constant *texts(llvm::ArrayRef<std::string> values);
  Constant *doubles(llvm::ArrayRef<double> values);
  Constant *hiddenFunction(const std::string &name, llvm::ArrayRef<llvm::Type *> arguments);
  /// The address of a constant that an archive defines.
  Constant *hiddenData(const std::string &name);

  // --- the structs -------------------------------------------------------------
  Constant *tensorInfo(const TensorSignature &tensor, rondo_role role);
  Constant *tensorInfos(const std::vector<TensorSignature> &tensors, rondo_role role);
  Constant *parameterInfo(const ParameterSignature &parameter);
  std::pair<Constant *, Constant *> metrics();
  Constant *model();
  Constant *slotValues();
  Constant *schedule();
  Constant *program(const ScalarProgram &program);
  Constant *isaDescription(const IsaEntries &isa);
  void defineQuery(Constant *description);

  void problem(const llvm::Twine &message) {
    if (firstProblem.empty())
      firstProblem = message.str();
  }

  const ModelSignature &signature;
  llvm::ArrayRef<IsaEntries> isas;
  llvm::StringRef buildInfo;
  llvm::Module module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
  std::map<std::string, Constant *> strings;
  std::string firstProblem;
};

Constant *DescriptorBuilder::global(Constant *value) {
  auto *variable = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                            llvm::GlobalValue::PrivateLinkage, value);
  return variable;
}

Constant *DescriptorBuilder::text(llvm::StringRef value) {
  Constant *&variable = strings[value.str()];
  if (!variable)
    variable = global(llvm::ConstantDataArray::getString(context, value));
  return variable;
}

Constant *DescriptorBuilder::record(const char *type, size_t size, const Constants &fields) {
  Constant *value = llvm::ConstantStruct::getAnon(context, fields);
  if (module.getDataLayout().getTypeAllocSize(value->getType()) != size)
    problem(llvm::Twine(type) + " differs from rondo/generated.h");
  return value;
}

Constant *DescriptorBuilder::table(const Constants &elements) {
  if (elements.empty())
    return null();
  auto *type = llvm::ArrayType::get(elements.front()->getType(), elements.size());
  return global(llvm::ConstantArray::get(type, elements));
}

Constant *DescriptorBuilder::texts(llvm::ArrayRef<std::string> values) {
  Constants pointers;
  for (const std::string &value : values)
    pointers.push_back(text(value));
  return table(pointers);
}

Constant *DescriptorBuilder::doubles(llvm::ArrayRef<double> values) {
  Constants numbers;
  for (double value : values)
    numbers.push_back(llvm::ConstantFP::get(llvm::Type::getDoubleTy(context), value));
  return table(numbers);
}

Constant *DescriptorBuilder::hiddenFunction(const std::string &name,
                                            llvm::ArrayRef<llvm::Type *> arguments) {
  auto *type =
      llvm::FunctionType::get(llvm::Type::getInt32Ty(context), arguments, /*isVarArg=*/false);
  auto *function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return function;
}

Constant *DescriptorBuilder::hiddenData(const std::string &name) {
  auto *variable = new llvm::GlobalVariable(module, pointer, /*isConstant=*/true,
                                            llvm::GlobalValue::ExternalLinkage,
                                            /*Initializer=*/nullptr, name);
  variable->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return variable;
}

//===----------------------------------------------------------------------===//
// The structs
//===----------------------------------------------------------------------===//

/// `values` padded to RONDO_MAX_RANK.
static Constant *rankArray(Constants values, Constant *padding) {
  values.resize(RONDO_MAX_RANK, padding);
  return llvm::ConstantArray::get(llvm::ArrayType::get(padding->getType(), values.size()), values);
}

Constant *DescriptorBuilder::tensorInfo(const TensorSignature &tensor, rondo_role role) {
  Constants sizes, symbols;
  for (const DimExpr &dim : tensor.dims) {
    std::optional<int64_t> constant = dim.getConstant();
    sizes.push_back(i64(constant.value_or(-1)));
    symbols.push_back(constant ? null() : text(dim.str()));
  }
  if (sizes.size() > RONDO_MAX_RANK) {
    problem("'" + tensor.name + "' has more dimensions than an artifact can describe");
    sizes.resize(RONDO_MAX_RANK);
    symbols.resize(RONDO_MAX_RANK);
  }
  rondo_dtype dtype = tensor.dtype == Dtype::F32 ? RONDO_F32 : RONDO_I32;
  return record("rondo_tensor_info", sizeof(rondo_tensor_info),
                {text(tensor.name), i32(role), i32(dtype), i32(tensor.dims.size()),
                 rankArray(sizes, i64(0)), rankArray(symbols, null()), i64(tensor.labelLimit)});
}

Constant *DescriptorBuilder::tensorInfos(const std::vector<TensorSignature> &tensors,
                                         rondo_role role) {
  Constants infos;
  for (const TensorSignature &tensor : tensors)
    infos.push_back(tensorInfo(tensor, role));
  return table(infos);
}

Constant *DescriptorBuilder::parameterInfo(const ParameterSignature &parameter) {
  Constants sizes;
  for (int64_t size : parameter.shape)
    sizes.push_back(i64(size));
  if (sizes.size() > RONDO_MAX_RANK) {
    problem("'" + parameter.path + "' has more dimensions than an artifact can describe");
    sizes.resize(RONDO_MAX_RANK);
  }
  return record("rondo_parameter_info", sizeof(rondo_parameter_info),
                {text(parameter.path), i32(parameter.trainable), i32(parameter.shape.size()),
                 rankArray(sizes, i64(0)), i64(parameter.offset), i64(parameter.size),
                 text(parameter.initializerJson)});
}

static_assert(static_cast<int>(Wrt::Parameters) == RONDO_WRT_PARAMETERS &&
              static_cast<int>(Wrt::Inputs) == RONDO_WRT_INPUTS);

/// The names of the metrics, and what they are made of.
std::pair<Constant *, Constant *> DescriptorBuilder::metrics() {
  std::vector<std::string> names;
  Constants infos;
  for (const MetricSignature &metric : signature.metrics) {
    names.push_back(metric.name);
    infos.push_back(record("rondo_metric_info", sizeof(rondo_metric_info),
                           {i32(metric.rule), i32(metric.numbers.size()), doubles(metric.numbers),
                            i64(metric.offset), i64(metric.size)}));
  }
  return {texts(names), table(infos)};
}

Constant *DescriptorBuilder::model() {
  Constants parameters;
  for (const ParameterSignature &parameter : signature.parameters)
    parameters.push_back(parameterInfo(parameter));
  auto [metricNames, metricInfos] = metrics();
  const std::optional<OptimizerSignature> &optimizer = signature.optimizer;
  std::vector<std::string> slots;
  if (optimizer)
    for (const OptimizerSlot &slot : optimizer->slots)
      slots.push_back(slot.name);
  Constants fields = {i32(RONDO_ABI_VERSION),
                      i32(sizeof(rondo_model)),
                      text(signature.name),
                      null(), // isa: the runtime's choice
                      text(buildInfo),
                      i32(signature.symbols.size()),
                      texts(signature.symbols),
                      i32(signature.inputs.size()),
                      tensorInfos(signature.inputs, RONDO_INPUT),
                      i32(signature.outputs.size()),
                      tensorInfos(signature.outputs, RONDO_OUTPUT),
                      i32(signature.targets.size()),
                      tensorInfos(signature.targets, RONDO_TARGET),
                      tensorInfos(signature.sampleWeights, RONDO_SAMPLE_WEIGHT),
                      i32(signature.metrics.size()),
                      metricNames,
                      i32(parameters.size()),
                      table(parameters),
                      i64(signature.trainableSize),
                      i64(signature.stateSize),
                      optimizer ? text(optimizer->json) : null(),
                      i32(slots.size()),
                      texts(slots),
                      llvm::ConstantFP::get(llvm::Type::getDoubleTy(context),
                                            optimizer ? optimizer->learningRate : 0)};
  // The functions, which the runtime fills in.
  constexpr size_t functions = offsetof(rondo_model, weights_create);
  if (module.getDataLayout().getTypeAllocSize(
          llvm::ConstantStruct::getAnon(context, fields)->getType()) != functions)
    problem("rondo_model differs from rondo/generated.h");
  constexpr size_t wrt = (offsetof(rondo_model, wrt) - functions) / sizeof(void *);
  fields.resize(fields.size() + wrt, null());
  fields.push_back(i64(static_cast<int64_t>(signature.wrt)));
  fields.resize(fields.size() + 2, null()); // set_seed, scheduled_rate
  llvm::append_range(fields, Constants{i64(signature.metricsSize()), metricInfos,
                                       null(), // metric_value
                                       null(), // reset_states
                                       i64(signature.layerStateOffset)});
  return record("rondo_model", sizeof(rondo_model), fields);
}

/// What each slot of the optimizer holds at first.
Constant *DescriptorBuilder::slotValues() {
  Constants values;
  if (signature.optimizer)
    for (const OptimizerSlot &slot : signature.optimizer->slots)
      values.push_back(llvm::ConstantFP::get(llvm::Type::getFloatTy(context), slot.initial));
  return table(values);
}

/// How the learning rate changes; null if it does not.
Constant *DescriptorBuilder::schedule() {
  return signature.optimizer && signature.optimizer->schedule
             ? program(*signature.optimizer->schedule)
             : null();
}

Constant *DescriptorBuilder::program(const ScalarProgram &program) {
  static_assert(kMaxScalarInstructions == RONDO_MAX_INSTRUCTIONS);
  static_assert(std::size(kScalarOperations) == RONDO_SCALAR_SELECT + 1);
  return global(record("rondo_program", sizeof(rondo_program),
                       {i32(program.size() / RONDO_INSTRUCTION_SIZE), doubles(program)}));
}

Constant *DescriptorBuilder::isaDescription(const IsaEntries &isa) {
  const std::string prefix = "rondo_" + signature.name + "_";
  const std::string suffix = "_" + isaName(isa.isa).str();
  Constant *none = record("rondo_entry_desc", sizeof(rondo_entry_desc),
                          {null(), null(), i64(0), null(), i32(0), null()});
  Constants entries(RONDO_ENTRY_COUNT, none);
  for (const EntryInfo &entry : isa.entries) {
    std::optional<rondo_entry> place = llvm::StringSwitch<std::optional<rondo_entry>>(entry.name)
                                           .Case("forward", RONDO_FORWARD)
                                           .Case("evaluate", RONDO_EVALUATE)
                                           .Case("loss_and_gradients", RONDO_LOSS_AND_GRADIENTS)
                                           .Case("train_step", RONDO_TRAIN_STEP)
                                           .Case("vjp", RONDO_VJP)
                                           .Case("hvp", RONDO_HVP)
                                           .Default(std::nullopt);
    if (!place) {
      problem("an artifact has no place for the entry '" + entry.name + "'");
      continue;
    }
    Constants lifetimes;
    for (auto [first, last] : entry.lifetimes)
      lifetimes.push_back(
          record("rondo_lifetime", sizeof(rondo_lifetime), {i32(first), i32(last)}));
    Constants kernels;
    for (const ProfiledKernel &kernel : entry.kernels)
      kernels.push_back(record("rondo_kernel_info", sizeof(rondo_kernel_info),
                               {text(kernel.name), text(kernel.layer), text(kernel.place)}));
    std::string symbol = prefix + entry.name + suffix;
    Constant *run = hiddenFunction(symbol, llvm::SmallVector<llvm::Type *>(5, pointer));
    Constant *plan =
        hiddenFunction(symbol + "_plan", {pointer, pointer, llvm::Type::getInt32Ty(context)});
    entries[*place] = record(
        "rondo_entry_desc", sizeof(rondo_entry_desc),
        {run, plan, i64(lifetimes.size()), table(lifetimes), i32(kernels.size()), table(kernels)});
  }
  Constant *array =
      llvm::ConstantArray::get(llvm::ArrayType::get(none->getType(), entries.size()), entries);
  return record("rondo_isa_desc", sizeof(rondo_isa_desc), {text(isaName(isa.isa)), array});
}

void DescriptorBuilder::defineQuery(Constant *description) {
  llvm::Type *i32Type = llvm::Type::getInt32Ty(context);
  auto *slotType = llvm::ArrayType::get(llvm::Type::getInt8Ty(context), RONDO_MODEL_SLOT_SIZE);
  auto *slot = new llvm::GlobalVariable(module, slotType, /*isConstant=*/false,
                                        llvm::GlobalValue::InternalLinkage,
                                        llvm::ConstantAggregateZero::get(slotType), "rondo_slot");
  slot->setAlignment(llvm::Align(64));
  auto *openType =
      llvm::FunctionType::get(pointer, {pointer, pointer, i32Type}, /*isVarArg=*/false);
  auto *open = llvm::Function::Create(openType, llvm::GlobalValue::ExternalLinkage,
                                      "rondo_model_open", module);
  open->setVisibility(llvm::GlobalValue::HiddenVisibility);
  auto *query = llvm::Function::Create(
      llvm::FunctionType::get(pointer, {i32Type}, /*isVarArg=*/false),
      llvm::GlobalValue::ExternalLinkage, exportedSymbol(signature.name), module);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", query));
  builder.CreateRet(builder.CreateCall(open, {description, slot, query->getArg(0)}));
}

llvm::Expected<ObjectBytes> DescriptorBuilder::build() {
  Constants descriptions;
  int32_t numSites = 0;
  for (const IsaEntries &isa : isas) {
    descriptions.push_back(isaDescription(isa));
    numSites = std::max(numSites, isa.numSites);
  }
  Constant *description = global(record("rondo_model_desc", sizeof(rondo_model_desc),
                                        {model(), i32(descriptions.size()), table(descriptions),
                                         numSites ? hiddenData("rondo_onednn_library") : null(),
                                         i32(numSites), slotValues(), schedule()}));
  defineQuery(description);
  if (!firstProblem.empty())
    return llvm::createStringError(llvm::inconvertibleErrorCode(), firstProblem);
  return codegen::generateCode(module, std::nullopt, llvm::CodeGenFileType::ObjectFile);
}

} // namespace

llvm::Expected<ObjectBytes> emitDescriptorObject(const ModelSignature &signature,
                                                 llvm::ArrayRef<IsaEntries> isas,
                                                 llvm::StringRef buildInfo) {
  llvm::LLVMContext context;
  return DescriptorBuilder(signature, isas, buildInfo, context).build();
}

} // namespace rondo
