// The one working memory of a thread.
#include "scratch.h"

#if defined(__wasm_atomics__)
static convolution_scratch first;

PER_THREAD convolution_scratch *thread_scratch = &first;
#else
PER_THREAD convolution_scratch scratch;
#endif
