"""Writes conformance/TOPIC.expected beside TOPIC.py: what each snippet prints. See scripts/make-conformance."""

import contextlib
import importlib.util
import io
import pathlib
import sys

MARK = "# --- "


def snippets(text):
    """The titles and the code under them."""
    parts = []
    for line in text.splitlines():
        if line.startswith(MARK):
            parts.append((line[len(MARK):], []))
        elif parts:
            parts[-1][1].append(line)
    return [(title, "\n".join(code) + "\n") for title, code in parts]


def printed(title, code):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, title, "exec"), {"__name__": "__main__"})
    text = output.getvalue()
    if not text.endswith("\n") or any(line.startswith(MARK) for line in text.splitlines()):
        sys.exit(f"{title}: the output has to end with a line, and may not look like a title")
    return text


def main():
    has_numpy = importlib.util.find_spec("numpy") is not None
    for path in sorted(pathlib.Path(".").glob("*.py")):
        topic = path.stem
        if sys.argv[1:] and topic not in sys.argv[1:]:
            continue
        text = path.read_text()
        if "numpy" in text and not has_numpy:
            print(f"{topic}: no numpy, left as it is")
            continue
        parts = [f"{MARK}{title}\n{printed(title, code)}" for title, code in snippets(text)]
        path.with_suffix(".expected").write_text("".join(parts))


main()
