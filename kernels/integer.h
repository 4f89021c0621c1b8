// Arithmetic of counts.
#ifndef TATAMI_INTEGER_H
#define TATAMI_INTEGER_H

#include <stdint.h>

static inline int32_t smaller_of(int32_t a, int32_t b) { return a < b ? a : b; }

static inline int32_t larger_of(int32_t a, int32_t b) { return a > b ? a : b; }

/** how many times `size` it takes to cover `count` */
static inline int32_t parts_of(int32_t count, int32_t size) { return (count + size - 1) / size; }

#endif
