// A worker of the WebAssembly module: an instance of its own on the shared memory, with a stack and variables in it that
// the library has given (backend/wasm/team.ts). Native threads need none of this.
#include "scratch.h"
#include "team.h"

#if defined(__wasm_atomics__)

int32_t tatami_scratch_bytes(void) { return sizeof(convolution_scratch); }

/** Never returns. */
void tatami_work(int32_t worker, convolution_scratch *own) {
  thread_scratch = own;
  tatami_team_work(worker);
}

#endif
