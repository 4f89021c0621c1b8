// Sleeping until another thread has changed a number. WebAssembly has instructions for it; native code asks its host
// (packages/native/addon/wait.c), so that the kernels need no system header.
#ifndef TATAMI_WAIT_H
#define TATAMI_WAIT_H

#include <stdatomic.h>
#include <stdint.h>

#if defined(__wasm__)

/** Sleeps while `*word` is `value`; may return earlier. */
static inline void tatami_wait(_Atomic int32_t *word, int32_t value) {
  __builtin_wasm_memory_atomic_wait32((int *)word, value, -1);
}

/** Wakes who sleeps on `word`; there is one at most. */
static inline void tatami_wake(_Atomic int32_t *word) { __builtin_wasm_memory_atomic_notify((int *)word, 1); }

#else

void tatami_wait(_Atomic int32_t *word, int32_t value);
void tatami_wake(_Atomic int32_t *word);

#endif

/** Looks at memory before the next look in a loop: about 15 ns natively, 2 ns in WebAssembly, which has no such hint. */
static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
