//===- ParserTest.cpp - Text to syntax trees --------------------*- C++ -*-===//
//
// What a piece of text means, which text a node covers, and how the parser takes
// extreme input.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Parser.h"
#include "Dump.h"
#include "frontend/syntax/Lexer.h"
#include <gtest/gtest.h>

using llvm::cast;

namespace rondo::test {

using diagnostics::Engine;

/// The dump of a program, or the diagnostics if it has any.
static std::string parse(const std::string &text) {
  Engine engine;
  auto module = syntax::parse(engine.addFile("test.py", text), engine);
  return engine.hasErrors() ? engine.render() : dump(module->body);
}

/// A parsed statement with what it points into.
class Parsed {
public:
  explicit Parsed(const std::string &text)
      : module(syntax::parse(engine.addFile("test.py", text), engine)) {
    EXPECT_EQ(engine.render(), "");
  }
  template <typename Node> const Node &statement(size_t index = 0) const {
    return cast<Node>(*module->body.at(index));
  }
  /// The value of the first statement, an expression.
  template <typename Node> const Node &expression() const {
    return cast<Node>(*statement<ast::ExprStmt>().value);
  }

private:
  Engine engine;
  std::unique_ptr<ast::Module> module;
};

TEST(Parser, BindsOperatorsAsPython) {
  EXPECT_EQ(parse("a + b * c"), "(+ a (* b c))\n");
  EXPECT_EQ(parse("a - b - c"), "(- (- a b) c)\n");
  EXPECT_EQ(parse("-a ** -b ** c"), "(- (** a (- (** b c))))\n");
  EXPECT_EQ(parse("a | b ^ c & d << e + f @ g"), "(| a (^ b (& c (<< d (+ e (@ f g))))))\n");
  EXPECT_EQ(parse("not a == b and c or d"), "(or (and (not (compare a == b)) c) d)\n");
  EXPECT_EQ(parse("a if b else c if d else e"), "(if b a (if d c e))\n");
  EXPECT_EQ(parse("lambda: a if b else c"), "(lambda () (if b a c))\n");
  EXPECT_EQ(parse("(a + b) * c"), "(* (+ a b) c)\n");
}

TEST(Parser, ChainsComparisons) {
  EXPECT_EQ(parse("a < b <= c != d"), "(compare a < b <= c != d)\n");
  EXPECT_EQ(parse("a not in b is not c in d is e"), "(compare a not in b is not c in d is e)\n");
}

TEST(Parser, ReadsNumbers) {
  EXPECT_EQ(parse("0x_ff, 0b11, 0o17, 1_000, 00"), "(tuple 255 3 15 1000 0)\n");
  EXPECT_EQ(parse("9223372036854775807, 9223372036854775808"),
            "(tuple 9223372036854775807 overflow)\n");
  EXPECT_EQ(parse("1., .5, 1e3, 1_0.2_5e-1, 1e400"),
            "(tuple 1f 0.5f 1000f 1.0249999999999999f inff)\n");
}

TEST(Parser, ReadsStrings) {
  EXPECT_EQ(parse(R"('a' "b" r'\n')"), "\"ab\\x5cn\"\n");
  EXPECT_EQ(parse(R"('\n\x41\u00e9\101\N{BULLET}\q\
z')"),
            "\"\\x0aAéA•\\x5cqz\"\n");
  EXPECT_EQ(parse("'''a\r\nb'''"), "\"a\\x0ab\"\n");
  EXPECT_EQ(parse("u'a' R'\\''"), "\"a\\x5c'\"\n");
}

TEST(Parser, ReadsFStrings) {
  EXPECT_EQ(parse("f'a{b}c' 'd'"), "(f \"a\" {b} \"cd\")\n");
  EXPECT_EQ(parse("'a' f'{b!r:>{w}.2f}'"), "(f \"a\" {b!r:(f \">\" {w} \".2f\")})\n");
  EXPECT_EQ(parse("f'{x = }{y=:.3f}{{'"), "(f \"x = \" {x!r} \"y=\" {y:\".3f\"} \"{\")\n");
  EXPECT_EQ(parse("f'{a, *b}{d[\"k\"]:{{}}}'"), "(f {(tuple a *b)} {d[\"k\"]:(f {(dict)})})\n");
  EXPECT_EQ(parse("f'{(lambda x: x)(1)}'"), "(f {(call (lambda (x) x) 1)})\n");
  EXPECT_EQ(parse("f''"), "(f)\n");
  EXPECT_EQ(parse("rf'\\{x}'"), "(f \"\\x5c\" {x})\n");
}

TEST(Parser, ReadsDisplaysAndComprehensions) {
  EXPECT_EQ(parse("[], (), {}, [1,], (1,), {1, *a}, {1: 2, **b}"),
            "(tuple (list) (tuple) (dict) (list 1) (tuple 1) (set 1 *a) (dict 1:2 **b))\n");
  EXPECT_EQ(parse("[x for x, y in z if x if y for w in x]"),
            "(listcomp x for (tuple x y) in z if x if y for w in x)\n");
  EXPECT_EQ(parse("{k: v for k, v in d}, {s for s in t}, (g for g in h)"),
            "(tuple (dictcomp k:v for (tuple k v) in d) (setcomp s for s in t) "
            "(generator g for g in h))\n");
}

TEST(Parser, ReadsCallsAndSubscripts) {
  EXPECT_EQ(parse("f(a, *b, c=d, **e)(x for x in y)"),
            "(call (call f a *b c=d **e) (generator x for x in y))\n");
  EXPECT_EQ(
      parse("h[:, -1, :], x[1:2:3], y[...], z[::2, None], w[a:]"),
      "(tuple h[(tuple _:_:_ (- 1) _:_:_)] x[1:2:3] y[...] z[(tuple _:_:2 None)] w[a:_:_])\n");
  EXPECT_EQ(parse("keras.layers.LSTM(64)(x).shape[0]"),
            "(call (call keras.layers.LSTM 64) x).shape[0]\n");
}

TEST(Parser, ReadsParameters) {
  EXPECT_EQ(parse("def f(a, /, b: int, c=1, *args, d, e=2, **kw) -> x: pass"),
            "def f (@) (/a b c=1 *args @d @e=2 **kw){\npass\n}\n");
  EXPECT_EQ(parse("lambda *, a, b=1: a"), "(lambda (@a @b=1) a)\n");
  EXPECT_EQ(parse("lambda x, y=(1, 2): x"), "(lambda (x y=(tuple 1 2)) x)\n");
}

TEST(Parser, ReadsAssignments) {
  EXPECT_EQ(parse("a = b, *c = d.e = f[0] = 1, 2"), "(= a (tuple b *c) d.e f[0]) (tuple 1 2)\n");
  EXPECT_EQ(parse("(a, [b, *c]) = d"), "(= (tuple a (list b *c))) d\n");
  EXPECT_EQ(parse("x: int = 3\ny: float\nz @= w"), "(= x) 3\npass\nz @= w\n");
}

TEST(Parser, ReadsImports) {
  EXPECT_EQ(parse("import keras, keras.ops as ops"), "import keras keras.ops=ops\n");
  EXPECT_EQ(parse("from keras.layers import (LSTM as L, Dense,)"),
            "from keras.layers import LSTM=L Dense\n");
  EXPECT_EQ(parse("from keras import *\nfrom ...a import b\nfrom . import c"),
            "from keras import *\nfrom ...a import b\nfrom . import c\n");
}

TEST(Parser, ReadsBlocks) {
  EXPECT_EQ(parse("if a: b; c\nelif d:\n  e\nelse:\n  f\n"),
            "if a {\nb\nc\n} else if d {\ne\n} else {\nf\n}\n");
  EXPECT_EQ(parse("for i, j in x:\n  continue\nelse:\n  pass\nwhile a: break"),
            "for (tuple i j) in x {\ncontinue\n} else {\npass\n}\nwhile a {\nbreak\n} else {\n}\n");
  EXPECT_EQ(parse("@d.e(1)\ndef f():\n  global g, h\n  return\n"),
            "def f (@ (call d.e 1)) (){\nglobal g h\nreturn _\n}\n");
  EXPECT_EQ(parse("class C(B, m=1):\n  x = 1\n"), "class C (@) B m=1{\n(= x) 1\n}\n");
  EXPECT_EQ(parse("with (a as b, c): pass\nwith d, (e): pass"),
            "with a as b c as _{\npass\n}\nwith d as _ e as _{\npass\n}\n");
  EXPECT_EQ(parse("try:\n  a\nexcept B as c:\n  d\nexcept:\n  e\nelse:\n  f\nfinally:\n  g\n"),
            "try {\na\n} except B c{\nd\n} except _ {\ne\n} else {\nf\n} finally {\ng\n}\n");
  EXPECT_EQ(parse("assert a, b\nraise c from d\ndel e, f[0]\nraise"),
            "assert a b\nraise c from d\n(del e f[0])\nraise _ from _\n");
}

//===----------------------------------------------------------------------===//
// Places: the text under the range
//===----------------------------------------------------------------------===//

TEST(Places, OperatorsCoverTheParenthesesOfTheirOperands) {
  Parsed parsed("z = 1\n((a + b) * c[0])\n");
  const auto &product = cast<ast::Binary>(*parsed.statement<ast::ExprStmt>(1).value);
  EXPECT_EQ(product.range.text(), "(a + b) * c[0]");
  EXPECT_EQ(product.opRange.text(), "*");
  EXPECT_EQ(product.left->range.text(), "a + b");
  EXPECT_EQ(product.right->range.text(), "c[0]");
}

TEST(Places, CallsKnowTheirArguments) {
  Parsed parsed("keras.Dense(64, activation='tanh', **o)");
  const auto &call = parsed.expression<ast::Call>();
  EXPECT_EQ(call.range.text(), "keras.Dense(64, activation='tanh', **o)");
  EXPECT_EQ(call.callee->range.text(), "keras.Dense");
  EXPECT_EQ(cast<ast::Attribute>(*call.callee).nameRange.text(), "Dense");
  EXPECT_EQ(call.argumentsRange.text(), "(64, activation='tanh', **o)");
  EXPECT_EQ(call.arguments[1].keywordRange.text(), "activation");
  EXPECT_EQ(call.arguments[1].range.text(), "activation='tanh'");
  EXPECT_EQ(call.arguments[1].value->range.text(), "'tanh'");
  EXPECT_EQ(call.arguments[2].range.text(), "**o");
}

TEST(Places, SequencesCoverTheirBrackets) {
  Parsed parsed("x[1:2, ...], (a, b), {1: 2}, 'a' 'b', lambda x: x");
  const auto &elements = parsed.expression<ast::Tuple>().elements;
  EXPECT_EQ(cast<ast::Subscript>(*elements[0]).index->range.text(), "1:2, ...");
  EXPECT_EQ(elements[1]->range.text(), "(a, b)");
  EXPECT_EQ(elements[2]->range.text(), "{1: 2}");
  EXPECT_EQ(elements[3]->range.text(), "'a' 'b'");
  EXPECT_EQ(elements[4]->range.text(), "lambda x: x");
}

TEST(Places, FieldsOfFStringsPointIntoTheFile) {
  Parsed parsed("f'units = {units + 1:>{width}}'");
  const auto &part = parsed.expression<ast::FString>().parts[0];
  EXPECT_EQ(part.value->range.text(), "units + 1");
  EXPECT_EQ(cast<ast::FString>(*part.format).parts[0].value->range.text(), "width");
}

TEST(Places, StatementsEndWithTheirLastWord) {
  Parsed parsed("if a:  # why\n    b\n\n# comment\nc = 1  # how\nimport d.e as f\n");
  EXPECT_EQ(parsed.statement<ast::If>().range.text(), "if a:  # why\n    b");
  EXPECT_EQ(parsed.statement<ast::If>().headRange.text(), "if a");
  EXPECT_EQ(parsed.statement<ast::Assign>(1).range.text(), "c = 1");
  EXPECT_EQ(parsed.statement<ast::Import>(2).names[0].nameRange.text(), "d.e");
  EXPECT_EQ(parsed.statement<ast::Import>(2).names[0].aliasRange.text(), "f");
}

TEST(Places, DefinitionsKnowTheirNames) {
  Parsed parsed("@d\ndef f(a, *b, c=1):\n  return a\n");
  const auto &def = parsed.statement<ast::FunctionDef>();
  EXPECT_EQ(def.nameRange.text(), "f");
  EXPECT_EQ(def.headRange.text(), "def f(a, *b, c=1)");
  EXPECT_EQ(def.parameters[1].range.text(), "b");
  EXPECT_EQ(def.parameters[2].defaultValue->range.text(), "1");
}

//===----------------------------------------------------------------------===//
// Errors and extremes
//===----------------------------------------------------------------------===//

TEST(Recovery, SoundStatementsSurviveBrokenNeighbours) {
  Engine engine;
  auto module = syntax::parse(
      engine.addFile("test.py", "a = 1\nb = = 2\nif c = d:\n  e\nf = 3\ng = (\n"), engine);
  EXPECT_EQ(engine.errorCount(), 3u);
  EXPECT_EQ(dump(module->body), "(= a) 1\n(= f) 3\n");
}

TEST(Recovery, GivesUpAfterAHundredErrors) {
  Engine engine;
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "x = = 1\n";
  syntax::parse(engine.addFile("test.py", text), engine);
  EXPECT_EQ(engine.errorCount(), syntax::maxSyntaxErrors);
}

static std::string repeated(const std::string &text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i)
    result += text;
  return result;
}

/// Parses text that must give exactly one error, and returns its code.
static std::string onlyError(const std::string &text) {
  Engine engine;
  syntax::parse(engine.addFile("test.py", text), engine);
  EXPECT_EQ(engine.errorCount(), 1u) << engine.render({false, 3});
  return engine.sorted().empty() ? "" : codeName(engine.sorted().front()->code).str();
}

TEST(Extremes, NestingHasALimitInsteadOfAStackOverflow) {
  constexpr size_t many = 100000;
  EXPECT_EQ(onlyError("x = " + repeated("(", many) + "1" + repeated(")", many)),
            "nested-too-deeply");
  EXPECT_EQ(onlyError("x = " + repeated("[", many)), "unclosed-bracket");
  EXPECT_EQ(onlyError("x = " + repeated("{0:", many) + "1" + repeated("}", many)),
            "nested-too-deeply");
  EXPECT_EQ(onlyError("x = " + repeated("f(", many) + repeated(")", many)), "nested-too-deeply");
  EXPECT_EQ(onlyError("x = " + repeated("not ", many) + "1"), "nested-too-deeply");
  EXPECT_EQ(onlyError("x = " + repeated("-", many) + "1"), "nested-too-deeply");
  EXPECT_EQ(onlyError("x = " + repeated("2 ** ", many) + "1"), "nested-too-deeply");
  EXPECT_EQ(onlyError("x = " + repeated("lambda: ", many) + "1"), "nested-too-deeply");
  EXPECT_EQ(onlyError("x = " + repeated("1 if a else ", many) + "1"), "nested-too-deeply");
  EXPECT_EQ(onlyError("x = " + repeated("1 + ", many) + "1"), "nested-too-deeply");
  EXPECT_EQ(onlyError("x = a" + repeated(".b", many)), "nested-too-deeply");
  EXPECT_EQ(onlyError("x = a" + repeated("()", many)), "nested-too-deeply");
  EXPECT_EQ(onlyError("x = " + repeated("f'{", many) + "1" + repeated("}'", many)),
            "nested-too-deeply");
  EXPECT_EQ(onlyError("x = f'{a:" + repeated("{a:", many) + repeated("}", many) + "}'"),
            "nested-too-deeply");
}

TEST(Extremes, BlocksHaveALimit) {
  std::string text;
  for (size_t depth = 0; depth < 1000; ++depth)
    text += std::string(depth, ' ') + "if x:\n";
  EXPECT_EQ(onlyError(text + std::string(1000, ' ') + "pass\n"), "nested-too-deeply");
}

TEST(Extremes, LongFlatChainsAreFine) {
  constexpr size_t many = 20000;
  for (const char *link : {" and 1", " or 1", " < 1", ", 1", " 'a'"})
    EXPECT_EQ(parse("x = 'b'" + repeated(link, many)).substr(0, 5), "(= x)") << link;
  EXPECT_EQ(parse("if a: b\n" + repeated("elif c: d\n", many)).substr(0, 2), "if");
  EXPECT_EQ(parse("x = f(" + repeated("a, ", many) + ")").substr(0, 5), "(= x)");
}

TEST(Extremes, TheSizeOfAFileHasALimit) {
  EXPECT_EQ(onlyError(std::string(diagnostics::maxFileBytes + 1, ' ')), "file-too-large");
  EXPECT_EQ(parse(std::string(diagnostics::maxFileBytes, '\n')), "");
}

TEST(Extremes, GarbageIsReadInLinearTime) {
  constexpr size_t many = 300000;
  for (const char *text :
       {"(",       "]",        "([{",  "(]",      "\"",      "\"\"\"a\n", "f'{",
        "f'''{\n", "\\",       "\\\n", "x = (\n", "\t \n x", "@",         "$",
        "with (",  "def f(\n", "{x:",  "1e",      "\r",      "#",         "'\\"}) {
    Engine engine;
    syntax::parse(engine.addFile("test.py", repeated(text, many)), engine);
    EXPECT_LE(engine.errorCount(), syntax::maxSyntaxErrors + 2) << text;
  }
}

} // namespace rondo::test
