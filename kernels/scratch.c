// The one working memory of a thread: in WebAssembly the library gives each worker its own (worker.c), natively it comes
// from the host (packages/native/addon/threads.c) at the first run on a thread, and goes with it.
#include "scratch.h"

#if defined(__wasm_atomics__)

static convolution_scratch first;

PER_THREAD convolution_scratch *thread_scratch = &first;

void ready_scratch(void) {}

#elif defined(__wasm__)

convolution_scratch scratch;

void ready_scratch(void) {}

#else

PER_THREAD convolution_scratch *thread_scratch;

void *tatami_thread_memory(uint64_t bytes);

void ready_scratch(void) {
  if (!thread_scratch) thread_scratch = tatami_thread_memory(sizeof(convolution_scratch));
}

#endif
