# What every Rondo target shares: the packages, the flags, the precompiled
# header, and the functions that declare a library, a tool and a test.

list(APPEND CMAKE_PREFIX_PATH /usr/lib/llvm-19)
find_package(MLIR 19.1 REQUIRED CONFIG)
find_package(LLD REQUIRED CONFIG)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
# Debian's libzip package config asks for its command-line tools too: pkg-config does not.
find_package(PkgConfig REQUIRED)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(hdf5 REQUIRED hdf5-serial)
# The archive: Debian's shared one would load thirty others at every start of the tool.
find_library(RONDO_HDF5_ARCHIVE libhdf5.a REQUIRED HINTS ${hdf5_LIBRARY_DIRS})
add_library(rondo_hdf5 INTERFACE)
target_include_directories(rondo_hdf5 SYSTEM INTERFACE ${hdf5_INCLUDE_DIRS})
target_link_libraries(rondo_hdf5 INTERFACE ${RONDO_HDF5_ARCHIVE} sz z m ${CMAKE_DL_LIBS})
# Artifacts load oneDNN when they need it; only benchmarks link it. Set dnnl_ROOT for another
# version. Debian's package config asks for OpenCL's headers too, which a processor does not need.
find_path(RONDO_DNNL_INCLUDE oneapi/dnnl/dnnl.h HINTS ${dnnl_ROOT}/include REQUIRED)
find_library(RONDO_DNNL_LIBRARY dnnl HINTS ${dnnl_ROOT}/lib REQUIRED)
add_library(DNNL::dnnl UNKNOWN IMPORTED)
set_target_properties(DNNL::dnnl PROPERTIES IMPORTED_LOCATION ${RONDO_DNNL_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${RONDO_DNNL_INCLUDE})
find_package(benchmark REQUIRED)
find_package(Threads REQUIRED)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Precompiled headers and ccache agree only with these two sloppiness flags.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(rondo_flags INTERFACE)
target_include_directories(rondo_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(rondo_flags INTERFACE -Wall -Wextra -Wno-unused-parameter
  $<$<BOOL:${RONDO_WARNINGS_AS_ERRORS}>:-Werror>)
if(RONDO_SANITIZE)
  # GCC warns without reason of uninitialized values in instrumented code.
  target_compile_options(rondo_flags INTERFACE -fsanitize=${RONDO_SANITIZE} -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(rondo_flags INTERFACE -fsanitize=${RONDO_SANITIZE})
endif()
if(RONDO_FUZZ)
  # Debian's LLVM has no type information, which Clang's check of `vptr` asks for.
  target_compile_options(rondo_flags INTERFACE -fsanitize=fuzzer-no-link -fno-sanitize=vptr,function
    -fno-sanitize-recover=all)
  target_link_options(rondo_flags INTERFACE -fno-sanitize=vptr,function)
endif()

# Everything that includes MLIR or LLVM. Their headers are system headers, so
# our warning flags do not apply to them. LLVM comes as the shared libraries
# only: a static MLIR component beside libMLIR.so would register twice.
add_library(rondo_mlir INTERFACE)
target_link_libraries(rondo_mlir INTERFACE rondo_flags MLIR LLVM fmt::fmt)
target_include_directories(rondo_mlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_definitions(rondo_mlir INTERFACE ${LLVM_DEFINITIONS_LIST})
# MLIR knows an op's traits by the address of a variable in an inline function,
# or failing that by a name that GCC and the Clang of Debian's MLIR spell
# differently: with hidden visibility each side sees none of the other's traits.
target_compile_options(rondo_mlir INTERFACE -fvisibility=default)

# One precompiled header for all MLIR code; rondo_pch exists only to build it.
file(WRITE ${CMAKE_BINARY_DIR}/rondo_pch.cpp.in "// Builds the precompiled header.\n")
configure_file(${CMAKE_BINARY_DIR}/rondo_pch.cpp.in ${CMAKE_BINARY_DIR}/rondo_pch.cpp COPYONLY)
add_library(rondo_pch STATIC ${CMAKE_BINARY_DIR}/rondo_pch.cpp)
target_link_libraries(rondo_pch PUBLIC rondo_mlir)
target_precompile_headers(rondo_pch PRIVATE
  <algorithm> <map> <memory> <optional> <string> <vector>
  <mlir/Dialect/Arith/IR/Arith.h> <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/IR/Builders.h> <mlir/IR/BuiltinOps.h> <mlir/IR/PatternMatch.h>
  <mlir/Pass/Pass.h> <mlir/Support/LogicalResult.h> <fmt/format.h>)

# rondo_add_library(name sources… [LINK libs…]): a static library of MLIR code.
function(rondo_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC rondo_mlir ${ARG_LINK})
  target_precompile_headers(${name} REUSE_FROM rondo_pch)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# rondo_add_executable(name sources… [LINK libs…])
function(rondo_add_executable name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE rondo_mlir ${ARG_LINK})
  # -fPIC as in libraries, not -fPIE: the precompiled header fits one of them.
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIC)
  target_precompile_headers(${name} REUSE_FROM rondo_pch)
endfunction()
