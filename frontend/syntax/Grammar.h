//===- Grammar.h - The recursive-descent parser -----------------*- C++ -*-===//
//
// Private to this folder. A parsing function either returns its node or reports
// one error and returns null (or false); the failure travels up to the statement,
// which skips to the next line. Expressions are in Expressions.cpp, statements in
// Statements.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_SYNTAX_GRAMMAR_H
#define RONDO_FRONTEND_SYNTAX_GRAMMAR_H

#include "frontend/syntax/AST.h"
#include "frontend/syntax/Lexer.h"

namespace rondo::syntax {

/// What a parsing function returns after it has reported an error.
struct Failure {
  operator bool() const { return false; }
  template <typename T> operator std::unique_ptr<T>() const { return nullptr; }
};

class Grammar {
public:
  Grammar(const diagnostics::SourceFile &file, diagnostics::Engine &engine,
          std::vector<Token> tokens, size_t errorLimit)
      : file(file), engine(engine), tokens(std::move(tokens)), errorLimit(errorLimit) {}

  std::unique_ptr<ast::Module> module();

private:
  using ExprPtr = ast::ExprPtr;
  using StmtPtr = ast::StmtPtr;
  using SourceRange = ast::SourceRange;
  using Code = diagnostics::Code;

  /// Counts how deep the parser's own recursion is.
  class Nesting {
  public:
    explicit Nesting(Grammar &grammar) : grammar(grammar) { ++grammar.nesting; }
    ~Nesting() { --grammar.nesting; }
    bool isTooDeep() const { return grammar.nesting > maxNesting; }

  private:
    static constexpr unsigned maxNesting = 200;
    Grammar &grammar;
  };

  //===--------------------------------------------------------------------===//
  // Tokens and errors
  //===--------------------------------------------------------------------===//

  const Token &current() const { return tokens[position]; }
  const Token &peek() const { return tokens[std::min(position + 1, tokens.size() - 1)]; }
  uint32_t offset() const { return current().range.begin; }
  /// From `begin` to the end of the last token that was taken.
  SourceRange since(uint32_t begin) const;
  static SourceRange lastCharacter(SourceRange range);
  bool at(Token::Kind kind) const { return current().kind == kind; }
  /// Whether the current token is this keyword or operator.
  bool at(llvm::StringRef spelling) const { return is(current(), spelling); }
  static bool is(const Token &token, llvm::StringRef spelling);
  bool atLineEnd() const { return at(Token::Kind::Newline) || at(Token::Kind::EndOfFile); }
  bool accept(llvm::StringRef spelling);
  bool startsExpression() const;
  /// Whether the token before this one ends a value.
  bool followsValue() const;
  Token take();

  /// Reports unless the lexer already reported something about this line.
  template <typename... Args>
  diagnostics::Diagnostic &error(Code code, SourceRange range, fmt::format_string<Args...> format,
                                 Args &&...args) {
    if (!lineIsBroken())
      return engine.report(code, range, format, std::forward<Args>(args)...);
    return ignored.emplace(code, range, "");
  }
  bool lineIsBroken() const;
  /// The current token stands where something else, `expected`, should.
  Failure unexpected(llvm::StringRef expected);
  /// Python that model files do not use, and the way around it.
  Failure unsupported(SourceRange range, llvm::StringRef construct, llvm::StringRef mend);
  Failure tooDeep(SourceRange range);
  void addHint(diagnostics::Diagnostic &diagnostic) const;
  /// For a name and a value side by side at the start of a statement: reports the
  /// name where it was most likely meant to be a keyword.
  bool reportFirstWord();
  bool expect(llvm::StringRef spelling);
  /// Closes a bracket after a list of something.
  bool expectClosing(llvm::StringRef bracket);
  /// Takes a name; `role` says what for.
  bool expectName(llvm::StringRef role, std::string &name, SourceRange &range);

  //===--------------------------------------------------------------------===//
  // Expressions
  //===--------------------------------------------------------------------===//

  /// A conditional, lambda, or anything that binds tighter.
  ExprPtr expression();
  /// The same, or `name := value`.
  ExprPtr namedExpression();
  ExprPtr starredOrExpression();
  /// What stands between brackets: starred, named or plain.
  ExprPtr element();
  /// One expression, or a tuple without parentheses.
  ExprPtr expressionList();
  /// A tuple without brackets, from the comma after `first` on. `element` parses
  /// one more, `more` tells whether one follows the comma.
  template <typename Element, typename More>
  ExprPtr tuple(uint32_t begin, ExprPtr first, Element element, More more);
  ExprPtr disjunction();
  ExprPtr conjunction();
  ExprPtr boolOp(llvm::StringRef spelling, ExprPtr (Grammar::*operand)());
  ExprPtr inversion();
  ExprPtr comparison();
  ExprPtr binary(int minimumPrecedence = 0);
  ExprPtr unary();
  ExprPtr power();
  ExprPtr primary();
  ExprPtr atom();
  ExprPtr lambda();
  ExprPtr number();
  ExprPtr strings();
  ExprPtr parenthesized();
  ExprPtr list();
  ExprPtr dictOrSet();
  ExprPtr dict(uint32_t begin, ExprPtr key);
  /// Elements up to the closing bracket, after `first`.
  bool elements(std::vector<ExprPtr> &result, ExprPtr first, ast::Expr &parent);
  ExprPtr comprehension(uint32_t begin, ast::Comprehension::Form form, ExprPtr key,
                        ExprPtr element);
  ExprPtr call(uint32_t begin, ExprPtr callee);
  ExprPtr subscript(uint32_t begin, ExprPtr object);
  ExprPtr subscriptIndex();
  ExprPtr sliceOrExpression();
  bool arguments(std::vector<ast::Argument> &result);
  bool parameters(std::vector<ast::Parameter> &result, llvm::StringRef close, bool haveAnnotations);

  using FStringParts = std::vector<ast::FString::Part>;
  bool fstring(FStringParts &parts, std::string &literal);
  bool fstringField(FStringParts &parts, std::string &literal, bool isRaw);
  ExprPtr fstringFormat(uint32_t begin, bool isRaw);
  ExprPtr makeFString(uint32_t begin, FStringParts parts, std::string literal);

  /// Targets of `for`, up to `in`.
  ExprPtr targetList();
  /// Whether something can be assigned to; reports if not. `action` is a verb
  /// phrase such as "assign to".
  bool checkTarget(const ast::Expr &target, llvm::StringRef action, bool isElement = false);

  static void adopt(ast::Expr &parent, const ExprPtr &child);
  /// The finished node, unless the tree became too deep.
  ExprPtr checked(ExprPtr expr);

  //===--------------------------------------------------------------------===//
  // Statements
  //===--------------------------------------------------------------------===//

  void statement(ast::Block &block);
  void simpleStatements(ast::Block &block);
  StmtPtr compoundStatement();
  StmtPtr simpleStatement();
  StmtPtr expressionStatement();
  StmtPtr augmentedAssignment(uint32_t begin, ExprPtr target);
  StmtPtr annotation(uint32_t begin, ExprPtr target);
  StmtPtr importStatement();
  StmtPtr importFrom();
  bool importedName(ast::ImportedName &name, bool isDotted);
  bool dottedName(std::string &name, SourceRange &range);
  StmtPtr assertStatement();
  StmtPtr raiseStatement();
  StmtPtr deleteStatement();
  StmtPtr returnStatement();
  StmtPtr yieldStatement();
  template <typename Node> StmtPtr jump();
  template <typename Node> StmtPtr nameDeclaration();
  StmtPtr ifStatement();
  StmtPtr forStatement();
  StmtPtr whileStatement();
  StmtPtr withStatement();
  StmtPtr tryStatement();
  StmtPtr decorated();
  StmtPtr functionDef(uint32_t begin, std::vector<ExprPtr> decorators);
  StmtPtr classDef(uint32_t begin, std::vector<ExprPtr> decorators);

  /// `: block` after the header that starts at `begin`; the statement is given up
  /// only where the colon is missing in the middle of the line.
  bool suite(ast::Block &block, uint32_t begin);
  bool loopSuite(ast::Block &block, uint32_t begin);
  bool elseSuite(ast::Block &block);
  void indentedBlock(ast::Block &block);
  /// Goes on behind a statement that was given up, and behind its blocks.
  void recover();
  void skipLine();
  void skipBlock();

  const diagnostics::SourceFile &file;
  diagnostics::Engine &engine;
  std::vector<Token> tokens;
  /// Errors of the engine at which the parser gives up.
  size_t errorLimit;
  size_t position = 0;
  /// The first token of the current statement.
  size_t statementStart = 0;
  unsigned nesting = 0;
  unsigned blockDepth = 0;
  unsigned functionDepth = 0;
  unsigned loopDepth = 0;
  /// Whether the block of the statement being given up is skipped unread.
  bool skipsBlock = false;
  /// Whether the lines of a block may still come, without the indentation that was missed
  /// at its header: what they do is judged there.
  bool missesIndent = false;
  /// Where diagnostics about broken lines go.
  std::optional<diagnostics::Diagnostic> ignored;
};

} // namespace rondo::syntax

#endif // RONDO_FRONTEND_SYNTAX_GRAMMAR_H
