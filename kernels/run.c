// The loop over a program's calls. It trusts them: who made the program has checked it.
#include "run.h"

#include "generated/kernel-table.h"

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

int32_t tatami_run(const tatami_program *program) {
  if (program->phases == 0) return -1;
  const int32_t lanes = program->phaseEnds[program->phases - 1];
  const int32_t calls = lanes > 0 ? program->laneEnds[lanes - 1] : 0;
  return run_calls(program->calls, program->calls + calls);
}
