//===- Tuning.cpp - What was measured to be best --------------------------===//
//
// Strict: a file that says something that this version does not understand is an
// error at its place, not half followed.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Tuning.h"
#include "compiler/tools/rondo/Terminal.h"
#include "runtime/host/File.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rondo::tool {

using diagnostics::Code;
using llvm::Error;
using llvm::Expected;
using Json = nlohmann::ordered_json;

static constexpr int64_t kVersion = 1;

std::string tuningPath(const std::string &library) {
  llvm::SmallString<128> path(library);
  llvm::sys::path::replace_extension(path, ".tune.json");
  return path.str().str();
}

//===----------------------------------------------------------------------===//
// Which machine, which model
//===----------------------------------------------------------------------===//

/// "AMD EPYC 9354 32-Core Processor", or the like.
static std::string processorName() {
  auto file = llvm::MemoryBuffer::getFileAsStream("/proc/cpuinfo");
  llvm::StringRef rest = file ? (*file)->getBuffer() : llvm::StringRef();
  while (!rest.empty()) {
    auto [line, next] = rest.split('\n');
    auto [name, value] = line.split(':');
    if (name.trim() == "model name")
      return value.trim().str();
    rest = next;
  }
  return "unknown";
}

TuningKey tuningKey(mlir::ModuleOp module, Isa isa) {
  std::string text;
  llvm::raw_string_ostream(text) << module; // without places
  return {processorName(), isaName(isa).str(), fmt::format("{:016x}", llvm::xxh3_64bits(text))};
}

std::vector<std::string> unusualSizes(const KernelTuning &sizes) {
  const KernelTuning usual;
  std::vector<std::string> texts;
  for (const TuningParameter &parameter : kTuningParameters)
    if (sizes.*parameter.member != usual.*parameter.member)
      texts.push_back(fmt::format("{}={}", parameter.name, sizes.*parameter.member));
  return texts;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static Json sizesJson(const KernelTuning &sizes) {
  Json json = Json::object();
  for (const TuningParameter &parameter : kTuningParameters)
    json[parameter.name.str()] = sizes.*parameter.member;
  return json;
}

std::string tuningText(const Tuning &tuning) {
  Json layers = Json::object(), measured = Json::array();
  for (const auto &[layer, implementation] : tuning.layers)
    layers[layer] = implementationName(implementation).str();
  for (const TuningMeasurement &each : tuning.measured)
    measured.push_back({{"kernels", each.kernels},
                        {"sizes", sizesJson(each.sizes)},
                        {"threads", each.threads},
                        {"median_us", each.median * 1e6},
                        {"ratio", each.ratio}});
  Json json = {
      {"rondo_tune", kVersion},
      {"processor", tuning.key.processor},
      {"isa", tuning.key.isa},
      {"model", tuning.key.model},
      {"mode", tuning.train ? "train" : "forward"},
      {"at", tuning.at},
      {"choice",
       {{"layers", layers}, {"sizes", sizesJson(tuning.sizes)}, {"threads", tuning.threads}}},
      {"measured", measured}};
  return json.dump(2) + "\n";
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {

/// Reads the parts of a document; remembers the first that is not as it should be.
class Reader {
public:
  std::string problem;

  /// The member `key` of `object`, which lies at `place`; null after a problem.
  const Json *member(const Json *object, const std::string &place, const char *key) {
    if (!object)
      return nullptr;
    auto found = object->is_object() ? object->find(key) : object->end();
    if (found != object->end())
      return &*found;
    fail(join(place, key), "is missing");
    return nullptr;
  }

  std::string text(const Json *value, const std::string &place) {
    if (value && !value->is_string())
      fail(place, fmt::format("is {}, not a text", value->dump()));
    return value && value->is_string() ? value->get<std::string>() : "";
  }

  int64_t number(const Json *value, const std::string &place, int64_t least, int64_t most,
                 int64_t multipleOf = 1) {
    if (!value)
      return least;
    if (value->is_number_integer()) {
      int64_t number = value->get<int64_t>();
      if (number >= least && number <= most && number % multipleOf == 0)
        return number;
    }
    fail(place,
         fmt::format("is {}, not a {} from {} to {}", value->dump(),
                     multipleOf == 1 ? "whole number" : fmt::format("multiple of {}", multipleOf),
                     least, most));
    return least;
  }

  /// The members of an object.
  Json members(const Json *value, const std::string &place) {
    if (value && !value->is_object())
      fail(place, fmt::format("is {}, not an object", value->dump()));
    return value && value->is_object() ? *value : Json::object();
  }

  void fail(const std::string &place, const std::string &what) {
    if (problem.empty())
      problem = fmt::format("`{}` {}", place, what);
  }

  static std::string join(const std::string &place, const std::string &key) {
    return place.empty() ? key : place + "." + key;
  }
};

} // namespace

static Tuning readDocument(Reader &reader, const Json &document) {
  constexpr int64_t kMostThreads = 1024, kMostSize = std::numeric_limits<int32_t>::max();
  Tuning tuning;
  reader.number(reader.member(&document, "", "rondo_tune"), "rondo_tune", kVersion, kVersion);
  auto text = [&](const char *key) { return reader.text(reader.member(&document, "", key), key); };
  tuning.key = {text("processor"), text("isa"), text("model")};
  std::string mode = text("mode");
  if (mode != "train" && mode != "forward")
    reader.fail("mode", fmt::format("is \"{}\", not \"train\" or \"forward\"", mode));
  tuning.train = mode == "train";
  const Json at = reader.members(reader.member(&document, "", "at"), "at");
  for (const auto &[symbol, size] : at.items())
    tuning.at[symbol] = reader.number(&size, "at." + symbol, 1, kMostSize);

  const Json *choice = reader.member(&document, "", "choice");
  const Json layers = reader.members(reader.member(choice, "choice", "layers"), "choice.layers");
  for (const auto &[layer, value] : layers.items()) {
    std::string name = reader.text(&value, "choice.layers." + layer);
    auto implementation = implementationNamed(name);
    if (!implementation)
      reader.fail("choice.layers." + layer,
                  fmt::format("is {}, not \"generated\" or \"onednn\"", value.dump()));
    tuning.layers[layer] = implementation.value_or(Implementation::Generated);
  }
  const Json *sizes = reader.member(choice, "choice", "sizes");
  for (const TuningParameter &parameter : kTuningParameters)
    tuning.sizes.*parameter.member =
        reader.number(reader.member(sizes, "choice.sizes", parameter.name.data()),
                      Reader::join("choice.sizes", parameter.name.str()), parameter.least,
                      parameter.most, parameter.multipleOf);
  tuning.threads =
      reader.number(reader.member(choice, "choice", "threads"), "choice.threads", 1, kMostThreads);
  return tuning;
}

Expected<std::optional<Tuning>> readTuning(const std::string &path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file) {
    // A library in what is no folder is a matter for whoever writes it.
    if (file.getError() == std::errc::no_such_file_or_directory ||
        file.getError() == std::errc::not_a_directory)
      return std::nullopt;
    return host::error("`{}` cannot be read: {}", path, file.getError().message());
  }
  llvm::StringRef text = (*file)->getBuffer();
  Json document;
  try {
    document = Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error &error) {
    llvm::StringRef before = text.take_front(error.byte ? error.byte - 1 : 0);
    size_t line = before.count('\n') + 1, lineStart = before.rfind('\n') + 1;
    return host::error("{}:{}:{}: this is not JSON", path, line, before.size() - lineStart + 1);
  }
  Reader reader;
  Tuning tuning = readDocument(reader, document);
  if (!reader.problem.empty())
    return host::error("{}: {}", path, reader.problem);
  return tuning;
}

//===----------------------------------------------------------------------===//
// Following
//===----------------------------------------------------------------------===//

/// Why a file is not followed, or nothing.
static std::string whyNot(const Tuning &tuning, const TuningKey &here,
                          const ModelFileOptions &model) {
  if (model.kernels != "auto")
    return "`--kernels` decides";
  if (!model.layerKernels.empty())
    return "`--kernels-for` decides";
  if (!model.memoryBudget.empty())
    return "`--memory-budget` was not thought of when it was measured";
  if (!model.storedWeights.empty())
    return "`--weights` was not thought of when it was measured";
  if (tuning.key.processor != here.processor || tuning.key.isa != here.isa)
    return fmt::format("it was measured on {} ({}), and this is {} ({})", tuning.key.processor,
                       tuning.key.isa, here.processor, here.isa);
  if (tuning.key.model != here.model)
    return "the model is another one than when it was measured";
  return "";
}

/// "lstm=onednn, query=generated, block_rows=96"
static std::string describe(const Tuning &tuning) {
  std::string text;
  auto add = [&](const std::string &part) { text += (text.empty() ? "" : ", ") + part; };
  for (const auto &[layer, implementation] : tuning.layers)
    add(layer + "=" + implementationName(implementation).str());
  for (const std::string &size : unusualSizes(tuning.sizes))
    add(size);
  return text.empty() ? "nothing to choose" : text;
}

bool followTuning(Session &session, mlir::ModuleOp module, const ModelFileOptions &model,
                  const std::string &library, CompileOptions &options) {
  const std::string path = tuningPath(library);
  Expected<std::optional<Tuning>> tuning = readTuning(path);
  if (!tuning) {
    session.diagnostics.report(Code::TuningUnusable, "{}", llvm::toString(tuning.takeError()))
        .help("run `rondo tune` again, or leave the file alone with `--no-tuned`");
    return false;
  }
  if (!*tuning)
    return true;
  Isa isa = hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2;
  std::string reason = whyNot(**tuning, tuningKey(module, isa), model);
  if (!reason.empty()) {
    session.diagnostics.report(Code::TuningIgnored, "`{}` is not followed: {}", path, reason);
    return true;
  }
  options.tuning = (*tuning)->sizes;
  options.layersAreTuned = true;
  auto planned = planKernels(module, options);
  if (!planned) {
    session.compilerFailed(planned.takeError(), library);
    return false;
  }
  // Other options may have left a layer without anything to choose.
  for (const auto &layer : (*tuning)->layers)
    if (!findLayerProblem(planned->plan, {layer}))
      options.layerKernels.insert(layer);
  say("rondo: follows {}: {}; fastest on {} thread{}\n", path, describe(**tuning),
      (*tuning)->threads, (*tuning)->threads == 1 ? "" : "s");
  return true;
}

} // namespace rondo::tool
