//===- main.cpp - rondo-peers ---------------------------------------------===//
//
// Measures compiled recipes beside a program on oneDNN, for all sizes or some.
// Exit code 1 where their numbers do not agree.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/peers/Report.h"
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

using namespace rondo::bench;

namespace {

struct Size {
  const char *model; // of benchmarks/models/recipe.py
  int64_t steps, batch;
};

const std::vector<Size> kSizes = {{"small", 20, 1},   {"small", 20, 32}, {"medium", 50, 1},
                                  {"medium", 50, 32}, {"large", 100, 1}, {"large", 100, 64}};

struct Options {
  std::string folder, jsonFile, markdownFile;
  std::vector<int> threads = {1, 2}, sizes = {1, 2, 3, 4, 5, 6};
  double seconds = 8;
};

} // namespace

/// The compiled recipes of a size: MODEL-generated.so and MODEL-onednn.so.
static std::vector<CompiledRecipe> librariesOf(const std::string &folder, const char *model) {
  std::vector<CompiledRecipe> libraries;
  for (const char *kernels : {"generated", "onednn"}) {
    std::string path = fmt::format("{}/{}-{}.so", folder, model, kernels);
    if (std::filesystem::exists(path))
      libraries.push_back({fmt::format("Rondo, {}", kernels), path});
  }
  if (libraries.empty())
    throw std::runtime_error(fmt::format(
        "'{}' has no {}-generated.so; make it with `rondo compile benchmarks/models/recipe.py "
        "--model {} --kernels=generated`",
        folder, model, model));
  return libraries;
}

static bool report(const CaseResult &result) {
  const auto &[T, B, D, H] = result.shape;
  fmt::print(stderr, "T {} B {} D {} H {}, {} thread{}:", T, B, D, H, result.threads,
             result.threads == 1 ? "" : "s");
  bool good = true;
  for (const Agreement &agreement : result.agreement) {
    if (agreement.isGood())
      continue;
    good = false;
    fmt::print(stderr,
               "\n  '{}' disagrees with oneDNN: output by {:.1e}, loss {:.1e}, gradients {:.1e}, "
               "trained parameters {:.1e} of their size",
               agreement.name, agreement.output, agreement.loss, agreement.gradients,
               agreement.changes);
  }
  if (good)
    for (const auto *times : {&result.forward, &result.training})
      for (size_t i = 0; i + 2 < times->size(); ++i)
        fmt::print(stderr, " {} {:.2f}", (*times)[i].name, ratio((*times)[i], times->back()));
  fmt::print(stderr, "\n");
  return good;
}

static void write(const std::string &path, const std::string &text) {
  std::ofstream file(path);
  if (!(file << text).flush())
    throw std::runtime_error("'" + path + "' cannot be written");
}

static int run(const Options &options) {
  Disturbance disturbance;
  std::vector<CaseResult> results;
  bool good = true;
  for (int threads : options.threads)
    for (int size : options.sizes) {
      const auto &[model, steps, batch] = kSizes[size - 1];
      results.push_back(
          runCase({librariesOf(options.folder, model), steps, batch, threads, options.seconds}));
      good &= report(results.back());
    }
  if (!good)
    return 1;
  const double others = disturbance.processors();
  if (!options.jsonFile.empty())
    write(options.jsonFile, json(results, others));
  if (!options.markdownFile.empty())
    write(options.markdownFile, markdown(results, others));
  fmt::print("{}", markdown(results, others));
  return 0;
}

int main(int argc, char **argv) {
  CLI::App app{"Measures compiled recipes beside a program that calls oneDNN directly.",
               "rondo-peers"};
  Options options;
  app.add_option("FOLDER", options.folder, "where MODEL-generated.so and MODEL-onednn.so lie")
      ->required();
  app.add_option("--sizes", options.sizes, "which of the six sizes, from 1")
      ->delimiter(',')
      ->check(CLI::Range(1, static_cast<int>(kSizes.size())));
  app.add_option("--threads", options.threads, "numbers of threads")
      ->delimiter(',')
      ->check(CLI::Range(1, 64));
  app.add_option("--seconds", options.seconds, "for each size, number of threads and mode")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--json", options.jsonFile, "write results as JSON")->type_name("FILE");
  app.add_option("--markdown", options.markdownFile, "write the tables")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception &error) {
    fmt::print(stderr, "rondo-peers: {}\n", error.what());
    return 1;
  }
}
