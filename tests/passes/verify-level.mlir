// RUN: rondo-opt %s -rondo-verify-level=level=simplified -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @fine(%x: tensor<f32>) -> tensor<f32> {
  %0 = arith.constant dense<1.0> : tensor<f32>
  %1 = rondo.add %0, %x : tensor<f32>
  return %1 : tensor<f32>
}

// -----

func.func @arithmetic_other_than_constants(%x: f32) -> f32 {
  // expected-error @below {{'arith.addf' is left at the level 'simplified', where only these may occur: rondo, func, arith.constant}}
  %0 = arith.addf %x, %x : f32
  return %0 : f32
}

// -----

func.func @foreign_dialect() {
  // expected-error @below {{'alien.op' is left at the level 'simplified'}}
  "alien.op"() : () -> ()
  return
}
