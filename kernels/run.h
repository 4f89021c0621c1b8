// Running a program: what the host calls, once a step.
#ifndef TATAMI_RUN_H
#define TATAMI_RUN_H

#include <stdint.h>

typedef struct {
  /** TATAMI_KERNEL_… */
  int32_t kernel;
  /** the kernel's argument struct */
  const void *arguments;
} tatami_call;

/** Runs the calls in order: returns -1, or the index of the guard that stopped the program. */
int32_t tatami_run(const tatami_call *calls, int32_t count);

#endif
