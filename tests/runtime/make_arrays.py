"""Makes the files in arrays/ with NumPy: what other programs write.

Run from this folder with any NumPy >= 1.17; the files are committed, so tests
do not need it.
"""
import io
import struct
import zipfile

import numpy as np


def header(version, text, data=b""):
    body = text.encode("utf-8") + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(body))
    return b"\x93NUMPY" + bytes([version, 0]) + length + body + data


def write(name, content):
    with open(f"arrays/{name}", "wb") as file:
        file.write(content)


counting = np.arange(6).reshape(2, 3)
np.savez(
    "arrays/types.npz",
    **{kind: counting.astype(kind) for kind in
       "float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool".split()},
    **{"a/nested/name": np.float32(2.5), "empty": np.zeros((0, 3), np.float32)},
)
np.savez_compressed("arrays/compressed.npz", zeros=np.zeros((100, 100), np.float32),
                    counting=counting.astype(np.int32))
np.savez("arrays/orders.npz", big=counting.astype(">f4"), big_int=counting.astype(">i8"),
         fortran=np.asfortranarray(np.arange(24, dtype=np.int32).reshape(2, 3, 4)),
         fortran_big=np.asfortranarray(counting.astype(">i2")))
np.save("arrays/single.npy", counting.astype(np.float32))
np.save("arrays/scalar.npy", np.int64(-7))

plain = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
values = struct.pack("<ff", 1.5, -2.5)
write("version2.npy", header(2, plain, values))
write("version3.npy", header(3, plain, values))
write("quotes.npy", header(1, '{"shape":(2L,),"fortran_order":False,"descr":"<f4"}', values))

# What must be refused.
write("version4.npy", header(4, plain, values))
write("huge.npy", header(1, plain.replace("(2,)", "(4611686018427387904, 16)"), values))
write("lying.npy", header(1, plain.replace("(2,)", "(1000000000,)"), values))
write("negative.npy", header(1, plain.replace("(2,)", "(-2,)"), values))
write("too_long.npy", header(1, plain, values + b"x"))
write("unknown_key.npy", header(1, plain.replace("'shape'", "'form'"), values))
write("repeated_key.npy", header(1, plain.replace("}", "'shape': (2,)}"), values))
write("unclosed.npy", header(1, plain.replace("}", ""), values))
write("code.npy", header(1, plain.replace("(2,)", "__import__('os')"), values))
write("rank.npy", header(1, plain.replace("(2,)", "(" + "1, " * 40 + ")"), values))
np.savez("arrays/object.npz", a=np.array([{}, None], dtype=object))
np.savez("arrays/text.npz", a=np.array(["one", "two"]))
np.savez("arrays/complex.npz", a=np.zeros(2, np.complex64))
np.savez("arrays/half.npz", a=np.zeros(2, np.float16))
np.savez("arrays/records.npz", a=np.zeros(2, [("x", "<f4"), ("y", "<i4")]))
with zipfile.ZipFile("arrays/twice.npz", "w") as archive:
    entry = io.BytesIO()
    np.save(entry, counting)
    archive.writestr("a.npy", entry.getvalue())
    archive.writestr("a.npy", entry.getvalue())
with zipfile.ZipFile("arrays/stranger.npz", "w") as archive:
    archive.writestr("readme.txt", "not an array")
with zipfile.ZipFile("arrays/empty.npz", "w"):
    pass
