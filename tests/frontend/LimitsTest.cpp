//===- LimitsTest.cpp - Files that ask for too much -------------*- C++ -*-===//
//
// What computes for ever, takes all memory or is nested without end is answered by
// one diagnostic, soon: two seconds of processor time are allowed, a fraction of
// one is usual.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/syntax/Parser.h"
#include <ctime>
#include <gtest/gtest.h>

namespace rondo::test {
namespace {

std::string repeated(const std::string &text, unsigned count) {
  std::string result;
  for (unsigned i = 0; i < count; ++i)
    result += text;
  return result;
}

struct Excess {
  const char *name;
  std::string text;
  /// The code that answers.
  const char *code;
};

constexpr unsigned many = 100'000;

const Excess excesses[] = {
    {"LongLoop", "for i in range(10**9): pass\n", "step-limit"},
    {"EndlessLoop", "while True: pass\n", "step-limit"},
    {"LongSum", "sum(range(10**9))\n", "step-limit"},
    {"LongList", "list(range(10**9))\n", "step-limit"},
    {"LongGenerator", "sum(x for x in range(10**9))\n", "step-limit"},
    {"EndlessIterator", "import itertools\nlist(itertools.count())\n", "step-limit"},
    {"EndlessCycle", "import itertools\nlist(itertools.cycle([1, 2]))\n", "step-limit"},
    {"LongProduct", "import itertools\nlist(itertools.product(range(100), repeat=20))\n",
     "memory-limit"},
    {"LongPermutations", "import itertools\nlist(itertools.permutations(range(20)))\n",
     "step-limit"},
    {"LongComprehension",
     "[[[k for k in range(10**4)] for j in range(10**4)] for i in range(10**4)]\n", "step-limit"},
    {"LongSearch", "10**9 - 1 in map(lambda x: x, range(10**9))\n", "step-limit"},
    {"GrowingList", "a = [1]\nfor x in a: a.append(x)\n", "step-limit"},
    {"ManyComparisons", "a = [0] * 10**6\nwhile a == a[:]: pass\n", "step-limit"},
    {"LongText", "\"a\" * 10**10\n", "memory-limit"},
    {"LongRepetition", "[0] * 10**10\n", "memory-limit"},
    {"HugeRepetition", "[0] * 10**30\n", "memory-limit"},
    {"DoubledText", "t = \"ab\"\nfor i in range(60): t = t + t\n", "memory-limit"},
    {"DoubledList", "t = [1, 2]\nfor i in range(60): t += t\n", "step-limit"},
    {"WideFormat", "f\"{1:{10**9}d}\"\n", "memory-limit"},
    {"WidePercent", "\"%999999999d\" % 1\n", "value-mismatch"},
    {"WideJustification", "\"a\".ljust(10**12)\n", "memory-limit"},
    {"WideZeros", "\"a\".zfill(10**12)\n", "memory-limit"},
    {"ReplacedText", "t = \"a\" * 10**7\nt.replace(\"a\", t)\n", "memory-limit"},
    {"SharedLists", "a = 1\nfor i in range(48): a = [a, a]\nprint(a)\n", "memory-limit"},
    {"HugePower", "10**10**10\n", "memory-limit"},
    {"HugeShift", "1 << 10**12\n", "memory-limit"},
    {"HugeFactorial", "import math\nmath.factorial(10**6)\n", "memory-limit"},
    {"SquaredInteger", "x = 3\nfor i in range(99): x = x * x\n", "memory-limit"},
    {"LongDigits", "print(10**5000)\n", "memory-limit"},
    {"ShiftedList", "a = list(range(10**6))\nwhile True: a.insert(0, a.pop())\n", "step-limit"},
    {"ReversedList", "a = list(range(10**6))\nwhile True: a.reverse()\n", "step-limit"},
    {"WrittenList", "a = list(range(10**5))\nwhile True: f\"{a}\"\n", "step-limit"},
    {"SearchedText", "a, b = \"a\" * 10**6, \"a\" * 10**5 + \"b\"\nwhile True: a.find(b), b in a\n",
     "step-limit"},
    {"ComparedTexts", "a, b = \"a\" * 10**7, \"a\" * 10**7\nwhile a == b: pass\n", "step-limit"},
    {"QuestionedText", "a = \"1\" * 10**6\nwhile a.isdigit(): pass\n", "step-limit"},
    {"EmptiedDict",
     "d = dict.fromkeys(range(10**5))\nwhile d:\n  for k in d: break\n  d[k + 10**5] = d.pop(k)\n",
     "step-limit"},
    {"LongPermutation", "import itertools\nnext(itertools.permutations(range(10**5)))\n",
     "step-limit"},
    {"LargeArray", "import numpy as np\nnp.zeros((10**5, 10**5))\n", "memory-limit"},
    {"ManyArrays", "import numpy as np\na = np.ones(10**6)\nfor i in range(99): a = a + 1\n",
     "memory-limit"},
    {"DeepRecursion", "def f(n): return 1 + f(n + 1)\nf(0)\n", "recursion-limit"},
    {"DeepLambdas", "f = lambda n: f(n + 1)\nf(0)\n", "recursion-limit"},
    {"DeepMaps", "def f(n): return list(map(f, [n]))\nf(0)\n", "recursion-limit"},
    {"DeepSort", "def f(n): return sorted([1], key=f)\nf(0)\n", "recursion-limit"},
    {"NestedParentheses", repeated("(", many) + repeated(")", many) + "\n", "nested-too-deeply"},
    {"NestedLists", repeated("[", many) + repeated("]", many) + "\n", "nested-too-deeply"},
    {"NestedDicts", repeated("{1:", many) + "1" + repeated("}", many) + "\n", "nested-too-deeply"},
    {"NestedCalls", repeated("f(", many) + repeated(")", many) + "\n", "nested-too-deeply"},
    {"NestedSubscripts", repeated("a[", many) + "0" + repeated("]", many) + "\n",
     "nested-too-deeply"},
    {"ManyMinuses", repeated("-", many) + "1\n", "nested-too-deeply"},
    {"ManyNots", repeated("not ", many) + "1\n", "nested-too-deeply"},
    {"ManyLambdas", repeated("lambda: ", many) + "1\n", "nested-too-deeply"},
    {"ManyConditionals", repeated("1 if 1 else ", many) + "1\n", "nested-too-deeply"},
    {"ManyPowers", repeated("1 ** ", many) + "1\n", "nested-too-deeply"},
    {"ManySums", repeated("1 + ", many) + "1\n", "nested-too-deeply"},
    {"ManyAttributes", "x" + repeated(".a", many) + "\n", "nested-too-deeply"},
    {"ManyCalls", "x" + repeated("()", many) + "\n", "nested-too-deeply"},
    {"ManyBlocks",
     [] {
       std::string text;
       for (unsigned i = 0; i < 1000; ++i)
         text += std::string(i, ' ') + "if 1:\n";
       return text + std::string(1000, ' ') + "pass\n";
     }(),
     "nested-too-deeply"},
    {"ManyFStrings", repeated("f'{", 1000) + "1" + repeated("}'", 1000) + "\n",
     "nested-too-deeply"},
    {"LongLine", std::string((4 << 20) - 16, 'x') + "\n", "undefined-name"},
    {"LongFile", repeated("x = 1\n", 700'000), "file-too-large"},
};

std::vector<std::string> codesFor(const std::string &text, double &seconds) {
  std::clock_t start = std::clock();
  diagnostics::Engine engine;
  auto tree = syntax::parse(engine.addFile("model.py", text), engine);
  if (!engine.hasErrors()) {
    eval::Interpreter interpreter(engine);
    interpreter.run(*tree, /*evaluateMain=*/false);
  }
  std::vector<std::string> codes;
  for (const diagnostics::Diagnostic *diagnostic : engine.sorted())
    codes.push_back(diagnostics::codeName(diagnostic->code).str());
  engine.render();
  seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
  return codes;
}

class Limits : public testing::TestWithParam<Excess> {};

TEST_P(Limits, AreAnsweredSoon) {
  double seconds = 0;
  std::vector<std::string> codes = codesFor(GetParam().text, seconds);
  ASSERT_FALSE(codes.empty());
  EXPECT_EQ(codes.front(), GetParam().code);
  EXPECT_EQ(codes.size(), 1u) << codes.back();
  EXPECT_LT(seconds, 2.0);
}

INSTANTIATE_TEST_SUITE_P(Excesses, Limits, testing::ValuesIn(excesses),
                         [](const auto &info) { return info.param.name; });

TEST(Flat, ChainsHaveAnyLength) {
  std::string elifs = "x = 5\nif x == 0: y = 0\n";
  for (unsigned i = 0; i < many; ++i)
    elifs += "elif x == 0: y = 1\n";
  const std::string texts[] = {
      elifs + "else: y = 2\n",
      "x = " + repeated("1 and ", many) + "1\n",
      "x = " + repeated("0 or ", many) + "1\n",
      "x = 1 " + repeated("< 2 ", 1) + repeated("== 2 ", many) + "\n",
      "x = (" + repeated("'a' ", many) + ")\n",
      "x = [" + repeated("1, ", many) + "]\n",
      "x = 1" + repeated("\nx += 1", many) + "\n",
      repeated("x = ", 1000) + "1\n",
  };
  for (const std::string &text : texts) {
    double seconds = 0;
    std::vector<std::string> codes = codesFor(text, seconds);
    EXPECT_TRUE(codes.empty()) << codes.front() << ": " << text.substr(0, 40);
    EXPECT_LT(seconds, 2.0) << text.substr(0, 40);
  }
}

TEST(Work, IsThatOfTheFileItself) {
  double seconds = 0;
  eval::countWork(4'999'999); // as comparisons behind the end of another file leave it
  EXPECT_TRUE(codesFor("for i in range(9): pass\n", seconds).empty());
}

} // namespace
} // namespace rondo::test
