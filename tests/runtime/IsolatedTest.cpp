//===- IsolatedTest.cpp - Work that may crash ---------------------------------===//
//
// What becomes of the child, and what the caller gets.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Isolated.h"
#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

namespace rondo::host {
namespace {

constexpr unsigned kSeconds = 1;

TEST(Isolated, GivesTheResult) {
  std::string large(1 << 20, 'x');
  EXPECT_EQ(runIsolated([&] { return large; }, kSeconds), large);
}

TEST(Isolated, ACrashIsNothing) {
  auto crash = []() -> std::string {
    raise(SIGSEGV);
    return "survived";
  };
  EXPECT_EQ(runIsolated(crash, kSeconds), std::nullopt);
}

TEST(Isolated, WhatComputesForTooLongIsNothing) {
  auto loop = []() -> std::string {
    for (volatile bool goesOn = true; goesOn;)
      ;
    return "ended";
  };
  EXPECT_EQ(runIsolated(loop, kSeconds), std::nullopt);
}

TEST(Isolated, WaitingIsNotComputing) {
  auto wait = [] {
    usleep((kSeconds * 1000 + 500) * 1000);
    return std::string("waited");
  };
  EXPECT_EQ(runIsolated(wait, kSeconds), "waited");
}

} // namespace
} // namespace rondo::host
