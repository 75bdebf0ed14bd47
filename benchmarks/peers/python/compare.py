"""Measures the recipe in Rondo and in Python frameworks, side by side; see scripts/run.

Every system runs in a process of its own, so that their thread pools do not meet; the processes
take turns in rounds, so that a disturbance of the machine hits all alike. Times are medians of all
runs, ratios medians over rounds. `--memory` adds what training takes at its peak.
"""

import argparse
import ctypes
import datetime
import gc
import importlib
import json
import multiprocessing
import os
import resource
import statistics
import sys
import time

import numpy as np

from recipes import SYSTEMS, Case

SIZES = [("small", 20, 1), ("small", 20, 32), ("medium", 50, 1), ("medium", 50, 32),
         ("large", 100, 1), ("large", 100, 64)]  # fmt: skip
SHAPES = {"small": (8, 64), "medium": (64, 128), "large": (128, 256)}
BASELINE = "Rondo, generated"  # the first system; what ratios are of
MODES = {"forward": "Forward pass", "train": "Training step"}
OUTPUT_TOLERANCE, GRADIENT_TOLERANCE = 2e-5, 1e-4
WARM_UP, ROUNDS = 0.1, (3, 25)
SETTLED, PATIENCE = 0.001, 0.5  # seconds without work in any thread, at most so many
MEMORY_SIZE, MEMORY_STEPS = SIZES[-1], 3
QUIET = 0.1  # processors in use by others up to which a machine is quiet


# ---- a system in its process


def serve(pipe, name, case):
    """Builds the system, sends its version, numbers and rough times, then runs what is asked for."""
    try:
        system = SYSTEMS[name](case)
        numbers = {"forward": np.array(system.forward())}
        if hasattr(system, "gradients"):
            numbers["loss"], numbers["gradients"] = system.gradients()
        run = {mode: getattr(system, mode) for mode in MODES if hasattr(system, mode)}
        expected = {mode: rough_time(function) for mode, function in run.items()}
        settle()
        pipe.send((system.version, numbers, expected))
        while True:
            mode, runs = pipe.recv()
            run[mode]()
            times = measure(run[mode], runs)
            settle()
            pipe.send(times)
    except EOFError:
        pass
    except Exception as error:  # goes to the parent, which says who it was
        pipe.send(error)


def measure(function, runs):
    times, clock = [], time.perf_counter
    for _ in range(runs):
        start = clock()
        function()
        times.append(clock() - start)
    return times


def rough_time(function):
    """Seconds of a run, as far as a warm-up tells."""
    times, end = [], time.perf_counter() + WARM_UP
    while len(times) < 3 or time.perf_counter() < end:
        times += measure(function, 1)
    return statistics.median(times)


def settle():
    """Waits until the threads of this process no longer spin: up to 50 ms in ONNX Runtime."""
    end = time.perf_counter() + PATIENCE
    while time.perf_counter() < end:
        before = time.process_time()
        time.sleep(SETTLED)
        if time.process_time() - before < SETTLED / 2:
            return


def resident():
    """Bytes: resident now and at the peak; neither counts pages of files, such as code."""
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    now, peak, files = (int(fields[k].split()[0]) * 1024 for k in ("VmRSS", "VmHWM", "RssFile"))
    return now - files, peak - files


def forget_peak():
    """Gives back what has been freed, and lets the peak begin anew."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def serve_memory(pipe, name, case):
    """Sends by how many bytes training grows the process above imports and data, at the peak.

    Once from the start, with compilation, and once for steps that follow.
    """
    try:
        kind = SYSTEMS[name]
        if kind.package:
            importlib.import_module(kind.package)
        forget_peak()
        before, _ = resident()
        system, growth = kind(case), []
        for _ in range(2):
            for _ in range(MEMORY_STEPS):
                system.train()
            growth.append(resident()[1] - before)
            forget_peak()
        pipe.send((system.version, *growth))
    except Exception as error:  # as above
        pipe.send(error)


class Process:
    """A system in a process of its own, and what it sends."""

    def __init__(self, target, name, case):
        context = multiprocessing.get_context("spawn")
        self.name, (self.pipe, theirs) = name, context.Pipe()
        self.process = context.Process(target=target, args=(theirs, name, case), daemon=True)
        self.process.start()
        theirs.close()

    def receive(self):
        try:
            answer = self.pipe.recv()
        except EOFError:
            raise RuntimeError("its process died") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stop(self):
        self.pipe.close()
        self.process.join()


class Contender(Process):
    """What takes turns with others: `target` runs what it is sent a mode and a number of runs for."""

    target = staticmethod(serve)

    def __init__(self, name, case):
        super().__init__(self.target, name, case)

    def run(self, mode, runs):
        self.pipe.send((mode, runs))
        return self.receive()


# ---- a case


def make_case(model, steps, batch, threads, libraries):
    features, units = SHAPES[model]
    random = np.random.default_rng(1)

    def uniform(limit, *shape):
        return random.uniform(-limit, limit, shape).astype(np.float32)

    def kernel(rows, columns):
        return uniform((6 / (rows + columns)) ** 0.5, rows, columns)

    weights = {
        "lstm/lstm_cell/kernel": kernel(features, 4 * units),
        "lstm/lstm_cell/recurrent_kernel": kernel(units, 4 * units),
        "lstm/lstm_cell/bias": uniform(0.1, 4 * units),
        "query/kernel": kernel(units, units),
        "query/bias": uniform(0.1, units),
        "prediction/kernel": kernel(2 * units, 1),
        "prediction/bias": uniform(0.1, 1),
    }
    x, y = uniform(1, batch, steps, features), uniform(1, batch, 1)
    return Case(model, steps, batch, threads, weights, x, y, libraries)


def describe(case):
    features, units = SHAPES[case.model]
    return {"steps": case.steps, "batch": case.batch, "features": features, "units": units,
            "threads": case.threads}  # fmt: skip


def difference(actual, expected):
    return float(np.max(np.abs(actual - expected)) / np.max(np.abs(expected)))


def check(contender, reference):
    """The numbers of a system against Rondo's, relative to the largest."""
    ours, theirs = reference.numbers, contender.numbers
    found = {"output": (difference(theirs["forward"], ours["forward"]), OUTPUT_TOLERANCE)}
    if "gradients" in theirs:
        found["loss"] = (abs(theirs["loss"] / ours["loss"] - 1), OUTPUT_TOLERANCE)
        for path, gradient in ours["gradients"].items():
            found[path] = (difference(theirs["gradients"][path], gradient), GRADIENT_TOLERANCE)
    for what, (error, tolerance) in found.items():
        if not error <= tolerance:
            raise RuntimeError(f"{what} differs from Rondo's by {error:.1e} of its size")


def interleave(contenders, mode, seconds):
    """The times of each contender, round by round."""
    # The shortest round: a run that counts and one that does not, of each.
    shortest = sum(2 * contender.expected[mode] for contender in contenders)
    rounds = min(max(int(seconds / shortest), ROUNDS[0]), ROUNDS[1])
    turn = seconds / rounds / len(contenders)
    times = {contender.name: [] for contender in contenders}
    for first in range(rounds):
        for place in range(len(contenders)):
            contender = contenders[(first + place) % len(contenders)]
            runs = max(1, int(turn / contender.expected[mode]) - 1)
            times[contender.name].append(contender.run(mode, runs))
    return times


def run_case(case, names, seconds):
    """An entry per mode: median and other quantiles of each system, in microseconds."""
    os.environ["OMP_NUM_THREADS"] = str(case.threads)  # for the processes to come
    contenders = []
    for name in names:
        try:
            contender = Contender(name, case)
            contender.version, contender.numbers, contender.expected = contender.receive()
            if contenders:
                check(contender, contenders[0])
            contenders.append(contender)
        except Exception as error:
            print(f"  {name} is left out: {error}", file=sys.stderr)
            if not contenders:
                raise
    entries = []
    for mode in MODES:
        able = [contender for contender in contenders if mode in contender.expected]
        times = interleave(able, mode, seconds)
        baseline = [statistics.median(turn) for turn in times[able[0].name]]
        entry = {"mode": mode, **describe(case), "times": {}}
        for contender in able:
            turns = times[contender.name]
            every = np.concatenate(turns) * 1e6
            entry["times"][contender.name] = {
                "median_us": float(np.median(every)),
                "p10_us": float(np.quantile(every, 0.1)),
                "p90_us": float(np.quantile(every, 0.9)),
                "runs": len(every),
                "rounds": len(turns),
                "ratio": statistics.median(statistics.median(t) / b for t, b in zip(turns, baseline)),
            }
        entries.append(entry)
    versions = {contender.name: contender.version for contender in contenders}
    for contender in contenders:
        contender.stop()
    return entries, versions


def run_memory(case, names):
    """Bytes that each system that trains takes at its peak: in steps, and with its start."""
    os.environ["OMP_NUM_THREADS"] = str(case.threads)
    memory, versions = describe(case) | {"peaks": {}}, {}
    for name in names:
        if not hasattr(SYSTEMS[name], "train"):
            continue
        process = Process(serve_memory, name, case)
        try:
            versions[name], start, steps = process.receive()
            memory["peaks"][name] = {"steps": steps, "with_start": max(start, steps)}
        except Exception as error:
            print(f"  {name} is left out: {error}", file=sys.stderr)
        process.stop()
    return memory, versions


# ---- the report


def usage():
    """Seconds: now, busy time of all processors, of this and of its finished child processes.

    A virtual machine that has to wait for its host counts as busy.
    """
    with open("/proc/stat") as file:  # ticks: user nice system idle iowait irq softirq steal
        ticks = [int(tick) for tick in file.readline().split()[1:9]]
    busy = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return time.monotonic(), busy, sum(each.ru_utime + each.ru_stime for each in spent)


def other_work(before):
    """Processors that others kept busy since `usage()` said `before`, and a warning if that matters."""
    wall, machine, own = (now - then for now, then in zip(usage(), before))
    others = max(0.0, (machine - own) / wall)
    return others, f" **Other work kept {others:.1f} processors busy.**" if others > QUIET else ""


def today():
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()


def microseconds(value):
    return f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def table(heads, rows):
    head, *lines = (f"| {' | '.join(cells)} |" for cells in (heads, *rows))
    return [head, "|---" * len(heads) + "|", *lines, ""]


def dimensions(entry):
    return ", ".join(str(entry[k]) for k in ("steps", "batch", "features", "units"))


def rivals(names):
    return [name for name in names if not name.startswith("Rondo")]


def best_times(entries):
    """A row per mode and size: Rondo and the fastest other system, each at its best threads."""
    rows = []
    for mode in MODES:
        sizes = {}
        for entry in entries:
            if entry["mode"] == mode:
                sizes.setdefault(dimensions(entry), []).append(entry)
        for size, group in sizes.items():
            found = [(t["median_us"], name, e) for e in group for name, t in e["times"].items()]
            names = {name for _, name, _ in found}
            if BASELINE not in names or not rivals(names):
                continue
            (ours, _, our_entry), (theirs, other, their_entry) = (
                min((each for each in found if each[1] in side), key=lambda each: each[0])
                for side in ([BASELINE], rivals(names))
            )
            # With the same threads they took turns, and rounds tell more than the two medians.
            together = their_entry is our_entry
            rows.append({
                "mode": mode, "size": size,
                "rondo_us": ours, "rondo_threads": our_entry["threads"],
                "other": other, "other_us": theirs, "other_threads": their_entry["threads"],
                "ratio": their_entry["times"][other]["ratio"] if together else theirs / ours,
                "ratio_from": "rounds" if together else "medians",
            })  # fmt: skip
    return rows


def markdown(entries, names):
    text = []
    for mode, title in MODES.items():
        entries_of_mode = [entry for entry in entries if entry["mode"] == mode]
        columns = [name for name in names if any(name in e["times"] for e in entries_of_mode)]
        others = rivals(columns)
        rows = []
        for entry in entries_of_mode:
            times = entry["times"]
            cells = [dimensions(entry), str(entry["threads"])]
            cells += [microseconds(times[n]["median_us"]) if n in times else "–" for n in columns]
            cells += [f"{1 / times[n]['ratio']:.2f}" if n in times else "–" for n in others]
            rows.append(cells)
        heads = ["T, B, D, H", "threads", *columns, *(f"Rondo / {o}" for o in others)]
        text += [f"{title}:", "", *table(heads, rows)]
    best = [
        [
            row["size"],
            MODES[row["mode"]].lower(),
            f"{microseconds(row['rondo_us'])} ({row['rondo_threads']})",
            f"{row['other']}, {microseconds(row['other_us'])} ({row['other_threads']})",
            f"{row['ratio']:.2f}",
        ]
        for row in best_times(entries)
    ]
    if best:
        heads = ["T, B, D, H", "mode", BASELINE, "best other", "times faster"]
        text += ["The best of the others, each with its best number of threads (in brackets):", ""]
        text += table(heads, best)
    return "\n".join(text)


def memory_markdown(memory):
    sizes = ", ".join(str(memory[k]) for k in ("steps", "batch", "features", "units"))
    rows = [[name, *(f"{peak[k] / 1e6:,.0f}" for k in ("steps", "with_start"))]
            for name, peak in memory["peaks"].items()]  # fmt: skip
    title = f"Memory of training, T, B, D, H = {sizes}, threads: {memory['threads']}; peak in MB:"
    return "\n".join([title, "", *table(["system", "training steps", "with the start"], rows)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", help="folder with MODEL-generated.so and MODEL-onednn.so")
    parser.add_argument("--sizes", default="1,2,3,4,5,6", help="which of the six sizes, from 1")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--seconds", type=float, default=6, help="for each size, threads and mode")
    parser.add_argument("--systems", default=";".join(SYSTEMS), help="names, with ; between them")
    parser.add_argument("--memory", action="store_true", help="measure memory of training too")
    parser.add_argument("--json")
    parser.add_argument("--markdown")
    options = parser.parse_args()

    before = usage()
    names = options.systems.split(";")
    if not os.path.exists(f"{options.libraries}/small-onednn.so"):
        names = [name for name in names if name != "Rondo, onednn"]
    thread_counts = [int(threads) for threads in options.threads.split(",")]
    entries, versions, memory = [], {}, None
    for threads in thread_counts:
        for size in map(int, options.sizes.split(",")):
            model, steps, batch = SIZES[size - 1]
            print(f"T {steps} B {batch} {model}, threads: {threads}", file=sys.stderr)
            case = make_case(model, steps, batch, threads, options.libraries)
            found, used = run_case(case, names, options.seconds)
            entries += found
            versions |= used
    if options.memory:
        print("Memory of training", file=sys.stderr)
        case = make_case(*MEMORY_SIZE, max(thread_counts), options.libraries)
        memory, used = run_memory(case, names)
        versions |= used
    date = today()
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    others, warning = other_work(before)
    report = f"{os.cpu_count()} cores; {listed}; {date}. Median times in microseconds.{warning}\n\n"
    report += markdown(entries, names)
    if memory:
        report += "\n" + memory_markdown(memory)
    print(report)
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write(report)
    if options.json:
        result = {"versions": versions, "date": date, "other_work": others, "cases": entries,
                  "best": best_times(entries), "memory": memory}  # fmt: skip
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)


if __name__ == "__main__":
    main()
