# Metrics of classes: F-scores, areas of each label, intersections over unions.
import keras
from keras import losses, metrics
from keras.layers import LSTM, Dense, Input

x = Input((None, 3))
h = LSTM(4)(x)
shares = Dense(4, activation="softmax", name="shares")(h)
labels = Dense(3, activation="softmax", name="labels")(LSTM(2, return_sequences=True)(x))
model = keras.Model(x, [shares, labels])
model.compile(
    optimizer=keras.optimizers.SGD(0.1),
    loss=["categorical_crossentropy", losses.SparseCategoricalCrossentropy(ignore_class=1)],
    metrics=[
        [
            metrics.F1Score(average="macro"),
            metrics.F1Score(average="micro", threshold=0.25, name="micro"),
            metrics.FBetaScore(average="weighted", beta=2.0, name="weighted"),
            metrics.FBetaScore(average="macro", beta=0.5, threshold=0.2),
            metrics.AUC(multi_label=True, name="areas"),
            metrics.AUC(
                multi_label=True, num_labels=4, curve="PR", label_weights=[1, 2, 0, 1], name="curves"
            ),
            metrics.OneHotMeanIoU(num_classes=4),
            metrics.OneHotIoU(4, target_class_ids=[0, 2], ignore_class=2, name="two"),
        ],
        [
            metrics.MeanIoU(num_classes=3, sparse_y_pred=False),
            metrics.IoU(3, [0, 1], sparse_y_pred=False, ignore_class=2, name="some"),
            metrics.SparseCategoricalCrossentropy(ignore_class=0, name="without"),
        ],
    ],
    weighted_metrics=[
        [
            metrics.F1Score(average="macro", name="f1_weighted"),
            metrics.F1Score(average="micro", name="micro_weighted"),
            metrics.AUC(multi_label=True, num_thresholds=5, name="areas_weighted"),
            metrics.OneHotMeanIoU(num_classes=4, name="overlap_weighted"),
        ],
        [metrics.SparseCategoricalCrossentropy(ignore_class=0, name="without_weighted")],
    ],
)
