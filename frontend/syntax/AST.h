//===- AST.h - The syntax tree of a model file ------------------*- C++ -*-===//
//
// Plain owning nodes, each with its place. Use llvm::isa, cast and dyn_cast, or
// switch over `kind`. The tree is at most maxExpressionDepth and maxBlockDepth
// deep (the parser refuses more), so recursive walks are safe; chains that people
// write long (elif, and/or, comparisons, joined strings) are flat lists.
//
// Decorators, with, try and class are in the tree although model files do not
// use them: whoever evaluates them says so, and where a training script is only
// skimmed nobody has to.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_SYNTAX_AST_H
#define RONDO_FRONTEND_SYNTAX_AST_H

#include "frontend/diagnostics/Diagnostics.h"
#include "llvm/Support/Casting.h"

namespace rondo::ast {

using diagnostics::SourceRange;

constexpr unsigned maxExpressionDepth = 400;
constexpr unsigned maxBlockDepth = 60;

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

struct Expr {
  enum class Kind {
    Name,
    Int,
    Float,
    String,
    FString,
    Bool,
    None,
    Ellipsis,
    List,
    Tuple,
    Set,
    Dict,
    Comprehension,
    Unary,
    Binary,
    BoolOp,
    Compare,
    Conditional,
    Named,
    Lambda,
    Call,
    Attribute,
    Subscript,
    Slice,
    Starred,
  };

  const Kind kind;
  /// The whole expression without parentheses around it.
  SourceRange range;
  /// 1 + the depth of the deepest child.
  unsigned depth = 1;

  virtual ~Expr() = default;

protected:
  Expr(Kind kind, SourceRange range) : kind(kind), range(range) {}
};

using ExprPtr = std::unique_ptr<Expr>;

/// What all nodes of one kind share: the constructor and the cast.
template <Expr::Kind K> struct ExprNode : Expr {
  explicit ExprNode(SourceRange range) : Expr(K, range) {}
  static bool classof(const Expr *expr) { return expr->kind == K; }
};

struct Name : ExprNode<Expr::Kind::Name> {
  using ExprNode::ExprNode;
  std::string id;
};

/// The digits are `range.text()`; `value` only counts when they fit.
struct Int : ExprNode<Expr::Kind::Int> {
  using ExprNode::ExprNode;
  int64_t value = 0;
  bool overflows = false;
};

struct Float : ExprNode<Expr::Kind::Float> {
  using ExprNode::ExprNode;
  double value = 0;
};

/// All parts of an implicit concatenation joined, escapes resolved, UTF-8.
struct String : ExprNode<Expr::Kind::String> {
  using ExprNode::ExprNode;
  std::string value;
};

/// Literal pieces and replacement fields, in order. A concatenation with at least
/// one f-string is an FString as a whole.
struct FString : ExprNode<Expr::Kind::FString> {
  using ExprNode::ExprNode;
  struct Part {
    /// Text in front of the field; a `{x=}` field has its `x=` here.
    std::string literal;
    /// The field, null for text at the end.
    ExprPtr value;
    /// `!r`, `!s`, `!a`, or 0. A `{x=}` field without a format gets 'r'.
    char conversion = 0;
    /// After the colon, null without one: an FString or a String.
    ExprPtr format;
  };
  std::vector<Part> parts;
};

struct Bool : ExprNode<Expr::Kind::Bool> {
  using ExprNode::ExprNode;
  bool value = false;
};

struct None : ExprNode<Expr::Kind::None> {
  using ExprNode::ExprNode;
};

struct Ellipsis : ExprNode<Expr::Kind::Ellipsis> {
  using ExprNode::ExprNode;
};

/// Elements may be Starred.
struct List : ExprNode<Expr::Kind::List> {
  using ExprNode::ExprNode;
  std::vector<ExprPtr> elements;
};

struct Tuple : ExprNode<Expr::Kind::Tuple> {
  using ExprNode::ExprNode;
  std::vector<ExprPtr> elements;
};

struct Set : ExprNode<Expr::Kind::Set> {
  using ExprNode::ExprNode;
  std::vector<ExprPtr> elements;
};

struct Dict : ExprNode<Expr::Kind::Dict> {
  using ExprNode::ExprNode;
  struct Item {
    /// Null for `**value`.
    ExprPtr key;
    ExprPtr value;
  };
  std::vector<Item> items;
};

struct Comprehension : ExprNode<Expr::Kind::Comprehension> {
  using ExprNode::ExprNode;
  enum class Form { List, Set, Dict, Generator };
  /// `for target in iterable if condition if …`
  struct Clause {
    ExprPtr target;
    ExprPtr iterable;
    std::vector<ExprPtr> conditions;
  };
  Form form = Form::List;
  /// The element; the value in a dict.
  ExprPtr element;
  /// Only in a dict.
  ExprPtr key;
  std::vector<Clause> clauses;
};

enum class UnaryOp { Plus, Minus, Invert, Not };

struct Unary : ExprNode<Expr::Kind::Unary> {
  using ExprNode::ExprNode;
  UnaryOp op = UnaryOp::Plus;
  ExprPtr operand;
};

enum class BinaryOp {
  Add,
  Sub,
  Mul,
  MatMul,
  Div,
  FloorDiv,
  Mod,
  Pow,
  LeftShift,
  RightShift,
  BitAnd,
  BitOr,
  BitXor,
};
llvm::StringRef spelling(BinaryOp op); // "+"

struct Binary : ExprNode<Expr::Kind::Binary> {
  using ExprNode::ExprNode;
  BinaryOp op = BinaryOp::Add;
  SourceRange opRange;
  ExprPtr left;
  ExprPtr right;
};

/// `a and b and c`: at least two operands.
struct BoolOp : ExprNode<Expr::Kind::BoolOp> {
  using ExprNode::ExprNode;
  bool isAnd = true;
  std::vector<ExprPtr> operands;
};

enum class CompareOp {
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  In,
  NotIn,
  Is,
  IsNot
};
llvm::StringRef spelling(CompareOp op); // "not in"

/// `first op operand op operand …`, each operand evaluated once.
struct Compare : ExprNode<Expr::Kind::Compare> {
  using ExprNode::ExprNode;
  struct Step {
    CompareOp op;
    SourceRange opRange;
    ExprPtr operand;
  };
  ExprPtr first;
  std::vector<Step> steps;
};

/// `thenValue if condition else elseValue`
struct Conditional : ExprNode<Expr::Kind::Conditional> {
  using ExprNode::ExprNode;
  ExprPtr condition;
  ExprPtr thenValue;
  ExprPtr elseValue;
};

/// `name := value`
struct Named : ExprNode<Expr::Kind::Named> {
  using ExprNode::ExprNode;
  std::string name;
  SourceRange nameRange;
  ExprPtr value;
};

/// A parameter of a def or lambda; annotations are parsed and dropped. The parser
/// has checked the order of kinds and defaults and that names are unique.
struct Parameter {
  enum class Kind { PositionalOnly, Positional, VarArgs, KeywordOnly, VarKeywords };
  Kind kind = Kind::Positional;
  std::string name;
  /// The name.
  SourceRange range;
  ExprPtr defaultValue;
};

struct Lambda : ExprNode<Expr::Kind::Lambda> {
  using ExprNode::ExprNode;
  std::vector<Parameter> parameters;
  ExprPtr body;
};

/// An argument of a call or a class header, in the order of the text.
struct Argument {
  enum class Kind { Positional, Keyword, Star, DoubleStar };
  Kind kind = Kind::Positional;
  std::string keyword;
  SourceRange keywordRange;
  /// `name=value`, `*value` or the value alone.
  SourceRange range;
  ExprPtr value;
};

struct Call : ExprNode<Expr::Kind::Call> {
  using ExprNode::ExprNode;
  ExprPtr callee;
  std::vector<Argument> arguments;
  /// The parentheses and what is between.
  SourceRange argumentsRange;
};

struct Attribute : ExprNode<Expr::Kind::Attribute> {
  using ExprNode::ExprNode;
  ExprPtr object;
  std::string name;
  SourceRange nameRange;
};

/// `object[index]`; `index` may be a Slice, or a Tuple with Slices and an Ellipsis.
struct Subscript : ExprNode<Expr::Kind::Subscript> {
  using ExprNode::ExprNode;
  ExprPtr object;
  ExprPtr index;
};

/// `start:stop:step`, each may be null. Only inside a Subscript.
struct Slice : ExprNode<Expr::Kind::Slice> {
  using ExprNode::ExprNode;
  ExprPtr start;
  ExprPtr stop;
  ExprPtr step;
};

/// `*value` in a display or an assignment target.
struct Starred : ExprNode<Expr::Kind::Starred> {
  using ExprNode::ExprNode;
  ExprPtr value;
};

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

struct Stmt {
  enum class Kind {
    Import,
    ImportFrom,
    Assign,
    AugAssign,
    ExprStmt,
    FunctionDef,
    ClassDef,
    Return,
    If,
    For,
    While,
    With,
    Try,
    Break,
    Continue,
    Pass,
    Assert,
    Raise,
    Delete,
    Global,
    Nonlocal,
    Yield,
  };

  const Kind kind;
  /// The whole statement, a block included; see also `headRange`.
  SourceRange range;
  /// For blocks the first line up to the colon, otherwise the whole statement.
  SourceRange headRange;

  virtual ~Stmt() = default;

protected:
  Stmt(Kind kind, SourceRange range) : kind(kind), range(range), headRange(range) {}
};

using StmtPtr = std::unique_ptr<Stmt>;
using Block = std::vector<StmtPtr>;

template <Stmt::Kind K> struct StmtNode : Stmt {
  explicit StmtNode(SourceRange range) : Stmt(K, range) {}
  static bool classof(const Stmt *stmt) { return stmt->kind == K; }
};

/// `name as alias`. Without `as`, `alias` is empty.
struct ImportedName {
  /// "keras.layers" in an Import, "LSTM" in an ImportFrom.
  std::string name;
  SourceRange nameRange;
  std::string alias;
  SourceRange aliasRange;
};

struct Import : StmtNode<Stmt::Kind::Import> {
  using StmtNode::StmtNode;
  std::vector<ImportedName> names;
};

struct ImportFrom : StmtNode<Stmt::Kind::ImportFrom> {
  using StmtNode::StmtNode;
  /// "keras.layers"; empty in `from . import x`.
  std::string module;
  SourceRange moduleRange;
  /// The number of leading dots.
  unsigned level = 0;
  /// Empty for `from module import *`.
  std::vector<ImportedName> names;
};

/// `a = b = value`. Targets are Name, Attribute, Subscript, or Tuple and List of
/// them with at most one Starred. An annotation is parsed and dropped; `x: int`
/// without a value is a Pass.
struct Assign : StmtNode<Stmt::Kind::Assign> {
  using StmtNode::StmtNode;
  std::vector<ExprPtr> targets;
  ExprPtr value;
  /// `x: int = 1`: a field of a dataclass.
  bool isAnnotated = false;
};

/// `target op= value`; the target is a Name, Attribute or Subscript.
struct AugAssign : StmtNode<Stmt::Kind::AugAssign> {
  using StmtNode::StmtNode;
  ExprPtr target;
  BinaryOp op = BinaryOp::Add;
  SourceRange opRange;
  ExprPtr value;
};

struct ExprStmt : StmtNode<Stmt::Kind::ExprStmt> {
  using StmtNode::StmtNode;
  ExprPtr value;
};

struct FunctionDef : StmtNode<Stmt::Kind::FunctionDef> {
  using StmtNode::StmtNode;
  std::string name;
  SourceRange nameRange;
  std::vector<ExprPtr> decorators;
  std::vector<Parameter> parameters;
  Block body;
};

struct ClassDef : StmtNode<Stmt::Kind::ClassDef> {
  using StmtNode::StmtNode;
  std::string name;
  SourceRange nameRange;
  std::vector<ExprPtr> decorators;
  std::vector<Argument> bases;
  Block body;
};

struct Return : StmtNode<Stmt::Kind::Return> {
  using StmtNode::StmtNode;
  /// Null without a value.
  ExprPtr value;
};

struct If : StmtNode<Stmt::Kind::If> {
  using StmtNode::StmtNode;
  struct Branch {
    ExprPtr condition;
    Block body;
  };
  /// `if`, then each `elif`.
  std::vector<Branch> branches;
  Block orElse;
};

struct For : StmtNode<Stmt::Kind::For> {
  using StmtNode::StmtNode;
  ExprPtr target;
  ExprPtr iterable;
  Block body;
  Block orElse;
};

struct While : StmtNode<Stmt::Kind::While> {
  using StmtNode::StmtNode;
  ExprPtr condition;
  Block body;
  Block orElse;
};

struct With : StmtNode<Stmt::Kind::With> {
  using StmtNode::StmtNode;
  struct Item {
    ExprPtr context;
    /// After `as`; may be null.
    ExprPtr target;
  };
  std::vector<Item> items;
  Block body;
};

struct Try : StmtNode<Stmt::Kind::Try> {
  using StmtNode::StmtNode;
  struct Handler {
    /// Null for a bare `except:`.
    ExprPtr type;
    /// After `as`; may be empty.
    std::string name;
    Block body;
  };
  Block body;
  std::vector<Handler> handlers;
  Block orElse;
  Block finalBody;
};

struct Break : StmtNode<Stmt::Kind::Break> {
  using StmtNode::StmtNode;
};

struct Continue : StmtNode<Stmt::Kind::Continue> {
  using StmtNode::StmtNode;
};

struct Pass : StmtNode<Stmt::Kind::Pass> {
  using StmtNode::StmtNode;
  /// The name of `x: int`; empty for others.
  std::string declared;
};

struct Assert : StmtNode<Stmt::Kind::Assert> {
  using StmtNode::StmtNode;
  ExprPtr condition;
  /// May be null.
  ExprPtr message;
};

struct Raise : StmtNode<Stmt::Kind::Raise> {
  using StmtNode::StmtNode;
  /// Null for a bare `raise`.
  ExprPtr exception;
  /// After `from`; may be null.
  ExprPtr cause;
};

struct Delete : StmtNode<Stmt::Kind::Delete> {
  using StmtNode::StmtNode;
  std::vector<ExprPtr> targets;
};

struct Global : StmtNode<Stmt::Kind::Global> {
  using StmtNode::StmtNode;
  std::vector<std::string> names;
};

struct Nonlocal : StmtNode<Stmt::Kind::Nonlocal> {
  using StmtNode::StmtNode;
  std::vector<std::string> names;
};

/// `yield value`, and `yield from value`: statements of their own.
struct Yield : StmtNode<Stmt::Kind::Yield> {
  using StmtNode::StmtNode;
  /// Null without a value.
  ExprPtr value;
  bool isFrom = false;
};

/// A file. Nodes point into the file's text, which the Engine owns.
struct Module {
  SourceRange range;
  Block body;
};

} // namespace rondo::ast

#endif // RONDO_FRONTEND_SYNTAX_AST_H
