//===- Hdf5.cpp - HDF5 files as arrays ---------------------------------------===//
//
// libhdf5 on files in memory. It reports errors as a stack of its own, of which
// users get the innermost line. Damaged files make it crash or run for ever, so
// parsing happens in a process of its own.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Hdf5.h"
#include "runtime/host/File.h"
#include "runtime/host/Isolated.h"
#include "llvm/ADT/STLExtras.h"
#include <cassert>
#include <cstring>
#include <hdf5.h>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace rondo::host {
namespace {

/// Deeper or fuller files hold something else than weights.
constexpr int kMaxDepth = 16;
constexpr size_t kMaxObjects = 100000;

/// An identifier of the library that is closed with this object.
class Handle {
public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id(id), close(close) {}
  Handle(const Handle &) = delete;
  Handle &operator=(const Handle &) = delete;
  ~Handle() {
    if (id >= 0)
      close(id);
  }
  operator hid_t() const { return id; }

private:
  hid_t id;
  herr_t (*close)(hid_t);
};

/// Keeps the library from printing its errors, and from loading plugins that a
/// file asks for.
class Quiet {
public:
  Quiet() {
    H5open();
    H5Eget_auto2(H5E_DEFAULT, &function, &data);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);
  }
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, function, data); }

private:
  H5E_auto2_t function = nullptr;
  void *data = nullptr;
};

/// What the library says of its last failure, innermost call first.
std::string lastProblem() {
  std::string text;
  auto visit = [](unsigned, const H5E_error2_t *entry, void *data) -> herr_t {
    std::string &text = *static_cast<std::string *>(data);
    if (text.empty() && entry->desc)
      text = entry->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &text);
  return text.empty() ? "no reason is given" : text;
}

Error damaged() { return error("is a damaged HDF5 file: {}", lastProblem()); }

struct TypeInfo {
  ElementType type;
  hid_t little, big, native;
};

/// The library's types are variables, not constants.
std::vector<TypeInfo> types() {
  return {{ElementType::F32, H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_NATIVE_FLOAT},
          {ElementType::F64, H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE},
          {ElementType::I8, H5T_STD_I8LE, H5T_STD_I8BE, H5T_NATIVE_INT8},
          {ElementType::I16, H5T_STD_I16LE, H5T_STD_I16BE, H5T_NATIVE_INT16},
          {ElementType::I32, H5T_STD_I32LE, H5T_STD_I32BE, H5T_NATIVE_INT32},
          {ElementType::I64, H5T_STD_I64LE, H5T_STD_I64BE, H5T_NATIVE_INT64},
          {ElementType::U8, H5T_STD_U8LE, H5T_STD_U8BE, H5T_NATIVE_UINT8},
          {ElementType::U16, H5T_STD_U16LE, H5T_STD_U16BE, H5T_NATIVE_UINT16},
          {ElementType::U32, H5T_STD_U32LE, H5T_STD_U32BE, H5T_NATIVE_UINT32},
          {ElementType::U64, H5T_STD_U64LE, H5T_STD_U64BE, H5T_NATIVE_UINT64}};
}

std::string join(StringRef group, StringRef name) {
  return group.empty() ? name.str() : (group + "/" + name).str();
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

class Reader {
public:
  explicit Reader(StringRef image) : image(image) {}

  Expected<Hdf5File> read() {
    Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    constexpr size_t increment = 1 << 16;
    if (access < 0 || H5Pset_fapl_core(access, increment, /*backing_store=*/false) < 0 ||
        H5Pset_file_image(access, const_cast<char *>(image.data()), image.size()) < 0)
      return damaged();
    Handle file(H5Fopen("image", H5F_ACC_RDONLY, access), H5Fclose);
    if (file < 0)
      return damaged();
    if (Error problem = readGroup(file, "", 0))
      return problem;
    return std::move(result);
  }

private:
  Error readGroup(hid_t group, const std::string &path, int depth) {
    if (depth > kMaxDepth)
      return error("holds groups inside groups, more than {} deep", kMaxDepth);
    if (Error problem = readName(group, path))
      return problem;
    H5G_info_t info;
    if (H5Gget_info(group, &info) < 0)
      return damaged();
    for (hsize_t i = 0; i < info.nlinks; ++i) {
      if (++objects > kMaxObjects)
        return error("holds more than {} objects", kMaxObjects);
      char name[256];
      ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name,
                                          sizeof(name), H5P_DEFAULT);
      if (length < 0)
        return damaged();
      if (length >= static_cast<ssize_t>(sizeof(name)))
        return error("holds a name of {} characters", length);
      if (Error problem = readObject(group, name, join(path, name), depth))
        return problem;
    }
    return Error::success();
  }

  Error readObject(hid_t group, const char *name, const std::string &path, int depth) {
    H5L_info_t link;
    if (H5Lget_info(group, name, &link, H5P_DEFAULT) < 0)
      return damaged();
    if (link.type != H5L_TYPE_HARD)
      return error("holds `{}`, which is a link to elsewhere", path);
    Handle object(H5Oopen(group, name, H5P_DEFAULT), H5Oclose);
    if (object < 0)
      return damaged();
    switch (H5Iget_type(object)) {
    case H5I_GROUP:
      return readGroup(object, path, depth + 1);
    case H5I_DATASET:
      return readDataset(object, path);
    default:
      return error("holds `{}`, which is neither a group nor an array", path);
    }
  }

  /// The attribute `name`, when it is a text.
  Error readName(hid_t group, const std::string &path) {
    htri_t exists = H5Aexists(group, "name");
    if (exists < 0)
      return damaged();
    if (!exists)
      return Error::success();
    Handle attribute(H5Aopen(group, "name", H5P_DEFAULT), H5Aclose);
    Handle type(H5Aget_type(attribute), H5Tclose);
    Handle space(H5Aget_space(attribute), H5Sclose);
    if (attribute < 0 || type < 0 || space < 0)
      return damaged();
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) <= 0 ||
        H5Sget_simple_extent_npoints(space) != 1)
      return Error::success();
    char *text = nullptr;
    if (H5Aread(attribute, type, &text) < 0)
      return damaged();
    if (text)
      result.names[path] = text;
    H5free_memory(text);
    return Error::success();
  }

  Error readDataset(hid_t dataset, const std::string &path) {
    Array array;
    array.name = path;
    Handle space(H5Dget_space(dataset), H5Sclose);
    Handle type(H5Dget_type(dataset), H5Tclose);
    if (space < 0 || type < 0)
      return damaged();
    auto known = llvm::find_if(knownTypes, [&](const TypeInfo &info) {
      return H5Tequal(type, info.little) > 0 || H5Tequal(type, info.big) > 0;
    });
    if (known == knownTypes.end())
      return error("holds array `{}` of a type that is not supported; supported are float32, "
                   "float64 and integers",
                   path);
    array.type = known->type;

    hsize_t sizes[H5S_MAX_RANK];
    int rank = H5Sget_simple_extent_dims(space, sizes, nullptr);
    if (rank < 0 || H5Sget_simple_extent_type(space) == H5S_NULL)
      return error("holds array `{}` without elements", path);
    int64_t bytes = elementTypeSize(array.type);
    for (int axis = 0; axis < rank; ++axis) {
      array.shape.push_back(static_cast<int64_t>(sizes[axis]));
      if (array.shape.back() < 0 || __builtin_mul_overflow(bytes, array.shape.back(), &bytes))
        return error("holds array `{}` of an impossible size", path);
    }
    if (Error problem = checkStorage(dataset, path, bytes))
      return problem;
    array.bytes.resize(bytes);
    if (bytes > 0 &&
        H5Dread(dataset, known->native, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()) < 0)
      return damaged();
    result.arrays.push_back(std::move(array));
    return Error::success();
  }

  /// Whether memory may be taken for a dataset of this size.
  Error checkStorage(hid_t dataset, const std::string &path, int64_t bytes) {
    Handle creation(H5Dget_create_plist(dataset), H5Pclose);
    if (creation < 0)
      return damaged();
    // Several names of one dataset could add up to anything, too.
    int64_t stored = H5Dget_storage_size(dataset);
    storedBytes += stored;
    if (storedBytes > static_cast<int64_t>(image.size()))
      return error("is a damaged HDF5 file: up to `{}` its arrays claim {} bytes of a file of {}",
                   path, storedBytes, image.size());
    switch (H5Pget_layout(creation)) {
    case H5D_COMPACT:
    case H5D_CONTIGUOUS:
      if (H5Pget_external_count(creation) != 0)
        return error("holds `{}`, whose elements are in another file", path);
      if (bytes > stored)
        return error("is a damaged HDF5 file: array `{}` has {} bytes, of which {} are stored",
                     path, bytes, stored);
      return Error::success();
    case H5D_CHUNKED:
      if (claimsTooMuch(bytes, stored))
        return error("holds array `{}`, which claims {} bytes, of which {} are stored", path, bytes,
                     stored);
      return Error::success();
    default:
      return error("holds `{}`, which is a view of other arrays", path);
    }
  }

  StringRef image;
  Hdf5File result;
  std::vector<TypeInfo> knownTypes = types();
  size_t objects = 0;
  int64_t storedBytes = 0; // of all datasets so far
};

//===----------------------------------------------------------------------===//
// From the process that parses
//===----------------------------------------------------------------------===//

/// Values one after another, as bytes.
class Packer {
public:
  void put(int64_t value) { text.append(reinterpret_cast<const char *>(&value), sizeof(value)); }
  void put(StringRef value) {
    put(static_cast<int64_t>(value.size()));
    text.append(value.data(), value.size());
  }
  std::string text;
};

/// The same values in the same order.
class Unpacker {
public:
  explicit Unpacker(StringRef text) : rest(text) {}
  int64_t takeInteger() {
    int64_t value;
    std::memcpy(&value, take(sizeof(value)).data(), sizeof(value));
    return value;
  }
  StringRef takeText() { return take(takeInteger()); }

private:
  StringRef take(size_t size) {
    assert(size <= rest.size() && "more is taken than was put");
    StringRef result = rest.take_front(size);
    rest = rest.drop_front(size);
    return result;
  }
  StringRef rest;
};

std::string pack(Expected<Hdf5File> contents) {
  Packer packer;
  packer.put(contents ? "" : llvm::toString(contents.takeError()));
  if (!contents)
    return packer.text;
  packer.put(static_cast<int64_t>(contents->arrays.size()));
  for (const Array &array : contents->arrays) {
    packer.put(array.name);
    packer.put(static_cast<int64_t>(array.type));
    packer.put(static_cast<int64_t>(array.shape.size()));
    for (int64_t size : array.shape)
      packer.put(size);
    packer.put(StringRef(array.bytes.data(), array.bytes.size()));
  }
  packer.put(static_cast<int64_t>(contents->names.size()));
  for (const auto &[path, name] : contents->names) {
    packer.put(path);
    packer.put(name);
  }
  return std::move(packer.text);
}

Expected<Hdf5File> unpack(StringRef text) {
  Unpacker unpacker(text);
  if (StringRef problem = unpacker.takeText(); !problem.empty())
    return error("{}", problem.str());
  Hdf5File contents;
  contents.arrays.resize(unpacker.takeInteger());
  for (Array &array : contents.arrays) {
    array.name = unpacker.takeText().str();
    array.type = static_cast<ElementType>(unpacker.takeInteger());
    array.shape.resize(unpacker.takeInteger());
    for (int64_t &size : array.shape)
      size = unpacker.takeInteger();
    StringRef bytes = unpacker.takeText();
    array.bytes.assign(bytes.begin(), bytes.end());
  }
  for (int64_t count = unpacker.takeInteger(); count > 0; --count) {
    StringRef path = unpacker.takeText();
    contents.names[path.str()] = unpacker.takeText().str();
  }
  return contents;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

class Writer {
public:
  Expected<std::string> write(const Hdf5File &contents) {
    Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    constexpr size_t increment = 1 << 20;
    if (access < 0 || H5Pset_fapl_core(access, increment, /*backing_store=*/false) < 0)
      return failed();
    Handle file(H5Fcreate("image", H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose);
    if (file < 0 || H5Pset_create_intermediate_group(links, 1) < 0 ||
        H5Pset_obj_track_times(creation, false) < 0)
      return failed();
    for (const auto &[path, name] : contents.names)
      if (!writeName(file, path, name))
        return failed();
    for (const Array &array : contents.arrays)
      if (!writeArray(file, array))
        return failed();
    if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0)
      return failed();
    ssize_t size = H5Fget_file_image(file, nullptr, 0);
    if (size < 0)
      return failed();
    std::string image(size, '\0');
    if (H5Fget_file_image(file, image.data(), image.size()) != size)
      return failed();
    return image;
  }

private:
  static Error failed() { return error("cannot be made: {}", lastProblem()); }

  bool writeName(hid_t file, const std::string &path, const std::string &name) {
    Handle group(H5Gcreate2(file, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    if (group < 0 || type < 0 || space < 0 || H5Tset_size(type, H5T_VARIABLE) < 0 ||
        H5Tset_cset(type, H5T_CSET_UTF8) < 0)
      return false;
    Handle attribute(H5Acreate2(group, "name", type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    const char *text = name.c_str();
    return attribute >= 0 && H5Awrite(attribute, type, &text) >= 0;
  }

  bool writeArray(hid_t file, const Array &array) {
    auto known =
        llvm::find_if(knownTypes, [&](const TypeInfo &info) { return info.type == array.type; });
    assert(known != knownTypes.end() && "no Keras variable is of this type");
    std::vector<hsize_t> sizes(array.shape.begin(), array.shape.end());
    Handle space(sizes.empty()
                     ? H5Screate(H5S_SCALAR)
                     : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
                 H5Sclose);
    Handle dataset(
        H5Dcreate2(file, array.name.c_str(), known->little, space, links, creation, H5P_DEFAULT),
        H5Dclose);
    return dataset >= 0 &&
           H5Dwrite(dataset, known->native, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()) >= 0;
  }

  Handle links{H5Pcreate(H5P_LINK_CREATE), H5Pclose};
  Handle creation{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};
  std::vector<TypeInfo> knownTypes = types();
};

} // namespace

bool isHdf5(StringRef bytes) { return bytes.starts_with("\x89HDF\r\n\x1a\n"); }

Expected<Hdf5File> parseHdf5(StringRef bytes) {
  // Of computing, for what takes milliseconds, and a tenth of a second for 16 MiB.
  unsigned seconds = 1 + (bytes.size() >> 24);
  std::optional<std::string> result = runIsolated(
      [bytes] {
        Quiet quiet;
        return pack(Reader(bytes).read());
      },
      seconds);
  if (!result)
    return error("is a damaged HDF5 file: the HDF5 library cannot read it");
  return unpack(*result);
}

Expected<std::string> formatHdf5(const Hdf5File &contents) {
  Quiet quiet;
  return Writer().write(contents);
}

} // namespace rondo::host
