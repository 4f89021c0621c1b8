// The loop over a program's phases, lanes and calls. It trusts them: who made the program has checked it.
#include "run.h"

#include <stdatomic.h>

#include "generated/kernel-table.h"
#include "scratch.h"
#include "team.h"

#define CASE(number, name)         \
  case number:                     \
    tatami_##name(call->arguments); \
    break;

/** the calls from `call` to `end`: -1, or the number of the guard that stopped them */
static int32_t run_calls(const tatami_call *call, const tatami_call *end) {
  for (; call < end; call++) {
    switch (call->kernel) {
      TATAMI_KERNELS(CASE)
      case TATAMI_KERNEL_GUARD: {
        const int32_t stopped = tatami_guard(call->arguments);
        if (stopped >= 0) return stopped;
        break;
      }
    }
  }
  return -1;
}

typedef struct {
  const tatami_program *program;
  /** the lowest number of a guard that stopped a lane; all ones, which is -1, where none has */
  _Atomic uint32_t stopped;
} phase;

static void run_lane(void *context, int32_t lane) {
  ready_scratch();
  phase *self = context;
  const tatami_program *program = self->program;
  const int32_t first = lane == 0 ? 0 : program->laneEnds[lane - 1];
  const uint32_t stopped = (uint32_t)run_calls(program->calls + first, program->calls + program->laneEnds[lane]);
  uint32_t lowest = atomic_load_explicit(&self->stopped, memory_order_relaxed);
  while (stopped < lowest && !atomic_compare_exchange_weak(&self->stopped, &lowest, stopped)) {
  }
}

int32_t tatami_run(const tatami_program *program, int32_t threads) {
  phase current = {program, UINT32_MAX};
  int32_t first = 0;
  for (int32_t i = 0; i < program->phases; i++) {
    const int32_t end = program->phaseEnds[i];
    tatami_team_run(run_lane, &current, first, end, threads);
    const uint32_t stopped = atomic_load_explicit(&current.stopped, memory_order_relaxed);
    if (stopped != UINT32_MAX) return (int32_t)stopped;
    first = end;
  }
  return -1;
}
