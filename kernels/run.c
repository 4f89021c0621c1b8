// The loop over a program's calls. It trusts them: who made the program has checked it.
#include "run.h"

#include "generated/kernel-table.h"

#define CASE(number, name)               \
  case number:                           \
    tatami_##name(calls[call].arguments); \
    break;

int32_t tatami_run(const tatami_call *calls, int32_t count) {
  for (int32_t call = 0; call < count; call++) {
    switch (calls[call].kernel) {
      TATAMI_KERNELS(CASE)
      case TATAMI_KERNEL_GUARD:
        if (!tatami_guard(calls[call].arguments)) return call;
        break;
    }
  }
  return -1;
}
