// What the addon shows to JavaScript; the types stand in src/addon.ts. It trusts its only caller, src/backend.ts.
#include <node_api.h>
#include <stdint.h>
#include <time.h>

#include "../../../kernels/generated/kernel-table.h"
#include "memory.h"
#include "program.h"
#include "threads.h"
#include "variant.h"

// Found in the file before it is loaded: a file without it is something else or was built for another kernel table.
__attribute__((used)) static const char mark[] = "tatamijs-native " TATAMI_TABLE_DIGEST;

/** variants(): names of the instruction sets that run here, the fastest first */
static napi_value variants(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value names, name;
  napi_create_array(env, &names);
  for (uint32_t i = 0; tatami_variants()[i]; i++) {
    napi_create_string_utf8(env, tatami_variants()[i]->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, i, name);
  }
  return names;
}

/** multiply-adds of tatami_peak that one iteration makes for each lane */
enum { PEAK_CHAINS = 12 };

/** peak(variant, iterations): FLOP a second of multiply-adds in registers, on this thread */
static napi_value peak(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2], result;
  int32_t number = 0, iterations = 0;
  napi_get_cb_info(env, info, &count, arguments, 0, 0);
  napi_get_value_int32(env, arguments[0], &number);
  napi_get_value_int32(env, arguments[1], &iterations);
  const tatami_variant *variant = tatami_variants()[number];
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  volatile float kept = variant->peak(iterations);
  (void)kept;
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
  napi_create_double(env, 2.0 * PEAK_CHAINS * variant->lanes * iterations / seconds, &result);
  return result;
}

/** threads(wanted, cores): how many threads the team can give a run, which may be fewer */
static napi_value threads(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2], result;
  int32_t wanted = 1, cores = 1;
  napi_get_cb_info(env, info, &count, arguments, 0, 0);
  napi_get_value_int32(env, arguments[0], &wanted);
  napi_get_value_int32(env, arguments[1], &cores);
  napi_create_int32(env, tatami_start_threads(wanted, cores), &result);
  return result;
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback function;
  } functions[] = {
      {"variants", variants},
      {"peak", peak},
      {"threads", threads},
      {"allocate", tatami_allocate},
      {"address", tatami_address},
      {"release", tatami_release},
      {"load", tatami_load},
      {"unload", tatami_unload},
      {"run", tatami_run_here},
      {"start", tatami_run_beside},
  };
  napi_value value;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, 0, &value);
    napi_set_named_property(env, exports, functions[i].name, value);
  }
  napi_create_string_utf8(env, mark, NAPI_AUTO_LENGTH, &value);
  napi_set_named_property(env, exports, "mark", value);
  return exports;
}
