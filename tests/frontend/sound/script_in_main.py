# A script whose model is made, compiled and trained in functions that its last lines call.
import argparse
import os
import sys

import numpy as np
from keras import Input, Sequential, layers, models


def read(path):
    with open(path) as file:
        return np.array([float(line) for line in file])


def build(steps, features, units):
    model = Sequential([Input((steps, features))])
    for unit in units:
        model.add(layers.LSTM(unit, return_sequences=unit != units[-1]))
    model.add(layers.Dense(features))
    model.compile("adam", "mae")
    return model


def main(args):
    names = np.array(["close", "volume"])
    series = read(args.data)
    net = build(30, len(names.tolist()) if args.all else 1, [16, 8])
    net.fit(series, series, epochs=args.epochs)
    net.save(os.path.join(args.out, "best.keras"))
    print(names[0], net.evaluate(series, series))
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="prices.csv")
    parser.add_argument("--out", default="out")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--all", action="store_true")
    sys.exit(main(parser.parse_args()))
