//===- Words.cpp - What the names of Keras mean, in a line ----------------===//
//
// Tables, sorted as one would explain them.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Words.h"
#include "llvm/ADT/ArrayRef.h"
#include <string>

namespace rondo::lsp {

namespace {

struct Entry {
  llvm::StringLiteral name;
  llvm::StringLiteral words;
};

const Entry callables[] = {
    {"Input", "an input of the model; the batch comes before the axes of its `shape`"},
    {"Model", "everything between inputs and outputs"},
    {"Sequential", "layers one after the other"},
    {"Dense", "the last axis times a matrix, plus a bias, through an activation"},
    {"LSTM", "a recurrent layer with a gated memory: reads a sequence step by step"},
    {"GRU", "a recurrent layer with two gates: reads a sequence step by step"},
    {"SimpleRNN", "a recurrent layer without gates: the new state from the input and the old"},
    {"Bidirectional", "a recurrent layer forwards and a copy of it backwards, joined"},
    {"TimeDistributed", "a layer applied to each time step alone"},
    {"Embedding", "a learnt vector for each index"},
    {"Activation", "an activation, elementwise or along an axis"},
    {"ReLU", "max(x, 0), with options"},
    {"LeakyReLU", "x above 0, a small multiple of x below"},
    {"PReLU", "x above 0, a learnt multiple of x below"},
    {"ELU", "x above 0, alpha (eˣ - 1) below"},
    {"Softmax", "shares that sum to 1 along an axis"},
    {"Identity", "its input as it is"},
    {"Lambda", "a function of the file as a layer without weights"},
    {"Dot", "inner products of two tensors, along an axis of each"},
    {"Concatenate", "tensors one behind the other along an axis"},
    {"Add", "the sum of its inputs"},
    {"Subtract", "the first input minus the second"},
    {"Multiply", "the elementwise product of its inputs"},
    {"Average", "the elementwise mean of its inputs"},
    {"Maximum", "the elementwise maximum of its inputs"},
    {"Minimum", "the elementwise minimum of its inputs"},
    {"Flatten", "all axes but the batch as one"},
    {"Reshape", "the same elements in other axes"},
    {"Permute", "the axes in another order"},
    {"RepeatVector", "a vector n times, as time steps"},
    {"Dropout", "zeros at random while training, nothing else"},
    {"Masking", "steps that equal a value count as padding"},
    {"LayerNormalization", "each sample scaled to mean 0 and variance 1"},
    {"BatchNormalization", "each feature scaled by the statistics of the batch"},
    {"Attention", "means of values, weighted by how well keys fit queries"},
    {"AdditiveAttention", "attention that scores by a sum through tanh"},
    {"MultiHeadAttention", "several attentions side by side, each on projections"},
    {"Conv1D", "a filter that slides along the time axis"},
    {"MaxPooling1D", "the maximum of each window of time steps"},
    {"AveragePooling1D", "the mean of each window of time steps"},
    {"GlobalMaxPooling1D", "the maximum over all time steps"},
    {"GlobalAveragePooling1D", "the mean over all time steps"},
    {"SGD", "gradient descent, with momentum where that is given"},
    {"Adam", "steps scaled by running means of gradients and their squares"},
    {"AdamW", "Adam with weight decay apart from the gradient"},
    {"RMSprop", "steps scaled by a running mean of squared gradients"},
};

const Entry parameters[] = {
    {"Dense.activation", "what the result goes through: a name, a function or None"},
    {"Activation.activation", "a name or a function"},
    {"Dot.axes", "the axis of each tensor that is summed over: a number or a pair"},
    {"Permute.dims", "the new order of the axes, which count from 1 behind the batch"},
    {"RepeatVector.n", "how many time steps the result has"},
    {"Input.shape", "sizes of one sample, without the batch; None is open"},
    {"Input.name", "the name by which data files and the C interface know the input"},
    {"Lambda.function", "takes symbolic tensors and returns one"},
    {"ReLU.threshold", "values below it count as negative"},
    {"units", "the number of units: the size of the last axis of the result"},
    {"activation", "what the state goes through: a name, a function or None"},
    {"recurrent_activation", "what the gates go through: a name, a function or None"},
    {"use_bias", "whether a bias is added"},
    {"unit_forget_bias", "whether the bias of the forget gate starts at 1"},
    {"return_sequences", "True: the state after every time step; False: after the last one"},
    {"return_state", "whether the last state comes as a second result"},
    {"go_backwards", "whether the sequence is read from its end"},
    {"reset_after", "whether the reset gate comes after the product with the state"},
    {"stateful", "whether a batch starts from the states of the one before"},
    {"unroll", "changes no number: how Keras loops"},
    {"initial_state", "the state to start from instead of zeros"},
    {"kernel_initializer", "how the weights of the input start"},
    {"recurrent_initializer", "how the weights of the state start"},
    {"bias_initializer", "how the bias starts"},
    {"name", "the layer's name, in summaries, weight files and messages"},
    {"trainable", "False freezes the layer's weights"},
    {"dtype", "the type of the elements"},
    {"input_shape", "in the first layer of a Sequential: sizes of one sample"},
    {"batch_shape", "sizes with the batch in front"},
    {"batch_size", "samples at a time"},
    {"inputs", "one input or several"},
    {"outputs", "one output, a list or a dict of them"},
    {"axis", "along which axis; negative ones count from the end"},
    {"axes", "which axes"},
    {"keepdims", "whether the axes that are reduced stay, with size 1"},
    {"normalize", "whether vectors are scaled to length 1 first"},
    {"target_shape", "the new sizes, without the batch; -1 is what is left"},
    {"negative_slope", "the factor below 0"},
    {"max_value", "the largest result"},
    {"rate", "the share that is set to zero"},
    {"mask_zero", "whether index 0 is padding"},
    {"input_dim", "how many indices there are, or how many features"},
    {"output_dim", "the size of each vector"},
    {"optimizer", "how weights follow gradients: a name or an object"},
    {"loss", "what training makes small: a name, an object, or one for each output"},
    {"metrics", "what is reported besides the loss"},
    {"loss_weights", "factors of the outputs' losses"},
    {"learning_rate", "the size of a step, a float"},
    {"momentum", "the share of the last step that goes on"},
    {"nesterov", "whether the gradient is taken ahead, after the momentum"},
    {"beta_1", "how slowly the mean of gradients forgets"},
    {"beta_2", "how slowly the mean of their squares forgets"},
    {"rho", "how slowly the mean of squares forgets"},
    {"epsilon", "added to a divisor, so that it is not 0"},
    {"amsgrad", "whether the largest mean of squares so far counts"},
    {"weight_decay", "the share of each weight that a step takes away, times the rate"},
    {"clipnorm", "the longest that each variable's gradient may be"},
    {"global_clipnorm", "the longest that all gradients together may be"},
    {"clipvalue", "the largest that each element of a gradient may be"},
    {"from_logits", "True: the output has no softmax or sigmoid yet"},
    {"label_smoothing", "the share of each label that goes to all classes"},
    {"reduction", "how the losses of samples become one number"},
    {"delta", "where the loss turns from a square to a line"},
    {"mean", "of the distribution"},
    {"stddev", "of the distribution"},
    {"minval", "the smallest value"},
    {"maxval", "the largest value"},
    {"seed", "same seed, same numbers"},
    {"epochs", "how often training goes through the data"},
    {"shuffle", "whether the samples come in a new order in each epoch"},
};

const Entry activations[] = {
    {"linear", "x"},
    {"relu", "max(x, 0)"},
    {"relu6", "min(max(x, 0), 6)"},
    {"leaky_relu", "x above 0, 0.2 x below"},
    {"elu", "x above 0, eˣ - 1 below"},
    {"selu", "elu scaled so that layers keep mean and variance"},
    {"celu", "elu with one slope at 0, whatever its alpha"},
    {"gelu", "x Φ(x), with the normal distribution's Φ"},
    {"glu", "one half of the features times the sigmoid of the other"},
    {"silu", "x sigmoid(x)"},
    {"swish", "x sigmoid(x)"},
    {"hard_silu", "x hard_sigmoid(x)"},
    {"hard_swish", "x hard_sigmoid(x)"},
    {"mish", "x tanh(softplus(x))"},
    {"tanh", "from -1 to 1"},
    {"hard_tanh", "x between -1 and 1, clipped"},
    {"tanh_shrink", "x - tanh(x)"},
    {"soft_shrink", "x nearer to 0 by 0.5"},
    {"hard_shrink", "x, or 0 where |x| is at most 0.5"},
    {"sigmoid", "1 / (1 + e⁻ˣ), from 0 to 1"},
    {"hard_sigmoid", "x/6 + 1/2, clipped to 0 and 1"},
    {"log_sigmoid", "log(sigmoid(x))"},
    {"sparse_sigmoid", "(x + 1) / 2, clipped to 0 and 1"},
    {"sparse_plus", "0 below -1, x above 1, a parabola between"},
    {"softplus", "log(1 + eˣ)"},
    {"softsign", "x / (1 + |x|)"},
    {"squareplus", "(x + √(x² + 4)) / 2"},
    {"exponential", "eˣ"},
    {"softmax", "eˣ over its sum along the last axis: shares that sum to 1"},
    {"log_softmax", "log(softmax(x))"},
    {"sparsemax", "as softmax, but small shares are exactly 0"},
};

const Entry initializers[] = {
    {"zeros", "0"},
    {"ones", "1"},
    {"glorot_uniform", "uniform up to ±√(6 / (inputs + outputs))"},
    {"glorot_normal", "normal, cut off, of variance 2 / (inputs + outputs)"},
    {"he_uniform", "uniform up to ±√(6 / inputs)"},
    {"he_normal", "normal, cut off, of variance 2 / inputs"},
    {"lecun_uniform", "uniform up to ±√(3 / inputs)"},
    {"lecun_normal", "normal, cut off, of variance 1 / inputs"},
    {"orthogonal", "a random matrix of orthonormal columns or rows"},
    {"identity", "1 on the diagonal, else 0"},
    {"random_normal", "normal, with standard deviation 0.05"},
    {"random_uniform", "uniform from -0.05 to 0.05"},
    {"truncated_normal", "normal, with standard deviation 0.05, cut off at twice that"},
};

const Entry losses[] = {
    {"mse", "the mean of squared differences"},
    {"mean_squared_error", "the mean of squared differences"},
    {"mae", "the mean of absolute differences"},
    {"mean_absolute_error", "the mean of absolute differences"},
    {"mape", "the mean of differences in percent of the target"},
    {"msle", "the mean of squared differences of log(1 + x)"},
    {"huber", "a square near 0 and a line beyond"},
    {"log_cosh", "the mean of log(cosh(difference))"},
    {"categorical_crossentropy", "of shares of classes; the targets are shares too (one-hot)"},
    {"sparse_categorical_crossentropy", "of shares of classes; the targets are class numbers"},
    {"binary_crossentropy", "of shares of yes; the targets are 0 and 1"},
    {"kl_divergence", "how far one distribution is from another"},
    {"poisson", "for counts"},
    {"hinge", "for targets of -1 and 1"},
    {"cosine_similarity", "minus the cosine between prediction and target"},
};

const Entry metrics[] = {
    {"accuracy", "the share of right answers; which kind follows from the output's shape"},
    {"acc", "the share of right answers; which kind follows from the output's shape"},
    {"binary_accuracy", "the share of right answers, yes above 0.5"},
    {"categorical_accuracy", "the share of right classes; the targets are shares (one-hot)"},
    {"sparse_categorical_accuracy", "the share of right classes; the targets are class numbers"},
};

/// The entry's words, or none.
llvm::StringRef wordsIn(llvm::ArrayRef<Entry> entries, llvm::StringRef name) {
  for (const Entry &entry : entries)
    if (entry.name == name)
      return entry.words;
  return "";
}

} // namespace

NameKind nameKind(llvm::StringRef parameter) {
  if (parameter.ends_with("activation"))
    return NameKind::Activation;
  if (parameter.ends_with("_initializer") || parameter == "initializer")
    return NameKind::Initializer;
  if (parameter == "loss")
    return NameKind::Loss;
  if (parameter == "metrics" || parameter == "weighted_metrics")
    return NameKind::Metric;
  if (parameter == "optimizer")
    return NameKind::Optimizer;
  return parameter == "dtype" ? NameKind::Type : NameKind::None;
}

llvm::StringRef describe(NameKind kind) {
  switch (kind) {
  case NameKind::None:
    return "";
  case NameKind::Activation:
    return "activation";
  case NameKind::Initializer:
    return "initializer";
  case NameKind::Loss:
    return "loss";
  case NameKind::Metric:
    return "metric";
  case NameKind::Optimizer:
    return "optimizer";
  case NameKind::Type:
    return "type of elements";
  }
  return "";
}

llvm::StringRef wordsOfCallable(llvm::StringRef name) { return wordsIn(callables, name); }

llvm::StringRef wordsOfParameter(llvm::StringRef callee, llvm::StringRef parameter) {
  llvm::StringRef own = wordsIn(parameters, (callee + "." + parameter).str());
  return own.empty() ? wordsIn(parameters, parameter) : own;
}

llvm::StringRef wordsOfName(NameKind kind, llvm::StringRef name) {
  switch (kind) {
  case NameKind::Activation:
    return wordsIn(activations, name);
  case NameKind::Initializer:
    return wordsIn(initializers, name);
  case NameKind::Loss:
    return wordsIn(losses, name);
  case NameKind::Metric: {
    llvm::StringRef own = wordsIn(metrics, name);
    return own.empty() ? wordsIn(losses, name) : own;
  }
  case NameKind::Optimizer:
    for (const Entry &entry : callables)
      if (entry.name.equals_insensitive(name))
        return entry.words;
    return "";
  case NameKind::None:
  case NameKind::Type:
    return "";
  }
  return "";
}

} // namespace rondo::lsp
