//===- Summary.h - What a model consists of ---------------------*- C++ -*-===//
//
// The content of Keras' model.summary(), as plain data: for those who print it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_SUMMARY_H
#define RONDO_FRONTEND_KERAS_SUMMARY_H

#include <cstdint>
#include <string>
#include <vector>

namespace rondo::keras {
class Model;
}

namespace rondo::frontend {

struct ModelSummary {
  struct Variable {
    std::string path;
    std::vector<int64_t> shape;
    bool trainable;
  };
  /// A layer or an operation. In Keras' summary each has a row.
  struct Row {
    std::string name;
    std::string type; // "LSTM"
    /// Of its outputs, as its last use made them; -1 where Keras says None.
    std::vector<std::vector<int64_t>> outputShapes;
    int64_t parameters = 0;
    /// The tensors that it takes in this model: "lstm[0][0]" is output 0 of the
    /// first use of `lstm`.
    std::vector<std::string> connectedTo;
    std::vector<Variable> variables;
  };

  std::string name;
  std::vector<Row> rows;
  /// Whether the rows follow each other, so that Keras does not say what is
  /// connected to what.
  bool isChain = false;

  /// The number of elements of all variables, or of the trainable ones.
  int64_t countParameters(bool trainableOnly = false) const;
};

} // namespace rondo::frontend

namespace rondo::keras {

frontend::ModelSummary summarize(const Model &model);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_SUMMARY_H
