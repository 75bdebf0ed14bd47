//===- NpzTest.cpp - NumPy's array files ------------------------------------------===//
//
// Round trips, files that NumPy wrote, files that are damaged in every byte,
// and writing that fails.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Npz.h"
#include "runtime/host/File.h"
#include "tests/runtime/HostTest.h"
#include <cmath>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace rondo::host;
using namespace rondo::test;

namespace {

std::string stored(const std::string &name) { return RONDO_TEST_ARRAYS "/" + name; }

class NpzTest : public HostTest {};

TEST_F(NpzTest, WhatIsWrittenIsRead) {
  std::vector<Array> arrays = {floats("lstm/lstm_cell/kernel", {2, 3}, {1, 2, 3, 4, 5, NAN}),
                               floats("scalar", {}, {-0.5f}), ints("ids", {3}, {1, -2, 3}),
                               floats("empty", {0, 4}, {}),
                               Array::ofInt("count", int64_t(1) << 40)};
  ASSERT_EQ(text(writeArrays(path("a.npz"), arrays)), "");
  ArrayFile file = value(readArrays(path("a.npz")));
  ASSERT_EQ(file.arrays.size(), arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ(file.arrays[i].name, arrays[i].name);
    EXPECT_EQ(file.arrays[i].type, arrays[i].type);
    EXPECT_EQ(file.arrays[i].shape, arrays[i].shape);
    EXPECT_EQ(file.arrays[i].bytes, arrays[i].bytes);
  }
  EXPECT_TRUE(file.find("ids"));
  EXPECT_FALSE(file.find("id"));
  EXPECT_EQ(files(), std::vector<std::string>{"a.npz"});
}

TEST_F(NpzTest, TheSameArraysMakeTheSameBytes) {
  std::vector<Array> arrays = {floats("a", {2}, {1, 2}), ints("b", {1}, {3})};
  ASSERT_EQ(text(writeArrays(path("1.npz"), arrays)), "");
  setenv("TZ", "Asia/Tokyo", 1);
  tzset();
  ASSERT_EQ(text(writeArrays(path("2.npz"), arrays)), "");
  unsetenv("TZ");
  EXPECT_EQ(readText("1.npz"), readText("2.npz"));
}

TEST_F(NpzTest, NpyHoldsOneArray) {
  ASSERT_EQ(text(writeArrays(path("a.npy"), {floats("a", {2}, {1, 2})})), "");
  ArrayFile file = value(readArrays(path("a.npy")));
  ASSERT_EQ(file.arrays.size(), 1u);
  EXPECT_EQ(file.arrays[0].name, "");
  EXPECT_EQ(floatsOf(file.arrays[0]), (std::vector<float>{1, 2}));
  EXPECT_NE(text(writeArrays(path("b.npy"), {floats("a", {}, {1}), floats("b", {}, {1})})), "");
  EXPECT_EQ(files(), std::vector<std::string>{"a.npy"});
}

TEST_F(NpzTest, ReadsEveryTypeThatNumPyWrote) {
  ArrayFile file = value(readArrays(stored("types.npz")));
  for (const char *type : {"float32", "float64", "int8", "int16", "int32", "int64", "uint8",
                           "uint16", "uint32", "uint64"}) {
    const Array *array = file.find(type);
    ASSERT_TRUE(array) << type;
    EXPECT_EQ(elementTypeName(array->type), type);
    EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(value(toFloats(*array, "a")), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(value(toInts(*array, "a")), (std::vector<int32_t>{0, 1, 2, 3, 4, 5}));
  }
  EXPECT_EQ(value(toFloats(*file.find("bool"), "a")), (std::vector<float>{0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(value(toBools(*file.find("bool"), "a")), (std::vector<uint8_t>{0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(floatsOf(*file.find("a/nested/name")), std::vector<float>{2.5f});
  EXPECT_EQ(file.find("empty")->shape, (std::vector<int64_t>{0, 3}));
}

TEST_F(NpzTest, ReadsCompressedArraysAndOtherOrders) {
  ArrayFile compressed = value(readArrays(stored("compressed.npz")));
  EXPECT_EQ(compressed.find("zeros")->size(), 10000);
  ArrayFile orders = value(readArrays(stored("orders.npz")));
  std::vector<float> counting = {0, 1, 2, 3, 4, 5};
  EXPECT_EQ(value(toFloats(*orders.find("big"), "a")), counting);
  EXPECT_EQ(value(toFloats(*orders.find("big_int"), "a")), counting);
  EXPECT_EQ(value(toFloats(*orders.find("fortran_big"), "a")), counting);
  std::vector<int32_t> cube = value(toInts(*orders.find("fortran"), "a"));
  for (int i = 0; i < 24; ++i)
    EXPECT_EQ(cube[i], i);
}

TEST_F(NpzTest, ReadsEveryVersionOfTheHeader) {
  EXPECT_EQ(value(readArrays(stored("single.npy"))).arrays[0].size(), 6);
  EXPECT_EQ(value(toInts(value(readArrays(stored("scalar.npy"))).arrays[0], "a")),
            std::vector<int32_t>{-7});
  for (const char *name : {"version2.npy", "version3.npy", "quotes.npy"})
    EXPECT_EQ(floatsOf(value(readArrays(stored(name))).arrays[0]),
              (std::vector<float>{1.5f, -2.5f}))
        << name;
}

TEST_F(NpzTest, RefusesWhatItCannotRead) {
  struct Case {
    const char *name, *message;
  } cases[] = {
      {"version4.npy", "is in version 4 of the .npy format; supported are 1 to 3"},
      {"huge.npy", "is damaged: its header says (4611686018427387904, 16) float32, but 8 bytes"},
      {"lying.npy", "is damaged: its header says (1000000000,) float32, but 8 bytes follow"},
      {"too_long.npy", "is damaged: its header says (2,) float32, but 9 bytes follow"},
      {"negative.npy", "has a malformed .npy header"},
      {"unknown_key.npy", "has a malformed .npy header"},
      {"repeated_key.npy", "has a malformed .npy header"},
      {"unclosed.npy", "has a malformed .npy header"},
      {"code.npy", "has a malformed .npy header"},
      {"rank.npy", "has more than 32 dimensions"},
      {"object.npz", "array `a` in `{}` is an array of Python objects, `O`; supported are"},
      {"text.npz", "is an array of strings, `U3`"},
      {"complex.npz", "is an array of complex numbers, `c8`"},
      {"half.npz", "is an array of a floating-point type other than float32 and float64, `f2`"},
      {"records.npz", "is a structured array; only plain numbers are supported"},
      {"twice.npz", "`{}` holds array `a` twice"},
      {"stranger.npz", "`{}` holds `readme.txt`, which is not a NumPy array"},
  };
  for (const Case &test : cases) {
    std::string message = text(readArrays(stored(test.name)));
    std::string expected = fmt::format(test.message, stored(test.name));
    EXPECT_NE(message.find(expected), std::string::npos) << message;
    EXPECT_NE(message.find(test.name), std::string::npos) << message;
  }
  for (const char *name : {"object.npz", "records.npz"}) {
    ArrayFile file = value(readArrays(stored(name), /*mayHoldForeign=*/true));
    ASSERT_EQ(file.foreign.size(), 1u);
    EXPECT_EQ(file.foreign[0].name, "a");
    EXPECT_EQ(file.foreign[0].problem, text(readArrays(stored(name))));
  }
  EXPECT_TRUE(value(readArrays(stored("empty.npz"))).arrays.empty());
  EXPECT_EQ(text(readArrays(path("none.npz"))),
            fmt::format("cannot read `{}`: No such file or directory", path("none.npz")));
  EXPECT_EQ(text(readArrays(folder.string())),
            fmt::format("cannot read `{}`: it is not an ordinary file", folder.string()));
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(text(readArrays(path("pipe"))),
            fmt::format("cannot read `{}`: it is not an ordinary file", path("pipe")));
  writeText("text", "hello");
  EXPECT_EQ(text(readArrays(path("text"))),
            fmt::format("`{}` is neither a .npz nor a .npy file", path("text")));
  writeText("nothing", "");
  EXPECT_EQ(text(readArrays(path("nothing"))), fmt::format("`{}` is empty", path("nothing")));
}

/// Reads `bytes` as a file; only that it ends and says something is checked.
void readDamaged(const std::string &path, const std::string &bytes) {
  // Writing over a file would wait for the disk, thousands of times.
  remove(path.c_str());
  FILE *file = fopen(path.c_str(), "wb");
  fwrite(bytes.data(), 1, bytes.size(), file);
  fclose(file);
  llvm::Expected<ArrayFile> arrays = readArrays(path);
  if (!arrays) {
    EXPECT_NE(text(arrays.takeError()), "");
  }
}

TEST_F(NpzTest, DamageInAnyByteDoesNotCrash) {
  for (const char *name : {"compressed.npz", "version2.npy", "orders.npz"}) {
    ArrayFile whole = value(readArrays(stored(name)));
    std::string bytes(std::filesystem::file_size(stored(name)), '\0');
    FILE *file = fopen(stored(name).c_str(), "rb");
    ASSERT_EQ(fread(bytes.data(), 1, bytes.size(), file), bytes.size());
    fclose(file);
    for (size_t length = 0; length < bytes.size(); ++length)
      readDamaged(path("cut"), bytes.substr(0, length));
    for (size_t at = 0; at < bytes.size(); ++at)
      for (int change : {1, 0x80, 0xff}) {
        std::string damaged = bytes;
        damaged[at] ^= change;
        readDamaged(path("damaged"), damaged);
      }
  }
}

/// A stored zip entry of `contents` whose headers claim `claimed` bytes.
std::string zipClaiming(const std::string &contents, uint32_t claimed) {
  auto number = [](uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i)
      text += static_cast<char>(value >> 8 * i);
    return text;
  };
  std::string sizes = number(0, 4) + number(contents.size(), 4) + number(claimed, 4);
  std::string local = "PK\x03\x04" + number(20, 2) + number(0, 2) + number(8, 2) + number(0, 4) +
                      sizes + number(5, 2) + number(0, 2) + "a.npy" + contents;
  std::string central = "PK\x01\x02" + number(20, 2) + number(20, 2) + number(0, 2) + number(8, 2) +
                        number(0, 4) + sizes + number(5, 2) + number(0, 16) + "a.npy";
  return local + central + "PK\x05\x06" + number(0, 4) + number(1, 2) + number(1, 2) +
         number(central.size(), 4) + number(local.size(), 4) + number(0, 2);
}

TEST_F(NpzTest, AnEntryThatClaimsMoreThanItHoldsTakesNoMemory) {
  // Deflated: one stored block with a header for 4 GB less a little, no elements.
  std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4294960000,), }";
  std::string npy = std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) +
                    std::string(1, '\0') + header;
  std::string size = {static_cast<char>(npy.size()), 0};
  std::string inverse = {static_cast<char>(~npy.size()), static_cast<char>(0xff)};
  writeText("bomb.npz", zipClaiming("\x01" + size + inverse + npy,
                                    static_cast<uint32_t>(4294960000u + npy.size())));
  std::string message = text(readArrays(path("bomb.npz")));
  EXPECT_TRUE(message.find("is cut off") != std::string::npos ||
              message.find("cannot be read") != std::string::npos ||
              message.find("more than this machine's memory") != std::string::npos)
      << message;
}

TEST_F(NpzTest, ATruncatedArchiveIsAnError) {
  ASSERT_EQ(text(writeArrays(path("a.npz"), {floats("a", {100}, std::vector<float>(100))})), "");
  std::string bytes = readText("a.npz");
  writeText("a.npz", bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(text(readArrays(path("a.npz"))).find("is a damaged zip archive"), std::string::npos);
  bytes[bytes.size() / 2] ^= 1; // an element: the checksum notices
  writeText("a.npz", bytes);
  EXPECT_NE(text(readArrays(path("a.npz"))).find("array `a`"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

template <typename T> Array arrayOf(ElementType type, std::vector<T> values) {
  Array array{"a", type, {static_cast<int64_t>(values.size())}, {}};
  array.bytes.resize(values.size() * sizeof(T));
  memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

TEST_F(NpzTest, ValuesThatDoNotSurviveAreErrors) {
  auto doubles = [](std::vector<double> values) { return arrayOf(ElementType::F64, values); };
  auto longs = [](std::vector<int64_t> values) { return arrayOf(ElementType::I64, values); };
  EXPECT_EQ(value(toFloats(doubles({0.1, 1e-300, INFINITY}), "x")),
            (std::vector<float>{0.1f, 0, INFINITY}));
  EXPECT_TRUE(std::isnan(value(toFloats(doubles({NAN}), "x"))[0]));
  EXPECT_EQ(text(toFloats(doubles({0, 1e300}), "`x`")),
            "`x`[1] is 1e+300, which float32 cannot hold");
  EXPECT_EQ(value(toFloats(longs({1 << 24, -(1 << 24)}), "x")),
            (std::vector<float>{16777216, -16777216}));
  EXPECT_EQ(text(toFloats(longs({(1 << 24) + 1}), "x")),
            "x[0] is 16777217, which float32 cannot hold");
  EXPECT_NE(text(toFloats(longs({INT64_MAX}), "x")), "");
  EXPECT_EQ(value(toFloats(longs({INT64_MIN}), "x"))[0], -9223372036854775808.0f);
  EXPECT_NE(text(toFloats(arrayOf<uint64_t>(ElementType::U64, {UINT64_MAX}), "x")), "");

  EXPECT_EQ(value(toInts(doubles({3, -4}), "x")), (std::vector<int32_t>{3, -4}));
  EXPECT_EQ(text(toInts(doubles({3, 0.5}), "x")), "x[1] is 0.5, which int32 cannot hold");
  EXPECT_EQ(text(toInts(longs({int64_t(1) << 31}), "x")),
            "x[0] is 2147483648, which int32 cannot hold");
  for (const Array &array : {doubles({NAN}), doubles({2147483648.0}), doubles({INFINITY}),
                             longs({INT64_MIN}), arrayOf<float>(ElementType::F32, {2147483648.0f}),
                             arrayOf<uint64_t>(ElementType::U64, {UINT64_MAX}),
                             arrayOf<uint32_t>(ElementType::U32, {UINT32_MAX})})
    EXPECT_NE(text(toInts(array, "x")), "");
  EXPECT_EQ(value(toInts(longs({INT32_MIN, INT32_MAX}), "x")),
            (std::vector<int32_t>{INT32_MIN, INT32_MAX}));
  EXPECT_EQ(text(toBools(longs({0, 1, 2}), "x")), "x[2] is 2, where only 0 and 1 have a meaning");
}

//===----------------------------------------------------------------------===//
// Writing that fails
//===----------------------------------------------------------------------===//

TEST_F(NpzTest, AFullDiskLeavesNothingAndKeepsTheOldFile) {
  ASSERT_EQ(text(writeArrays(path("a.npz"), {floats("a", {}, {1})})), "");
  std::string before = readText("a.npz");
  // A limit on file sizes fails writes as a full disk does.
  signal(SIGXFSZ, SIG_IGN);
  rlimit old, small;
  getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 10000;
  setrlimit(RLIMIT_FSIZE, &small);
  std::vector<Array> large = {floats("a", {10000}, std::vector<float>(10000, 1))};
  std::string npz = text(writeArrays(path("a.npz"), large));
  std::string npy = text(writeArrays(path("b.npy"), large));
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_NE(npz.find("cannot write `" + path("a.npz") + "`"), std::string::npos) << npz;
  EXPECT_NE(npz.find("File too large"), std::string::npos) << npz;
  EXPECT_NE(npy.find("File too large"), std::string::npos) << npy;
  EXPECT_EQ(files(), std::vector<std::string>{"a.npz"});
  EXPECT_EQ(readText("a.npz"), before);
}

TEST_F(NpzTest, OddDestinationsAreRefusedOrFollowed) {
  std::vector<Array> arrays = {floats("a", {}, {1})};
  EXPECT_EQ(text(writeArrays("/dev/full", arrays)),
            "cannot write `/dev/full`: it is not an ordinary file");
  EXPECT_EQ(text(writeArrays(folder.string(), arrays)),
            fmt::format("cannot write `{}`: it is a directory", folder.string()));
  EXPECT_EQ(text(writeArrays(path("no/where.npz"), arrays)),
            fmt::format("cannot write `{}`: No such file or directory", path("no/where.npz")));
  EXPECT_NE(text(writeArrays(path("none.npz"), {})), "");
  EXPECT_TRUE(files().empty());

  writeText("real.npz", "old");
  std::filesystem::create_symlink("real.npz", path("link.npz"));
  ASSERT_EQ(text(writeArrays(path("link.npz"), arrays)), "");
  EXPECT_TRUE(std::filesystem::is_symlink(path("link.npz")));
  EXPECT_EQ(value(readArrays(path("real.npz"))).arrays.size(), 1u);
}

TEST_F(NpzTest, APendingFileThatIsNotCommittedGoesAway) {
  {
    PendingFile file = value(PendingFile::create(path("out")));
    EXPECT_EQ(files().size(), 1u);
  }
  EXPECT_TRUE(files().empty());
}

} // namespace
