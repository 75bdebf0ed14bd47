# Losses and metrics that are told what does not fit.
import keras
from keras import losses, metrics
from keras.layers import Dense, Input

x = Input((None, 3))
shares = Dense(4, activation="softmax", name="shares")
model = keras.Model(x, shares(keras.ops.mean(x, axis=1)))
steps = keras.Model(x, Dense(2, name="steps")(x))


def measure(metric, of=model):
    of.compile("sgd", "categorical_crossentropy" if of is model else "mse", metrics=[metric])


# Options.
metrics.AUC(curve="ROCK")
metrics.AUC(summation_method="middle")
metrics.AUC(num_thresholds=1)
metrics.AUC(thresholds=[0.2, 1.5])
metrics.AUC(num_labels=3)
metrics.AUC(label_weights="heavy")
metrics.FBetaScore(average="macro", beta=2)
metrics.F1Score(average="mean", threshold=0.0)
metrics.R2Score(class_aggregation="sum", num_regressors=-1)
metrics.TruePositives(thresholds=1.5)
metrics.SensitivityAtSpecificity()
metrics.PrecisionAtRecall(recall=2)
metrics.IoU(num_classes=3, target_class_ids=[0, 3])
metrics.BinaryIoU(target_class_ids=[])
losses.Dice(axis="last")
losses.CategoricalGeneralizedCrossEntropy(q=1)
losses.BinaryFocalCrossentropy(gamma=-1)

# What a model cannot have.
measure(metrics.F1Score())
measure("f1_score")
measure(metrics.R2Score(class_aggregation=None))
measure(metrics.Precision(thresholds=[0.3, 0.6]))
measure("mean_io_u")
measure(metrics.OneHotIoU(4, [1], sparse_y_pred=True))
measure(metrics.MeanIoU(4, sparse_y_pred=False))
measure(metrics.Recall(class_id=4))
measure(metrics.AUC(multi_label=True, num_labels=3))
measure(metrics.AUC(label_weights=[1, 2]))
measure(metrics.R2Score(), steps)
measure(metrics.F1Score(average="macro"), steps)
model.compile("sgd", losses.Dice(axis=3))
model.compile("sgd", "categorical_generalized_cross_entropy")
model.compile("sgd", losses.categorical_focal_crossentropy)
steps.compile("sgd", losses.CategoricalFocalCrossentropy(axis=1))
steps.compile("sgd", "binary_focal_crossentropy")
