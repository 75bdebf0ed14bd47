//===- TransposedProduct.cpp - kernel.pack_transposed and its products ----===//
//
// Products with transposed weights of gates, which lie in the order in which register tiles read
// them.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Recurrent.h"
#include "compiler/codegen/Tile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

LogicalResult launchPackTransposed(EntryBuilder &entry, kernel::PackTransposedOp op) {
  const Buffer &weights = entry.buffer(op.getWeights());
  const Buffer &packed = entry.buffer(op.getOuts().front());
  const int64_t gates = packed.type.getDimSize(2);

  // k.sizes: rows of the weights, units. One iteration for each strip of columns of the result and
  // each block of units.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value rows = k.sizes[0], units = k.sizes[1], blocks = e.ceilDiv(units, e.lanes());
    Value strip = e.i64(stripWidth(e)), piece = e.mul(strip, e.i64(gates * e.lanes()));
    e.loop(k.begin, k.end, 1, [&](Value iteration) {
      Value to = e.at(k.pointers[1], e.mul(iteration, piece));
      Value firstRow = e.mul(e.div(iteration, blocks), strip);
      Value unit = e.mul(e.rem(iteration, blocks), e.i64(e.lanes()));
      Value unitsLeft = e.sub(units, unit), lineLength = e.mul(units, e.i64(gates));
      e.loop(e.i64(0), strip, e.lanes(), [&](Value half) {
        Value row = e.add(firstRow, half);
        e.loop(e.i64(0), e.i64(gates), 1, [&](Value gate) {
          Value column = e.add(e.mul(gate, units), unit);
          Value line = e.mul(gate, e.mul(e.i64(e.lanes()), strip));
          transposeSquare(e, e.at(k.pointers[0], e.add(e.mul(row, lineLength), column)), lineLength,
                          e.sub(rows, row), unitsLeft, e.at(to, e.add(line, half)), strip);
        });
      });
    });
  };

  Emitter &e = entry.emitter();
  Value rows = weights.sizes[0], units = e.div(weights.sizes[1], e.i64(gates));
  Launch launch;
  launch.name = "pack_transposed";
  launch.signature = llvm::formatv("{0} gates", gates);
  launch.pointers = {weights.pointer, packed.pointer};
  launch.sizes = {rows, units};
  launch.iterations = e.mul(e.ceilDiv(rows, stripWidth(e)), e.ceilDiv(units, e.lanes()));
  launch.grain = e.i64(1);
  launch.cost = e.mul(rows, weights.sizes[1]);
  launch.body = body;
  entry.launch(launch);
  return success();
}

/// Some rows of `strips` strips from column `column` on, of which `left` columns are left there.
static void emitTransposedTile(Emitter &e, const TransposedProduct &p, Value row, Value column,
                               Value rhs, Value stripStride, Value left, unsigned rows,
                               unsigned strips) {
  const unsigned vectors = 2 * strips;
  Values outputs, lhsRows, rhsVectors;
  for (unsigned r = 0; r < rows; ++r) {
    Value current = rowOf(e, p.list, e.add(row, e.i64(r)));
    outputs.push_back(e.at(p.to, e.add(e.mul(current, p.toStride), column)));
    lhsRows.push_back(e.at(p.lhs, e.mul(current, p.lhsStride)));
  }
  for (unsigned strip = 0; strip < strips; ++strip)
    rhsVectors.append(neighbours(e, e.at(rhs, e.mul(stripStride, e.i64(strip))), 2));
  Value pair = e.i64(stripWidth(e));
  auto maskOf = [&](unsigned vector) { return e.maskOf(e.sub(left, e.i64(vector * e.lanes()))); };
  Values sums(rows * vectors, e.constant(e.vectorOf(e.f32()), 0));
  if (p.accumulates)
    for (unsigned r = 0; r < rows; ++r)
      for (unsigned v = 0; v < vectors; ++v)
        sums[r * vectors + v] =
            e.loadLanes(e.at(outputs[r], e.i64(v * e.lanes())), e.f32(), maskOf(v));
  sums = e.loop(e.i64(0), p.pieces, 1, sums, [&](Value piece, ValueRange carried) {
    TileOperands operands;
    for (Value lhsRow : lhsRows)
      operands.lhsRows.push_back(e.at(lhsRow, e.mul(piece, p.lhsPieceStride)));
    operands.lhsDepthStride = e.i64(1);
    for (Value vector : rhsVectors)
      operands.rhsVectors.push_back(e.at(vector, e.mul(piece, e.mul(p.depth, pair))));
    operands.rhsDepthStride = pair;
    return accumulateTile(e, Values(carried), operands, e.i64(0), p.depth);
  });
  auto store = [&](bool masked) {
    for (unsigned v = 0; v < vectors; ++v) {
      Value mask = masked ? maskOf(v) : Value();
      for (unsigned r = 0; r < rows; ++r)
        e.storeLanes(sums[r * vectors + v], e.at(outputs[r], e.i64(v * e.lanes())), mask);
    }
  };
  e.ifThen(e.less(left, e.i64(vectors * e.lanes())), [&] { store(true); }, [&] { store(false); });
}

static void emitTransposedProductBody(Emitter &e, const TransposedProduct &p) {
  Value stripStride = e.mul(e.mul(p.pieces, p.depth), e.i64(stripWidth(e)));
  Value forwards = e.equal(p.backwards, e.i64(0));
  auto emitStrips = [&](Value row, Value end, unsigned rows, Value first, Value last,
                        unsigned strips) {
    e.loop(first, last, strips, [&](Value index) {
      Value mirrored = e.sub(e.add(first, e.sub(last, e.i64(strips))), index);
      Value strip = e.select(forwards, index, mirrored);
      Value column = e.mul(strip, e.i64(stripWidth(e)));
      Value rhs = e.at(p.rhs, e.mul(strip, stripStride)), left = e.sub(p.columns, column);
      e.loop(row, end, rows, [&](Value row) {
        emitTransposedTile(e, p, row, column, rhs, stripStride, left, rows, strips);
      });
    });
  };
  Value row = e.i64(0);
  for (unsigned rows : tileShape(e.isa()).rows) {
    Value end = e.add(row, e.roundDown(e.sub(p.rows, row), rows)), first = p.firstStrip;
    // Few rows need more strips for as many sums in flight.
    for (unsigned strips = std::max(kSumsInFlight / (2 * rows), 1u); strips > 0; strips /= 2) {
      Value last = e.add(first, e.roundDown(e.sub(p.lastStrip, first), strips));
      emitStrips(row, end, rows, first, last, strips);
      first = last;
    }
    row = end;
  }
}

void emitTransposedProduct(EntryBuilder &entry, Emitter &e, const TransposedProduct &product) {
  using P = TransposedProduct;
  const bool accumulates = product.accumulates, hasList = bool(product.list);
  std::string name = accumulates ? "add_transposed_product" : "transposed_product";
  if (hasList)
    name += "_of_rows";
  callWithMembers<P>(entry.module(), e, name, {&P::to, &P::lhs, &P::rhs, &P::list},
                     {&P::toStride, &P::lhsStride, &P::lhsPieceStride, &P::rows, &P::columns,
                      &P::pieces, &P::depth, &P::firstStrip, &P::lastStrip, &P::backwards},
                     product, [&](Emitter &e, TransposedProduct p) {
                       p.accumulates = accumulates;
                       if (!hasList)
                         p.list = {};
                       emitTransposedProductBody(e, p);
                     });
}

void emitMaskedProduct(EntryBuilder &entry, Emitter &e, TransposedProduct product,
                       llvm::function_ref<Value(Value row)> byteOf) {
  Value rows = product.rows;
  product.list = e.stack(e.i64Type(), kStripRows);
  e.loop(e.i64(0), rows, kStripRows, [&](Value first) {
    Value strip = e.min(e.sub(rows, first), e.i64(kStripRows));
    product.rows = sortRows(e, first, strip, product.list, byteOf);
    emitTransposedProduct(entry, e, product);
  });
}

} // namespace rondo::codegen
