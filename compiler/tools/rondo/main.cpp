//===- main.cpp - The rondo tool --------------------------------*- C++ -*-===//
//
// Reads the command line and calls the command. docs/cli.md is the contract:
// names, files and exit codes. Whatever goes wrong below ends here as one
// message and an exit code, never as a stack dump.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Rewrites.h"
#include "compiler/tools/lsp/Server.h"
#include "compiler/tools/rondo/Commands.h"
#include "compiler/tools/rondo/OptionTexts.h"
#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Terminal.h"
#include "runtime/host/Run.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"
#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <new>
#include <unistd.h>

using namespace rondo;
using namespace rondo::tool;

/// LLVM's handlers remove temporary files, then call what is registered here;
/// without it they would only raise the signal again.
static void installSignalHandlers() {
  llvm::sys::AddSignalHandler(
      [](void *) {
        sayInternalError("the program crashed");
        _exit(InternalError);
      },
      nullptr);
  llvm::sys::SetInterruptFunction([] { _exit(Interrupted); });
  // Whoever read our output has had enough: not worth a word.
  llvm::sys::SetOneShotPipeSignalFunction([] { _exit(UserError); });
  // A limit on file sizes is a full disk: the write that fails says so.
  signal(SIGXFSZ, SIG_IGN);
  llvm::install_fatal_error_handler(
      [](void *, const char *reason, bool) {
        sayInternalError(reason);
        _exit(InternalError);
      },
      nullptr);
}

// CLI11's own conversions wrap integers that are too large or negative, and its ranges
// let NaN through.

static std::string checkSeed(std::string &text) {
  uint64_t seed;
  return llvm::StringRef(text).getAsInteger(10, seed)
             ? fmt::format("{} is not a whole number from 0 to {}", text, UINT64_MAX)
             : "";
}

static std::string checkSeconds(std::string &text) {
  constexpr double most = 3600;
  double seconds;
  bool isRead = llvm::to_float(text, seconds);
  return isRead && seconds >= 0 && seconds <= most
             ? ""
             : fmt::format("{} is not a number from 0 to {}", text, most);
}

namespace {

/// Declares the commands and remembers which function the chosen one calls.
class CommandLine {
public:
  CommandLine();
  int run(int argc, char **argv);

private:
  CLI::App *command(const std::string &name, const std::string &description,
                    ModelFileOptions &model, bool takesLibrary);
  std::vector<CLI::Option *> addKernels(CLI::App *command, ModelFileOptions &model);
  void addStoredWeights(CLI::App *command, ModelFileOptions &model);
  void addSizes(CLI::App *command, ModelFileOptions &model, const std::string &description);
  CLI::Option *addMemory(CLI::App *command, ModelFileOptions &model);
  void addCheck();
  void addSummary();
  void addCompile();
  void addTrain();
  void addWeights();
  void addBench();
  void addTune();
  void addExplain();
  void addLsp();
  void addColor();
  CLI::Option *addWrt(CLI::App *command, std::function<void(Wrt)> set);
  CLI::App *addRun(const std::string &name, const std::string &description, const std::string &data,
                   const std::string &output, int (*function)(const RunOptions &));
  void addGradients();

  CLI::App app{"Compiles Keras-style sequence models ahead of time, and trains and runs them.",
               "rondo"};
  std::function<int()> chosen;
  CheckOptions check;
  SummaryOptions summary;
  CompileCommandOptions compile;
  TrainOptions train;
  RunOptions runOptions;
  WeightsOptions weights;
  BenchOptions bench;
  TuneOptions tune;
  ExplainOptions explain;
  lsp::ServerOptions server;
};

} // namespace

CommandLine::CommandLine() {
  app.require_subcommand(1);
  app.set_version_flag("--version", "rondo " RONDO_VERSION " (LLVM " LLVM_VERSION_STRING ")");
  app.failure_message([](const CLI::App *, const CLI::Error &error) {
    return "rondo: " + std::string(error.what()) +
           "\nRun `rondo --help` or `rondo COMMAND --help`.\n";
  });
  addCheck();
  addSummary();
  addCompile();
  addTrain();
  addRun("evaluate", "Print the loss and the metrics", "inputs and targets (.npz)", "",
         runEvaluate);
  addRun("predict", "Write the model's outputs", "inputs (.npz)", "one array per output (.npz)",
         runPredict);
  addGradients();
  addWeights();
  addBench();
  addTune();
  addExplain();
  addLsp();
  addColor();
}

CLI::App *CommandLine::command(const std::string &name, const std::string &description,
                               ModelFileOptions &model, bool takesLibrary) {
  CLI::App *sub = app.add_subcommand(name, description);
  sub->add_option(takesLibrary ? "MODEL" : "MODEL.py", model.path,
                  takesLibrary ? "model file (.py) or compiled library (.so)" : "model file")
      ->required();
  sub->add_option("--model", model.variable, "variable that holds the model")
      ->capture_default_str()
      ->type_name("NAME");
  return sub;
}

std::vector<CLI::Option *> CommandLine::addKernels(CLI::App *command, ModelFileOptions &model) {
  auto isSetting = [](const std::string &text) {
    return parseLayerKernels(text)
               ? std::string()
               : "`" + text + "` does not say who computes a layer: write it as lstm=onednn or " +
                     "lstm=generated";
  };
  CLI::Option *kernels =
      command
          ->add_option("--kernels", model.kernels,
                       "where kernels come from: onednn, generated, or auto, what is faster")
          ->check(CLI::IsMember({"auto", "onednn", "generated"}))
          ->capture_default_str()
          ->type_name("KIND");
  CLI::Option *layers =
      command
          ->add_option("--kernels-for", model.layerKernels,
                       "where those of single layers come from, as lstm=onednn,query=generated")
          ->check(CLI::Validator(isSetting, "", "setting"))
          ->delimiter(',')
          ->allow_extra_args(false)
          ->type_name("LAYER=KIND,...");
  return {kernels, layers};
}

void CommandLine::addStoredWeights(CLI::App *command, ModelFileOptions &model) {
  command
      ->add_option("--weights", model.storedWeights,
                   "how predictions read the weights of LSTMs: f32, or bf16: half the memory, "
                   "some more error; without it, as dtype policies of the file say")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->type_name("TYPE");
}

void CommandLine::addSizes(CLI::App *command, ModelFileOptions &model,
                           const std::string &description) {
  auto areSizes = [](const std::string &text) {
    return parseSizes(text) ? std::string()
                            : "`" + text + "` are no sizes: write them as B=32,T=1000";
  };
  command->add_option("--at", model.sizes, description)
      ->check(CLI::Validator(areSizes, "", "sizes"))
      ->type_name("SIZES");
}

CLI::Option *CommandLine::addMemory(CLI::App *command, ModelFileOptions &model) {
  auto isBudget = [](const std::string &text) {
    return parseMemoryBudget(text)
               ? std::string()
               : "`" + text + "` is no budget: write bytes, as 300000000 or 512M, or a share of " +
                     "what saving everything takes, as x0.5";
  };
  CLI::Option *budget =
      command
          ->add_option("--memory-budget", model.memoryBudget,
                       "bytes that the arena of gradients may take, as 512M, or a share of what "
                       "saving everything takes, as x0.5")
          ->check(CLI::Validator(isBudget, "", "budget"))
          ->type_name("BYTES|xSHARE");
  addSizes(command, model,
           "sizes for which kernels are chosen, memory and costs are counted, as B=32,T=1000 "
           "(32 for the batch and 100 else)");
  return budget;
}

void CommandLine::addCheck() {
  CLI::App *sub = command("check", "Say what is wrong with a model file", check.model, false);
  sub->add_flag("--fix", check.fix, "apply the mends; the old text stays in MODEL.py.orig");
  sub->add_option_function<std::string>(
         "--format", [this](const std::string &format) { check.json = format == "json"; },
         "how findings are printed: text (stderr) or json (stdout)")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("");
  sub->callback([this] { chosen = [this] { return runCheck(check); }; });
}

void CommandLine::addSummary() {
  CLI::App *sub =
      command("summary", "Print a model's layers, shapes and parameters", summary.model, false);
  sub->add_flag("--variables", summary.variables, "list the variables too, as weights files do");
  sub->add_option_function<std::string>(
         "--format", [this](const std::string &format) { summary.json = format == "json"; },
         "text, as Keras' model.summary(), or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("");
  sub->callback([this] { chosen = [this] { return runSummary(summary); }; });
}

void CommandLine::addCompile() {
  CLI::App *sub =
      command("compile", "Compile a model file to a shared library", compile.model, false);
  CLI::Option *output =
      sub->add_option("-o,--output", compile.output, "library to write (.so)")->type_name("FILE");
  CLI::Option *header =
      sub->add_option("--header", compile.header, "C header to write beside the library")
          ->needs(output)
          ->type_name("FILE");
  CLI::Option *emit =
      sub->add_option("--emit", compile.emit,
                      "print a level instead: rondo, simplified, gradients, kernels, buffers, "
                      "llvm, asm, obj; or residuals, what training keeps")
          ->check(CLI::IsMember({"rondo", "simplified", "gradients", "kernels", "buffers", "llvm",
                                 "asm", "obj", "residuals"}))
          ->excludes(header)
          ->type_name("LEVEL");
  sub->add_option("--target-cpu", compile.targetCpu,
                  "processors to compile for: portable, native, x86-64-v3 (AVX2), "
                  "x86-64-v4 (AVX-512)")
      ->check(CLI::IsMember({"portable", "native", "x86-64-v3", "x86-64-v4"}))
      ->capture_default_str()
      ->type_name("CPU");
  sub->add_option_function<std::vector<std::string>>(
         "--entries",
         [this](const std::vector<std::string> &names) {
           compile.entries.emplace();
           for (const std::string &name : names)
             if (std::optional<DerivedEntry> entry = entryNamed(name))
               compile.entries->push_back(*entry);
         },
         "what the library can do, a list with commas: forward, evaluate (always there), "
         "loss_and_gradients, train_step, vjp, hvp; without it the first four")
      ->delimiter(',')
      ->check(
          CLI::IsMember({"forward", "evaluate", "loss_and_gradients", "train_step", "vjp", "hvp"}))
      ->type_name("LIST");
  addWrt(sub, [this](Wrt kind) { compile.wrt = kind; });
  addKernels(sub, compile.model);
  addStoredWeights(sub, compile.model);
  addMemory(sub, compile.model);
  sub->add_flag("--profile", compile.model.profile,
                "the library measures each kernel that it runs");
  sub->add_option("--disable-rewrite", compile.disabledRewrites,
                  "algebra to leave out, to measure it or to find a fault: " +
                      llvm::join(rondo::rewriteNames(), ", "))
      ->check(CLI::IsMember(rondo::rewriteNames()))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...");
  CLI::Option *report =
      sub->add_option_function<std::string>(
             "--report", [this](const std::string &) { compile.reportCost = true; },
             "print besides: cost, the flops and bytes of each op and what each rewrite saves")
          ->check(CLI::IsMember({"cost"}))
          ->excludes(emit)
          ->type_name("KIND");
  CLI::Option *explain =
      sub->add_flag("--explain-kernels", compile.explainKernels,
                    "print besides who computes each LSTM and each product, and why")
          ->excludes(emit);
  sub->add_flag_callback(
         "--no-tuned", [this] { compile.tuned = false; },
         "leave alone what `rondo tune` found for this library")
      ->needs(output);
  sub->callback([this, output, emit, report, explain] {
    if (!*output && !*emit && !*report && !*explain)
      throw CLI::RequiredError("-o, --emit, --report or --explain-kernels");
    chosen = [this] { return runCompile(compile); };
  });
}

void CommandLine::addTrain() {
  CLI::App *sub = command("train", "Train a model as its file says", train.model, false);
  sub->add_option("--data", train.data, "inputs and targets (.npz)")->required()->type_name("FILE");
  sub->add_option("--out", train.output, "weights to write (.npz, .weights.h5)")
      ->required()
      ->type_name("FILE");
  sub->add_option("--weights", train.weights,
                  "weights to start from, or to continue (.npz, .weights.h5)")
      ->type_name("FILE");
  sub->add_option("--validation-data", train.validationData,
                  "inputs and targets to evaluate after each epoch (.npz)")
      ->type_name("FILE");
  sub->add_option("--epochs", train.epochs, "epochs to train; else the file's model.fit, else 1")
      ->check(CLI::Range(1, 1000000000))
      ->type_name("N");
  sub->add_option("--batch-size", train.batchSize,
                  "samples in a batch; else the file's model.fit, else 32")
      ->check(CLI::Range(1, 1000000000))
      ->type_name("N");
  sub->add_flag("--no-shuffle", train.noShuffle, "keep the order of the samples");
  sub->add_option("--seed", train.seed,
                  "of the initial weights and the order of the samples (0; when continuing, as "
                  "before)")
      ->check(CLI::Validator(checkSeed, ""))
      ->type_name("N");
  sub->add_option("--verbose", train.verbose,
                  "0: silent, 1: a progress bar, 2: a line for each epoch; without it 1 in a "
                  "terminal, else 2")
      ->check(CLI::Range(0, 2))
      ->type_name("N");
  addKernels(sub, train.model);
  addMemory(sub, train.model);
  sub->callback([this] { chosen = [this] { return runTrain(train); }; });
}

void CommandLine::addWeights() {
  CLI::App *sub = command("weights", "Write weights in another format, or the initial ones",
                          weights.model, true);
  sub->add_option("--weights", weights.weights,
                  "weights to read (.npz, .weights.h5, .keras); without it the initial ones")
      ->type_name("FILE");
  sub->add_option("--out", weights.output, "weights to write (.npz, .weights.h5)")
      ->required()
      ->type_name("FILE");
  sub->add_option("--seed", weights.seed, "of the initial weights")
      ->check(CLI::Validator(checkSeed, ""))
      ->capture_default_str()
      ->type_name("N");
  sub->callback([this] { chosen = [this] { return runWeights(weights); }; });
}

void CommandLine::addBench() {
  CLI::App *sub =
      command("bench", "Measure how fast a model runs on made-up data", bench.model, true);
  CLI::Option *training =
      sub->add_flag("--train", bench.train, "measure training steps instead of predictions");
  sub->add_option("--batch", bench.batch, "samples in a batch (32)")
      ->check(CLI::Range(int64_t(1), int64_t(1) << 32))
      ->type_name("N");
  sub->add_option("--steps", bench.steps, "time steps: the size of all other open axes (50)")
      ->check(CLI::Range(int64_t(1), int64_t(1) << 32))
      ->type_name("T");
  sub->add_option("--threads", bench.threads, "threads to run on (RONDO_NUM_THREADS, or 1)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  addKernels(sub, bench.model);
  addStoredWeights(sub, bench.model);
  addMemory(sub, bench.model)->needs(training);
  sub->add_option("--seconds", bench.seconds, "how long to measure")
      ->check(CLI::Validator(checkSeconds, ""))
      ->capture_default_str()
      ->type_name("S");
  sub->add_option("--seed", bench.seed, "of the data and the weights")
      ->check(CLI::Validator(checkSeed, ""))
      ->capture_default_str()
      ->type_name("N");
  sub->add_flag("--profile", bench.model.profile, "say where the time goes, kernel by kernel");
  sub->add_option("--json", bench.json, "file to write the numbers to")->type_name("FILE");
  sub->callback([this] { chosen = [this] { return runBench(bench); }; });
}

void CommandLine::addTune() {
  CLI::App *sub = command("tune", "Measure which kernels are fastest here, and compile with them",
                          tune.model, false);
  sub->add_option("-o,--output", tune.output,
                  "library to write (.so); what was measured goes beside it (.tune.json)")
      ->required()
      ->type_name("FILE");
  addSizes(sub, tune.model,
           "sizes to measure with, as B=32,T=1000 (32 for the batch and 100 else)");
  sub->add_flag("--train", tune.train, "measure training steps instead of predictions");
  sub->add_option("--threads", tune.threads, "try up to so many threads")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str()
      ->type_name("N");
  sub->add_option("--seconds", tune.seconds, "how long to measure each candidate")
      ->check(CLI::Validator(checkSeconds, ""))
      ->capture_default_str()
      ->type_name("S");
  sub->callback([this] { chosen = [this] { return runTune(tune); }; });
}

void CommandLine::addExplain() {
  CLI::App *sub = app.add_subcommand("explain", "Explain a diagnostic code, or list all of them");
  sub->add_option("CODE", explain.code, "what stands in brackets at the end of a message");
  sub->callback([this] { chosen = [this] { return runExplain(explain); }; });
}

void CommandLine::addLsp() {
  CLI::App *sub =
      app.add_subcommand("lsp", "Serve an editor (Language Server Protocol over stdin and stdout)");
  sub->add_option("--model", server.modelVariable, "variable that holds the model")
      ->capture_default_str()
      ->type_name("NAME");
  sub->add_flag("--stdio", "what many editors say besides; it changes nothing");
  server.version = RONDO_VERSION;
  sub->callback(
      [this] { chosen = [this] { return lsp::serve(STDIN_FILENO, STDOUT_FILENO, server); }; });
}

void CommandLine::addColor() {
  static const std::map<std::string, ColorChoice> choices = {
      {"auto", ColorChoice::Auto}, {"always", ColorChoice::Always}, {"never", ColorChoice::Never}};
  for (CLI::App *sub : app.get_subcommands({}))
    sub->add_option_function<std::string>(
           "--color", [](const std::string &choice) { colorChoice = choices.at(choice); },
           "colours in messages: always, never, or auto, in a terminal without NO_COLOR")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->type_name("WHEN");
}

CLI::Option *CommandLine::addWrt(CLI::App *command, std::function<void(Wrt)> set) {
  static const std::map<std::string, Wrt> kinds = {
      {"parameters", Wrt::Parameters}, {"inputs", Wrt::Inputs}, {"all", Wrt::All}};
  return command
      ->add_option_function<std::string>(
          "--wrt", [set](const std::string &kind) { set(kinds.at(kind)); },
          "what to differentiate with respect to: parameters, inputs, all")
      ->check(CLI::IsMember({"parameters", "inputs", "all"}))
      ->type_name("KIND");
}

void CommandLine::addGradients() {
  CLI::App *sub = addRun("gradients", "Write gradients: of the training loss, or of outputs",
                         "inputs and, for the loss, targets (.npz)",
                         "loss, grad/PATH and gradin/INPUT (.npz)", runGradients);
  CLI::Option *wrt = addWrt(sub, [this](Wrt kind) { runOptions.wrt = kind; });
  CLI::Option *cotangents =
      sub->add_option("--cotangents", runOptions.cotangents,
                      "differentiate the outputs instead, times these arrays, by output (.npz)")
          ->type_name("FILE");
  CLI::Option *vector =
      sub->add_option("--hessian-vector", runOptions.hessianVector,
                      "write the loss' Hessian times this vector instead, by variable path (.npz)")
          ->excludes(cotangents)
          ->excludes(wrt)
          ->type_name("FILE");
  sub->add_flag_callback(
         "--per-example",
         [this] {
           runOptions.perExample = true;
           runOptions.model.batchToPlan = 1;
         },
         "write the gradients of each sample alone, along a first axis")
      ->excludes(cotangents)
      ->excludes(vector);
}

CLI::App *CommandLine::addRun(const std::string &name, const std::string &description,
                              const std::string &data, const std::string &output,
                              int (*function)(const RunOptions &)) {
  CLI::App *sub = command(name, description, runOptions.model, true);
  sub->add_option("--weights", runOptions.weights, "weights (.npz, .weights.h5, .keras)")
      ->required()
      ->type_name("FILE");
  sub->add_option("--data", runOptions.data, data)->required()->type_name("FILE");
  if (output.empty())
    sub->add_flag("--json", runOptions.json, "print one JSON object");
  else
    sub->add_option("--out", runOptions.output, output)->required()->type_name("FILE");
  sub->add_option("--seed", runOptions.seed, "of what layers draw")
      ->check(CLI::Validator(checkSeed, ""))
      ->capture_default_str()
      ->type_name("N");
  if (function != runGradients)
    sub->add_option("--batch-size", runOptions.batchSize,
                    fmt::format("samples in a batch ({}): it counts where layers called with "
                                "`training=True` look at the batch",
                                host::kInferenceBatch))
        ->check(CLI::Range(1, 1000000000))
        ->type_name("N");
  std::vector<CLI::Option *> kernels = addKernels(sub, runOptions.model);
  CLI::Option *reference =
      sub->add_flag("--reference", runOptions.reference,
                    "run the model file op by op in double precision, without compiling it");
  for (CLI::Option *option : kernels)
    reference->excludes(option);
  if (function == runGradients)
    addMemory(sub, runOptions.model);
  sub->callback([this, function] { chosen = [this, function] { return function(runOptions); }; });
  return sub;
}

int CommandLine::run(int argc, char **argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? Fine : UsageError;
  }
  return chosen();
}

/// Results that did not reach stdout (a full disk) are a failure too.
static int flushed(int exitCode) {
  errno = 0;
  if (fflush(stdout) == 0 && !ferror(stdout))
    return exitCode;
  say("rondo: standard output cannot be written{}{}\n", errno ? ": " : "",
      errno ? strerror(errno) : "");
  return exitCode == Fine ? UserError : exitCode;
}

int main(int argc, char **argv) {
  installSignalHandlers();
  try {
    return flushed(CommandLine().run(argc, argv));
  } catch (const std::bad_alloc &) {
    say("rondo: there is not enough memory for this model with this data\n");
    return UserError;
  } catch (const std::exception &error) {
    if (ferror(stdout))
      return flushed(UserError);
    sayInternalError(error.what());
    return InternalError;
  }
}
