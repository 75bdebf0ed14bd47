//===- main.cpp - The rondo tool --------------------------------*- C++ -*-===//
//
// Reads the command line and calls the command. docs/cli.md is the contract:
// names, files and exit codes. Whatever goes wrong below ends here as one
// message and an exit code, never as a stack dump.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Commands.h"
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
#include <new>
#include <unistd.h>

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

namespace {

/// Declares the commands and remembers which function the chosen one calls.
class CommandLine {
public:
  CommandLine();
  int run(int argc, char **argv);

private:
  CLI::App *command(const std::string &name, const std::string &description,
                    ModelFileOptions &model, bool takesLibrary);
  void addCheck();
  void addCompile();
  void addTrain();
  void addRun(const std::string &name, const std::string &description, const std::string &data,
              const std::string &output, int (*function)(const RunOptions &));

  CLI::App app{"Compiles Keras-style sequence models ahead of time, and trains and runs them.",
               "rondo"};
  std::function<int()> chosen;
  CheckOptions check;
  CompileCommandOptions compile;
  TrainOptions train;
  RunOptions runOptions;
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
  addCompile();
  addTrain();
  addRun("evaluate", "Print the loss and the metrics", "inputs and targets (.npz)", "",
         runEvaluate);
  addRun("predict", "Write the model's outputs", "inputs (.npz)", "one array per output (.npz)",
         runPredict);
  addRun("gradients", "Write the gradients of the training loss", "inputs and targets (.npz)",
         "loss, grad/PATH and gradin/INPUT (.npz)", runGradients);
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
                      "llvm, asm, obj")
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
  sub->add_option("--kernels", compile.kernels, "where kernels come from: auto, generated")
      ->check(CLI::IsMember({"auto", "onednn", "generated"}))
      ->capture_default_str()
      ->type_name("KIND");
  sub->callback([this, output, emit] {
    if (!*output && !*emit)
      throw CLI::RequiredError("-o or --emit");
    chosen = [this] { return runCompile(compile); };
  });
}

void CommandLine::addTrain() {
  CLI::App *sub = command("train", "Train a model as its file says", train.model, false);
  sub->add_option("--data", train.data, "inputs and targets (.npz)")->required()->type_name("FILE");
  sub->add_option("--out", train.output, "weights to write (.npz)")->required()->type_name("FILE");
  sub->add_option("--weights", train.weights, "weights to start from, or to continue (.npz)")
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
      ->type_name("N");
  sub->callback([this] { chosen = [this] { return runTrain(train); }; });
}

void CommandLine::addRun(const std::string &name, const std::string &description,
                         const std::string &data, const std::string &output,
                         int (*function)(const RunOptions &)) {
  CLI::App *sub = command(name, description, runOptions.model, true);
  sub->add_option("--weights", runOptions.weights, "weights (.npz)")->required()->type_name("FILE");
  sub->add_option("--data", runOptions.data, data)->required()->type_name("FILE");
  if (output.empty())
    sub->add_flag("--json", runOptions.json, "print one JSON object");
  else
    sub->add_option("--out", runOptions.output, output)->required()->type_name("FILE");
  sub->callback([this, function] { chosen = [this, function] { return function(runOptions); }; });
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
  fmt::print(stderr, "rondo: standard output cannot be written: {}\n", strerror(errno));
  return exitCode == Fine ? UserError : exitCode;
}

int main(int argc, char **argv) {
  installSignalHandlers();
  try {
    return flushed(CommandLine().run(argc, argv));
  } catch (const std::bad_alloc &) {
    fmt::print(stderr, "rondo: there is not enough memory for this model with this data\n");
    return UserError;
  } catch (const std::exception &error) {
    sayInternalError(error.what());
    return InternalError;
  }
}
