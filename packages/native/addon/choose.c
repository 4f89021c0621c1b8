// Which builds of the kernels run here. The compiler's own test asks the processor (CPUID) and whether the system keeps
// the wide registers (XCR0); this file itself is compiled for the oldest processor.
#include "variant.h"

#if defined(__x86_64__)

extern const tatami_variant tatami_variant_avx512, tatami_variant_avx2, tatami_variant_sse;

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

const tatami_variant *const *tatami_variants(void) {
  static const tatami_variant *const all[] = {
      &tatami_variant_avx512,
      &tatami_variant_avx2,
      &tatami_variant_sse,
      0,
  };
  __builtin_cpu_init();
  return has_avx512() ? all : has_avx2() ? all + 1 : all + 2;
}

#elif defined(__aarch64__)

extern const tatami_variant tatami_variant_neon;

const tatami_variant *const *tatami_variants(void) {
  static const tatami_variant *const all[] = {&tatami_variant_neon, 0};
  return all;
}

#else
#error "tatami: no kernels for this processor, only for x86-64 and aarch64"
#endif
