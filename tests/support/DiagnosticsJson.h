//===- DiagnosticsJson.h - The JSON of docs/diagnostics.md ------*- C++ -*-===//
//
// Checks that what `rondo check --format=json` prints has the form that the page
// promises: tests of messages call it on whatever they have found.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_SUPPORT_DIAGNOSTICSJSON_H
#define RONDO_TESTS_SUPPORT_DIAGNOSTICSJSON_H

#include "frontend/diagnostics/Diagnostics.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace rondo::test {

using Json = nlohmann::ordered_json;

inline std::vector<std::string> keysOf(const Json &object) {
  std::vector<std::string> keys;
  for (const auto &entry : object.items())
    keys.push_back(entry.key());
  return keys;
}

/// `file` and `range`: both or neither; lines and columns from 1, offsets from 0.
inline void expectJsonPlace(const Json &object) {
  ASSERT_EQ(object["file"].is_null(), object["range"].is_null()) << object;
  if (object["file"].is_null())
    return;
  EXPECT_TRUE(object["file"].is_string()) << object;
  ASSERT_EQ(keysOf(object["range"]), (std::vector<std::string>{"start", "end"})) << object;
  for (const char *end : {"start", "end"}) {
    const Json &place = object["range"][end];
    ASSERT_EQ(keysOf(place), (std::vector<std::string>{"line", "column", "offset"})) << object;
    EXPECT_GE(place["line"].get<int64_t>(), 1) << object;
    EXPECT_GE(place["column"].get<int64_t>(), 1) << object;
    EXPECT_GE(place["offset"].get<int64_t>(), 0) << object;
  }
  EXPECT_LE(object["range"]["start"]["offset"], object["range"]["end"]["offset"]) << object;
}

inline void expectDocumentedJson(const diagnostics::Engine &engine) {
  Json json = Json::parse(engine.renderJson());
  ASSERT_TRUE(json.is_array());
  std::vector<const diagnostics::Diagnostic *> sorted = engine.sorted();
  ASSERT_EQ(json.size(), sorted.size());
  for (size_t i = 0; i < sorted.size(); ++i) {
    const Json &object = json[i];
    ASSERT_EQ(keysOf(object), (std::vector<std::string>{"file", "range", "severity", "code",
                                                        "message", "notes", "help", "fixes"}));
    expectJsonPlace(object);
    EXPECT_EQ(object["severity"], severityName(sorted[i]->severity()).str());
    EXPECT_EQ(object["code"], codeName(sorted[i]->code).str());
    EXPECT_TRUE(object["message"].is_string()) << object;
    for (const Json &note : object["notes"]) {
      ASSERT_EQ(keysOf(note), (std::vector<std::string>{"file", "range", "message"})) << object;
      expectJsonPlace(note);
    }
    for (const Json &help : object["help"])
      EXPECT_TRUE(help.is_string()) << object;
    for (const Json &fix : object["fixes"]) {
      ASSERT_EQ(keysOf(fix), (std::vector<std::string>{"file", "range", "replacement"})) << object;
      expectJsonPlace(fix);
    }
  }
}

} // namespace rondo::test

#endif // RONDO_TESTS_SUPPORT_DIAGNOSTICSJSON_H
