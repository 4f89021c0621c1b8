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

/** Phases one after the other; the lanes of a phase may run side by side, the calls of a lane run in order. */
typedef struct {
  const tatami_call *calls;
  /** of each lane: the index of the call after its last; the next lane begins there */
  const int32_t *laneEnds;
  /** of each phase: the index of the lane after its last */
  const int32_t *phaseEnds;
  int32_t phases;
} tatami_program;

/**
 * Runs the program on this thread and on those of the team (team.h), at most `threads` in all.
 * @returns -1, or the number of the guard that stopped it: the phase of the guard runs to its end, later ones do not
 */
int32_t tatami_run(const tatami_program *program, int32_t threads);

#endif
