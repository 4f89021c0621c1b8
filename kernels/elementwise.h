// The elementwise functions as other kernels use them: the epilogues of matmul and conv2d.
#ifndef TATAMI_ELEMENTWISE_H
#define TATAMI_ELEMENTWISE_H

#include <stdint.h>

/** x[0..count) = function(x), the function by its opcode with `parameter` as second operand; in place. */
void tatami_apply_activation(int32_t opcode, float parameter, float *x, int32_t count);

#endif
