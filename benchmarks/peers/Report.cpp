//===- Report.cpp - Results as a table and as JSON ------------------------===//
//
// Times are medians of all runs, ratios medians over rounds.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/peers/Report.h"
#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

namespace rondo::bench {

/// Processors in use by others up to which a machine is quiet.
constexpr double kQuiet = 0.1;

/// "AMD EPYC, 2 cores, virtual machine".
static std::string machine() {
  std::ifstream info("/proc/cpuinfo");
  std::string line, name = "unknown processor";
  bool isVirtual = false;
  while (std::getline(info, line) && !line.empty()) {
    if (line.rfind("model name", 0) == 0)
      name = line.substr(line.find(": ") + 2);
    if (line.rfind("flags", 0) == 0)
      isVirtual = line.find(" hypervisor") != std::string::npos;
  }
  return fmt::format("{}, {} cores{}", name, std::thread::hardware_concurrency(),
                     isVirtual ? ", virtual machine" : "");
}

static std::string today() {
  char text[16];
  std::time_t now = std::time(nullptr);
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

/// Three digits, so that small times keep theirs: 17.3, 173, 17,300.
static std::string microseconds(double value) {
  if (value < 99.95)
    return fmt::format("{:.1f}", value);
  std::string text = fmt::format("{:.0f}", value);
  for (size_t place = text.size(); place > 3;)
    text.insert(place -= 3, ",");
  return text;
}

static std::string table(const std::vector<CaseResult> &results,
                         const std::vector<Times> CaseResult::*mode) {
  std::string text = "| T, B, D, H | threads |", rule = "|---|---|";
  const std::vector<Times> &columns = results.front().*mode;
  for (const Times &times : columns)
    text += " " + times.name + " |", rule += "---|";
  for (size_t i = 0; i + 2 < columns.size(); ++i)
    text += " " + columns[i].name + " / directly |", rule += "---|";
  text += "\n" + rule + "\n";
  for (const CaseResult &result : results) {
    const auto &[T, B, D, H] = result.shape;
    text += fmt::format("| {}, {}, {}, {} | {} |", T, B, D, H, result.threads);
    const std::vector<Times> &row = result.*mode;
    for (const Times &times : row)
      text += " " + microseconds(quantile(times.runs, 0.5)) + " |";
    for (size_t i = 0; i + 2 < row.size(); ++i)
      text += fmt::format(" {:.2f} |", ratio(row[i], row.back()));
    text += "\n";
  }
  return text;
}

std::string markdown(const std::vector<CaseResult> &results, double others) {
  std::string warning;
  if (others > kQuiet)
    warning = fmt::format(" **Other work kept {:.1f} processors busy.**", others);
  return fmt::format("{}; {}; oneDNN {}; {}. Median times in microseconds.{}\n\n"
                     "Forward pass:\n\n{}\nTraining step:\n\n{}",
                     machine(), results.front().isa, onednnVersion(), today(), warning,
                     table(results, &CaseResult::forward), table(results, &CaseResult::training));
}

std::string json(const std::vector<CaseResult> &results, double others) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  auto add = [&](const CaseResult &result, const char *mode, const std::vector<Times> &times) {
    nlohmann::ordered_json entry{{"mode", mode},
                                 {"steps", result.shape.steps},
                                 {"batch", result.shape.batch},
                                 {"features", result.shape.features},
                                 {"units", result.shape.units},
                                 {"threads", result.threads}};
    for (const Times &each : times)
      entry["times"][each.name] = {
          {"median_us", quantile(each.runs, 0.5)}, {"p10_us", quantile(each.runs, 0.1)},
          {"p90_us", quantile(each.runs, 0.9)},    {"runs", each.runs.size()},
          {"rounds", each.rounds.size()},          {"ratio", ratio(each, times.back())}};
    for (const Agreement &agreement : result.agreement)
      entry["agreement"][agreement.name] = {{"output", agreement.output},
                                            {"loss", agreement.loss},
                                            {"gradients", agreement.gradients},
                                            {"changes", agreement.changes}};
    list.push_back(std::move(entry));
  };
  for (const CaseResult &result : results) {
    add(result, "forward", result.forward);
    add(result, "train", result.training);
  }
  return nlohmann::ordered_json{{"machine", machine()},      {"isa", results.front().isa},
                                {"onednn", onednnVersion()}, {"date", today()},
                                {"other_work", others},      {"cases", std::move(list)}}
             .dump(2) +
         "\n";
}

} // namespace rondo::bench
