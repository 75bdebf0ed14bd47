# Metrics of what is above thresholds: areas under curves, counts, the best rate at a limit.
import keras
from keras import metrics
from keras.layers import Dense, Input

x = Input((None, 3))
bits = Dense(3, activation="sigmoid", name="bits")(x)
model = keras.Model(x, bits)
model.compile(
    optimizer=keras.optimizers.SGD(0.1),
    loss="binary_crossentropy",
    metrics=[
        "AUC",
        metrics.AUC(num_thresholds=7, summation_method="minoring", name="low"),
        metrics.AUC(num_thresholds=7, summation_method="majoring", name="high"),
        metrics.AUC(curve="PR", name="pr"),
        metrics.AUC(curve="PR", num_thresholds=11, summation_method="minoring", name="pr_low"),
        metrics.AUC(curve="PRGAIN", num_thresholds=9, name="gain"),
        metrics.AUC(thresholds=[0.7, 0.2, 0.45], name="own"),
        metrics.AUC(thresholds=[0.25, 0.5, 0.75], from_logits=True, name="logits"),
        metrics.AUC(num_thresholds=20, label_weights=[0.5, 2.0, 1.0], name="labels"),
        metrics.TruePositives(name="tp"),
        metrics.FalsePositives(thresholds=0.3, name="fp"),
        "TrueNegatives",
        metrics.FalseNegatives(thresholds=[0.6], name="fn"),
        metrics.SensitivityAtSpecificity(0.4, name="sensitivity"),
        metrics.SpecificityAtSensitivity(0.6, num_thresholds=30, name="specificity"),
        metrics.PrecisionAtRecall(0.5, num_thresholds=1, name="at_recall"),
        metrics.RecallAtPrecision(0.5, class_id=1, name="at_precision"),
        metrics.Precision(class_id=2, name="of_class"),
        metrics.Recall(top_k=2, name="of_top"),
        metrics.Precision(top_k=1, class_id=-1, thresholds=0.4, name="of_both"),
        metrics.BinaryIoU(name="overlap"),
        metrics.BinaryIoU(target_class_ids=[1], threshold=0.4, name="overlap_of_one"),
    ],
    weighted_metrics=[
        metrics.AUC(name="auc_weighted"),
        metrics.AUC(curve="PR", thresholds=[0.7, 0.2, 0.45], name="pr_weighted"),
        metrics.TruePositives(name="tp_weighted"),
        metrics.FalseNegatives(name="fn_weighted"),
        metrics.SensitivityAtSpecificity(0.3, name="sensitivity_weighted"),
        metrics.Precision(top_k=2, name="of_top_weighted"),
    ],
)
