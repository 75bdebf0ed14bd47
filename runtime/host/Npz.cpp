//===- Npz.cpp - NumPy's array files ----------------------------------------===//
//
// The .npy header, the elements behind it, and the zip archive around several.
// The archive itself is libzip's work.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Npz.h"
#include "runtime/host/File.h"
#include "runtime/host/Zip.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include <cerrno>
#include <climits>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sys/stat.h>
#include <type_traits>

using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace rondo::host {
namespace {

constexpr StringRef kNpyMagic("\x93NUMPY", 6);
constexpr int64_t kMaxHeaderBytes = 1 << 16;
constexpr size_t kMaxRank = 32; // NumPy's own limit
constexpr int64_t kReadBlock = 1 << 22;

struct TypeInfo {
  ElementType type;
  const char *descr; // without the byte order
  const char *name;
  int64_t size;
};

constexpr TypeInfo kTypes[] = {
    {ElementType::F32, "f4", "float32", 4}, {ElementType::F64, "f8", "float64", 8},
    {ElementType::I8, "i1", "int8", 1},     {ElementType::I16, "i2", "int16", 2},
    {ElementType::I32, "i4", "int32", 4},   {ElementType::I64, "i8", "int64", 8},
    {ElementType::U8, "u1", "uint8", 1},    {ElementType::U16, "u2", "uint16", 2},
    {ElementType::U32, "u4", "uint32", 4},  {ElementType::U64, "u8", "uint64", 8},
    {ElementType::Bool, "b1", "bool", 1},
};

const TypeInfo &infoOf(ElementType type) {
  for (const TypeInfo &info : kTypes)
    if (info.type == type)
      return info;
  llvm_unreachable("every element type is listed");
}

/// The product of `shape`, or nothing where it (or a byte count) overflows.
std::optional<int64_t> countOf(ArrayRef<int64_t> shape, int64_t elementSize) {
  int64_t bytes = elementSize;
  bool overflow = false;
  for (int64_t size : shape)
    overflow |= __builtin_mul_overflow(bytes, size, &bytes);
  // A zero may hide an overflow of the others: no matter, nothing is stored.
  if (llvm::is_contained(shape, 0))
    return 0;
  if (overflow)
    return std::nullopt;
  return bytes / elementSize;
}

//===----------------------------------------------------------------------===//
// The .npy header: a Python dictionary
//===----------------------------------------------------------------------===//

struct Header {
  ElementType type = ElementType::F32;
  bool swapped = false; // the other byte order
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Why NumPy's other element types are refused, by the letter of their kind.
const char *refusedKind(char kind) {
  switch (kind) {
  case 'f':
    return "of a floating-point type other than float32 and float64";
  case 'c':
    return "of complex numbers";
  case 'O':
    return "of Python objects";
  case 'U':
  case 'S':
  case 'a':
    return "of strings";
  case 'M':
  case 'm':
    return "of dates or times";
  case 'V':
    return "of raw bytes";
  }
  return "of an unknown type";
}

/// Reads the dictionary. Errors are the part of a message behind the name.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Expected<Header> parse() {
    bool hasType = false, hasOrder = false, hasShape = false;
    if (!take("{"))
      return malformed();
    while (!take("}")) {
      StringRef key;
      if (!string(key) || !take(":"))
        return malformed();
      if (key == "descr" && !hasType) {
        hasType = true;
        if (Error problem = descr())
          return problem;
      } else if (key == "fortran_order" && !hasOrder) {
        hasOrder = true;
        header.fortranOrder = take("True");
        if (!header.fortranOrder && !take("False"))
          return malformed();
      } else if (key == "shape" && !hasShape) {
        hasShape = true;
        if (Error problem = shape())
          return problem;
      } else {
        return malformed();
      }
      if (!take(",") && !StringRef(rest).ltrim().starts_with("}"))
        return malformed();
    }
    if (!rest.trim().empty() || !hasType || !hasOrder || !hasShape)
      return malformed();
    return header;
  }

  /// Whether the header is sound, but not that of an array of numbers.
  bool isForeign = false;

private:
  static Error malformed() { return error("has a malformed .npy header"); }

  bool take(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  bool string(StringRef &value) {
    rest = rest.ltrim();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return false;
    size_t end = rest.find(rest[0], 1);
    if (end == StringRef::npos)
      return false;
    value = rest.slice(1, end);
    rest = rest.substr(end + 1);
    return true;
  }

  Error descr() {
    StringRef text;
    isForeign = StringRef(rest).ltrim().starts_with("[");
    if (isForeign)
      return error("is a structured array; only plain numbers are supported");
    if (!string(text) || text.size() < 2)
      return malformed();
    char order = text[0];
    if (StringRef("<>|=").contains(order))
      text = text.drop_front();
    header.swapped = order == '>';
    for (const TypeInfo &info : kTypes)
      if (text == info.descr) {
        header.type = info.type;
        return Error::success();
      }
    isForeign = true;
    return error("is an array {}, `{}`; supported are float32, float64, integers and bool",
                 refusedKind(text.empty() ? ' ' : text[0]), text.str());
  }

  Error shape() {
    if (!take("("))
      return malformed();
    while (!take(")")) {
      rest = rest.ltrim();
      int64_t size;
      if (rest.consumeInteger(10, size) || size < 0)
        return malformed();
      rest.consume_front("L"); // Python 2 wrote long integers so
      header.shape.push_back(size);
      if (header.shape.size() > kMaxRank)
        return error("has more than {} dimensions", kMaxRank);
      if (!take(",") && !StringRef(rest).ltrim().starts_with(")"))
        return malformed();
    }
    return Error::success();
  }

  StringRef rest;
  Header header;
};

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

void swapBytes(std::vector<char> &bytes, int64_t size) {
  for (size_t at = 0; at + size <= bytes.size(); at += size)
    std::reverse(bytes.begin() + at, bytes.begin() + at + size);
}

/// From column-major to row-major.
std::vector<char> toRowMajor(const std::vector<char> &bytes, ArrayRef<int64_t> shape,
                             int64_t size) {
  std::vector<char> result(bytes.size());
  llvm::SmallVector<int64_t> index(shape.size(), 0), strides;
  int64_t stride = size;
  for (int64_t extent : shape) {
    strides.push_back(stride);
    stride *= extent;
  }
  int64_t from = 0;
  for (size_t to = 0; to < bytes.size(); to += size) {
    std::memcpy(&result[to], &bytes[from], size);
    for (size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < shape[axis])
        break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/// Where the bytes of one .npy come from: fills a buffer, returns how many
/// bytes it got, or -1 on an error that `problem` then describes.
struct Source {
  llvm::function_ref<int64_t(char *, int64_t)> read;
  llvm::function_ref<std::string()> problem;
  int64_t bytes;       // what the container says there is
  int64_t safeReserve; // how much memory its existence on the disk justifies
  int64_t limit;       // how much memory it may take
};

class NpyReader {
public:
  NpyReader(StringRef path, StringRef name, Source source)
      : where(name.empty() ? fmt::format("`{}`", path.str())
                           : fmt::format("array `{}` in `{}`", name.str(), path.str())),
        source(source) {
    array.name = name.str();
  }

  Expected<Array> read() {
    char fixed[12];
    if (Error problem = fill(fixed, 10))
      return problem;
    if (StringRef(fixed, 6) != kNpyMagic)
      return error("{} is not in .npy format", where);
    int version = fixed[6];
    auto byte = [&](int at) { return static_cast<int64_t>(static_cast<uint8_t>(fixed[at])); };
    int64_t headerBytes = byte(8) | byte(9) << 8;
    if (version < 1 || version > 3)
      return error("{} is in version {} of the .npy format; supported are 1 to 3", where, version);
    if (version > 1) {
      if (Error problem = fill(fixed + 10, 2))
        return problem;
      headerBytes |= byte(10) << 16 | byte(11) << 24;
    }
    if (headerBytes > kMaxHeaderBytes || headerBytes > source.bytes - taken)
      return error("{} has a malformed .npy header", where);
    std::string text(headerBytes, '\0');
    if (Error problem = fill(text.data(), headerBytes))
      return problem;

    HeaderParser parser(text);
    Expected<Header> header = parser.parse();
    isForeign = parser.isForeign;
    if (!header)
      return error("{} {}", where, llvm::toString(header.takeError()));
    array.type = header->type;
    array.shape = header->shape;
    int64_t size = elementTypeSize(array.type);
    std::optional<int64_t> count = countOf(array.shape, size);
    int64_t follow = source.bytes - taken;
    if (!count || *count * size != follow)
      return error("{} is damaged: its header says {} {}, but {} bytes follow", where,
                   shapeText(array.shape), elementTypeName(array.type).str(), follow);
    if (follow > source.limit)
      return error("{} has {} bytes, more than this machine's memory", where, follow);
    if (Error problem = elements(follow))
      return problem;
    if (header->swapped && size > 1)
      swapBytes(array.bytes, size);
    if (header->fortranOrder && array.shape.size() > 1)
      array.bytes = toRowMajor(array.bytes, array.shape, size);
    return std::move(array);
  }

  /// Whether what was read is an array, but not of numbers.
  bool isForeign = false;

private:
  Error fill(char *to, int64_t bytes) {
    while (bytes > 0) {
      int64_t got = source.read(to, bytes);
      if (got < 0)
        return error("{} cannot be read: {}", where, source.problem());
      if (got == 0)
        return error("{} is cut off", where);
      to += got;
      bytes -= got;
      taken += got;
    }
    return Error::success();
  }

  /// Memory grows with what has really been read, whatever the header says.
  Error elements(int64_t bytes) {
    array.bytes.reserve(std::min(bytes, source.safeReserve));
    for (int64_t done = 0; done < bytes;) {
      int64_t block = std::min(bytes - done, kReadBlock);
      array.bytes.resize(done + block);
      if (Error problem = fill(array.bytes.data() + done, block))
        return problem;
      done += block;
    }
    // Only at the end does libzip compare the checksum.
    char extra;
    int64_t got = source.read(&extra, 1);
    if (got < 0)
      return error("{} cannot be read: {}", where, source.problem());
    if (got > 0)
      return error("{} is damaged: more bytes follow than its size says", where);
    return Error::success();
  }

  std::string where;
  Source source;
  int64_t taken = 0;
  Array array;
};

//===----------------------------------------------------------------------===//
// Files and archives
//===----------------------------------------------------------------------===//

struct CloseFile {
  void operator()(FILE *file) const { std::fclose(file); }
};
using FilePointer = std::unique_ptr<FILE, CloseFile>;

Expected<ArrayFile> readNpz(const std::string &path, int64_t fileBytes, bool mayHoldForeign) {
  int code = 0;
  ZipPointer archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive)
    return error("`{}` is a damaged zip archive: {}", path, zipErrorText(code));
  ArrayFile file;
  file.path = path;
  llvm::StringSet<> names;
  int64_t memory = physicalMemory();
  zip_int64_t entries = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    zip_stat_t status;
    if (zip_stat_index(archive.get(), i, ZIP_FL_ENC_RAW, &status) != 0 ||
        (status.valid & (ZIP_STAT_NAME | ZIP_STAT_SIZE)) != (ZIP_STAT_NAME | ZIP_STAT_SIZE) ||
        status.size > INT64_MAX)
      return error("`{}` is a damaged zip archive: {}", path, zip_strerror(archive.get()));
    StringRef name = status.name;
    if (!name.consume_back(".npy")) {
      file.foreign.push_back({name.str(), fmt::format("`{}` holds `{}`, which is not a NumPy array",
                                                      path, name.str())});
      continue;
    }
    if (!names.insert(name).second)
      return error("`{}` holds array `{}` twice", path, name.str());
    ZipEntryPointer entry(zip_fopen_index(archive.get(), i, 0));
    if (!entry)
      return error("array `{}` in `{}` cannot be read: {}", name.str(), path,
                   zip_strerror(archive.get()));
    auto read = [&](char *to, int64_t bytes) -> int64_t {
      return zip_fread(entry.get(), to, bytes);
    };
    auto problem = [&] { return std::string(zip_file_strerror(entry.get())); };
    Source source{read, problem, static_cast<int64_t>(status.size), fileBytes, memory};
    NpyReader reader(path, name, source);
    Expected<Array> array = reader.read();
    if (!array && reader.isForeign) {
      file.foreign.push_back({name.str(), llvm::toString(array.takeError())});
      continue;
    }
    if (!array)
      return array.takeError();
    memory -= array->bytes.size();
    file.arrays.push_back(std::move(*array));
  }
  if (!file.foreign.empty() && !mayHoldForeign)
    return error("{}", file.foreign.front().problem);
  return file;
}

Expected<ArrayFile> readNpy(const std::string &path, FILE *stream, int64_t fileBytes) {
  auto read = [&](char *to, int64_t bytes) -> int64_t {
    size_t got = std::fread(to, 1, bytes, stream);
    return got == 0 && std::ferror(stream) ? -1 : static_cast<int64_t>(got);
  };
  auto problem = [] { return std::string(std::strerror(errno)); };
  Expected<Array> array =
      NpyReader(path, "", {read, problem, fileBytes, fileBytes, physicalMemory()}).read();
  if (!array)
    return array.takeError();
  ArrayFile file;
  file.path = path;
  file.arrays.push_back(std::move(*array));
  return file;
}

/// Version 1 of the format; elements start at a multiple of 64 bytes.
std::string npyHeader(const Array &array) {
  const TypeInfo &info = infoOf(array.type);
  std::string dictionary =
      fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': {}, }}",
                  info.size == 1 ? '|' : '<', info.descr, shapeText(array.shape));
  size_t total = llvm::alignTo(kNpyMagic.size() + 4 + dictionary.size() + 1, 64);
  size_t headerBytes = total - kNpyMagic.size() - 4;
  dictionary.resize(headerBytes - 1, ' ');
  return fmt::format("{}{}{}{}{}{}\n", kNpyMagic.str(), '\x01', '\0',
                     static_cast<char>(headerBytes & 0xff), static_cast<char>(headerBytes >> 8),
                     dictionary);
}

Error writeNpy(const std::string &path, const std::string &temporary, const Array &array) {
  FilePointer file(std::fopen(temporary.c_str(), "wb"));
  std::string header = npyHeader(array);
  bool done =
      file && std::fwrite(header.data(), 1, header.size(), file.get()) == header.size() &&
      std::fwrite(array.bytes.data(), 1, array.bytes.size(), file.get()) == array.bytes.size() &&
      std::fflush(file.get()) == 0;
  if (!done)
    return error("cannot write `{}`: {}", path, std::strerror(errno));
  return Error::success();
}

Error writeNpz(const std::string &path, const std::string &temporary, ArrayRef<Array> arrays) {
  int code = 0;
  ZipPointer archive(zip_open(temporary.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (!archive)
    return error("cannot write `{}`: {}", path, zipErrorText(code));
  // libzip reads the buffers when it closes the archive.
  std::vector<std::vector<char>> contents;
  contents.reserve(arrays.size());
  for (const Array &array : arrays) {
    std::string header = npyHeader(array);
    std::vector<char> &bytes = contents.emplace_back(header.begin(), header.end());
    bytes.insert(bytes.end(), array.bytes.begin(), array.bytes.end());
    zip_source_t *source = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
    zip_int64_t index = source ? zip_file_add(archive.get(), (array.name + ".npy").c_str(), source,
                                              ZIP_FL_ENC_UTF_8)
                               : -1;
    if (source && index < 0)
      zip_source_free(source);
    // The same date everywhere, 1 January 1980, for the same bytes.
    if (index < 0 || zip_set_file_compression(archive.get(), index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(archive.get(), index, 0, 1 << 5 | 1, 0) != 0)
      return error("cannot write array `{}` to `{}`: {}", array.name, path,
                   zip_strerror(archive.get()));
  }
  if (arrays.empty()) // libzip does not write empty archives
    return error("cannot write `{}`: there is nothing to write", path);
  if (zip_close(archive.get()) != 0)
    return error("cannot write `{}`: {}", path, zip_strerror(archive.get()));
  archive.release();
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

/// Calls `function` with the elements as a typed array. Bool comes as uint8.
template <typename Function> auto withElements(const Array &array, Function function) {
  auto typed = [&](auto example) {
    using T = decltype(example);
    return function(ArrayRef<T>(reinterpret_cast<const T *>(array.bytes.data()),
                                array.bytes.size() / sizeof(T)));
  };
  switch (array.type) {
  case ElementType::F32:
    return typed(float());
  case ElementType::F64:
    return typed(double());
  case ElementType::I8:
    return typed(int8_t());
  case ElementType::I16:
    return typed(int16_t());
  case ElementType::I32:
    return typed(int32_t());
  case ElementType::I64:
    return typed(int64_t());
  case ElementType::U16:
    return typed(uint16_t());
  case ElementType::U32:
    return typed(uint32_t());
  case ElementType::U64:
    return typed(uint64_t());
  case ElementType::U8:
  case ElementType::Bool:
    return typed(uint8_t());
  }
  llvm_unreachable("every element type is listed");
}

/// Whether `value` can become `result` without loss beyond rounding.
template <typename From> bool convert(From value, float &result) {
  result = static_cast<float>(value);
  if constexpr (std::is_floating_point_v<From>) {
    return std::isfinite(result) || !std::isfinite(value);
  } else {
    // Compared in double, where the limits of the type are exact powers of two.
    double back = result;
    double limit = std::ldexp(1.0, std::numeric_limits<From>::digits);
    return back < limit && static_cast<From>(back) == value;
  }
}

template <typename From> bool convert(From value, int32_t &result) {
  if constexpr (std::is_floating_point_v<From>) {
    if (!(value >= INT32_MIN && value <= static_cast<From>(INT32_MAX)))
      return false;
    double wide = value;
    if (wide > INT32_MAX || std::trunc(wide) != wide)
      return false;
    result = static_cast<int32_t>(wide);
    return true;
  } else {
    result = static_cast<int32_t>(value);
    return static_cast<From>(result) == value && (result < 0) == (value < From(0));
  }
}

template <typename From> bool convert(From value, uint8_t &result) {
  result = value != From(0);
  return value == From(0) || value == From(1);
}

template <typename To>
Expected<std::vector<To>> convertAll(const Array &array, StringRef what, StringRef rule) {
  bool isBool = array.type == ElementType::Bool;
  return withElements(array, [&](auto elements) -> Expected<std::vector<To>> {
    std::vector<To> result(elements.size());
    for (size_t i = 0; i < elements.size(); ++i) {
      if (isBool)
        result[i] = elements[i] != 0;
      else if (!convert(elements[i], result[i]))
        return error("{}{} is {}, {}", what.str(), indexText(array.shape, i), +elements[i],
                     rule.str());
    }
    return result;
  });
}

} // namespace

//===----------------------------------------------------------------------===//
// Interface
//===----------------------------------------------------------------------===//

StringRef elementTypeName(ElementType type) { return infoOf(type).name; }

int64_t elementTypeSize(ElementType type) { return infoOf(type).size; }

int64_t Array::size() const { return bytes.size() / elementTypeSize(type); }

Array Array::ofFloats(std::string name, std::vector<int64_t> shape, ArrayRef<float> values) {
  Array array{std::move(name), ElementType::F32, std::move(shape), {}};
  const char *bytes = reinterpret_cast<const char *>(values.data());
  array.bytes.assign(bytes, bytes + values.size() * sizeof(float));
  return array;
}

Array Array::ofInt(std::string name, int64_t value) {
  Array array{std::move(name), ElementType::I64, {}, std::vector<char>(sizeof(value))};
  std::memcpy(array.bytes.data(), &value, sizeof(value));
  return array;
}

std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += fmt::format("{}{}", i ? ", " : "", shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string indexText(ArrayRef<int64_t> shape, int64_t index) {
  if (shape.empty())
    return "";
  std::string text;
  for (size_t axis = shape.size(); axis-- > 0;) {
    text = fmt::format("{}{}{}", index % shape[axis], text.empty() ? "" : ", ", text);
    index /= shape[axis];
  }
  return "[" + text + "]";
}

const Array *ArrayFile::find(StringRef name) const {
  for (const Array &array : arrays)
    if (array.name == name)
      return &array;
  return nullptr;
}

Expected<ArrayFile> readArrays(const std::string &path, bool mayHoldForeign) {
  if (Error problem = checkReadable(path))
    return problem;
  FilePointer stream(std::fopen(path.c_str(), "rb"));
  struct stat status;
  if (!stream || fstat(fileno(stream.get()), &status) != 0)
    return error("cannot read `{}`: {}", path, std::strerror(errno));
  char bytes[8];
  StringRef start(bytes, std::fread(bytes, 1, sizeof(bytes), stream.get()));
  std::rewind(stream.get());
  if (start.starts_with(kNpyMagic))
    return readNpy(path, stream.get(), status.st_size);
  if (isZip(start))
    return readNpz(path, status.st_size, mayHoldForeign);
  if (start.empty())
    return error("`{}` is empty", path);
  if (start.starts_with("\x89HDF"))
    return error("`{}` is an HDF5 file; .npz files are read", path);
  return error("`{}` is neither a .npz nor a .npy file", path);
}

Error writeArrays(const std::string &path, ArrayRef<Array> arrays) {
  Expected<PendingFile> file = PendingFile::create(path);
  if (!file)
    return file.takeError();
  bool isNpy = StringRef(path).ends_with(".npy");
  if (isNpy && arrays.size() != 1)
    return error("cannot write `{}`: a .npy file holds one array, and there are {}; use .npz", path,
                 arrays.size());
  if (Error problem = isNpy ? writeNpy(path, file->temporaryPath(), arrays[0])
                            : writeNpz(path, file->temporaryPath(), arrays))
    return problem;
  return file->commit();
}

Expected<std::vector<float>> toFloats(const Array &array, StringRef what) {
  return convertAll<float>(array, what, "which float32 cannot hold");
}

Expected<std::vector<int32_t>> toInts(const Array &array, StringRef what) {
  return convertAll<int32_t>(array, what, "which int32 cannot hold");
}

Expected<std::vector<uint8_t>> toBools(const Array &array, StringRef what) {
  return convertAll<uint8_t>(array, what, "where only 0 and 1 have a meaning");
}

} // namespace rondo::host
