//===- Progress.cpp - The progress of a training ----------------*- C++ -*-===//
//
// Follows keras/src/utils/progbar.py.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Progress.h"
#include "compiler/tools/rondo/Terminal.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

namespace rondo::tool {

using std::chrono::duration;

namespace {

constexpr int kBarWidth = 20;
constexpr double kSecondsBetweenDraws = 0.1;

/// "2s", "1:05", "1:00:07".
std::string clockText(double seconds) {
  int64_t whole = std::llround(seconds);
  if (whole > 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60);
  if (whole > 60)
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

/// "8ms/step".
std::string perStepText(double seconds) {
  if (seconds >= 1)
    return fmt::format("{:.0f}s/step", seconds);
  if (seconds >= 1e-3)
    return fmt::format("{:.0f}ms/step", seconds * 1e3);
  return fmt::format("{:.0f}us/step", seconds * 1e6);
}

} // namespace

/// " - loss: 0.1234 - accuracy: 0.5000": four digits, in scientific notation for
/// small numbers.
std::string Progress::scores(const char *prefix, const host::Scores &scores) const {
  auto item = [&](const char *name, double value) {
    bool small = value != 0 && std::abs(value) <= 1e-3;
    return fmt::format(small ? " - {}{}: {:.4e}" : " - {}{}: {:.4f}", prefix, name,
                       unsignedNan(value));
  };
  std::string text = item("loss", scores.loss);
  for (int32_t i = 0; i < model.num_metrics; ++i)
    text += item(model.metrics[i], scores.metrics[i]);
  return text;
}

void Progress::draw(int64_t step, int64_t steps, const std::string &time,
                    const std::string &scores) {
  int done = static_cast<int>(kBarWidth * step / steps);
  std::string bar, rest;
  for (int i = 0; i < kBarWidth; ++i)
    (i < done ? bar : rest) += i < done ? "━" : "─";
  std::string count = fmt::format("{:{}}/{}", step, std::to_string(steps).size(), steps);
  // A line that the terminal breaks could not be drawn again.
  int columns = terminalColumns(STDERR_FILENO);
  std::string end = " " + time + scores;
  if (step < steps && columns > 0)
    end.resize(
        std::min<size_t>(end.size(), std::max(0, columns - kBarWidth - int(count.size()) - 2)));
  bool colored = hasColor(STDERR_FILENO);
  say("\r{} {}{}{}{}{}\033[K", count, colored ? "\033[32m" : "", bar,
             colored ? "\033[0m" : "", rest, end);
  fflush(stderr);
  isLineOpen = true;
  lastDrawn = Clock::now();
}

void Progress::header(int64_t epoch) {
  if (verbosity == Verbosity::Bar)
    say("Epoch {}/{}\n", epoch, lastEpoch);
}

void Progress::start(int64_t first, int64_t last) {
  lastEpoch = last;
  header(first);
}

void Progress::step(const host::StepReport &report) {
  auto now = Clock::now();
  // The first step prepares things: the clock starts after it.
  if (report.step == 1)
    firstStep = now;
  else if (duration<double>(now - lastDrawn).count() < kSecondsBetweenDraws)
    return;
  std::string time = "0s";
  if (report.step > 1) {
    double perStep = duration<double>(now - firstStep).count() / (report.step - 1);
    time = clockText(perStep * (report.steps - report.step)) + " " + perStepText(perStep);
  }
  draw(report.step, report.steps, time, scores("", report.scores));
}

void Progress::epoch(const host::EpochReport &report) {
  std::string text = scores("", report.scores);
  if (report.validation)
    text += scores("val_", *report.validation);
  if (verbosity == Verbosity::Lines)
    say("Epoch {}/{} - {:.0f}s{}\n", report.epoch, report.lastEpoch, report.seconds,
               text);
  if (verbosity != Verbosity::Bar)
    return;
  draw(report.steps, report.steps,
       clockText(report.seconds) + " " + perStepText(report.seconds / report.steps), text);
  breakLine();
  if (report.epoch < lastEpoch)
    header(report.epoch + 1);
}

void Progress::breakLine() {
  if (isLineOpen)
    say("\n");
  isLineOpen = false;
}

} // namespace rondo::tool
