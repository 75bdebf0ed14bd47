# The lit suite of all tests that run rondo-opt and check what it prints:
# tests/dialect and tests/passes. CTest runs it as the test `lit`.
import os

import lit.formats

config.name = "rondo"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params["output"]
config.environment["PATH"] = os.pathsep.join(
    [lit_config.params["rondo_bin"], lit_config.params["llvm_bin"], os.environ["PATH"]]
)
