// Programs and their runs: on the calling thread where the last run was short, else on a thread of the pool that Node
// keeps, so that the event loop goes on. A program is known by a small number: passing it allocates nothing.
#include "program.h"

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "memory.h"
#include "variant.h"

/** what run(program) answers when the program takes long: call start(program) instead */
enum { TAKES_LONG = -2 };

typedef struct {
  const tatami_program *program;
  const tatami_variant *variant;
  double longest;
  int32_t threads;
  /** of the last run; infinite before the first */
  double milliseconds;
} program;

/** the programs of one environment by number, with gaps */
typedef struct {
  program **programs;
  int32_t capacity;
} table;

typedef struct {
  program *program;
  int32_t result;
  napi_async_work work;
  napi_deferred deferred;
} pending_run;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static int32_t run(program *self) {
  double start = now();
  int32_t result = self->variant->run(self->program, self->threads);
  self->milliseconds = now() - start;
  return result;
}

static napi_value fail(napi_env env, const char *message) {
  napi_throw_error(env, 0, message);
  return 0;
}

static void free_table(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  table *all = data;
  for (int32_t i = 0; i < all->capacity; i++) free(all->programs[i]);
  free(all->programs);
  free(all);
}

static table *table_of(napi_env env) {
  table *all = 0;
  napi_get_instance_data(env, (void **)&all);
  if (all) return all;
  all = calloc(1, sizeof(table));
  if (all) napi_set_instance_data(env, all, free_table, 0);
  return all;
}

/** a free number, or -1 without memory */
static int32_t free_number(table *all) {
  for (int32_t i = 0; i < all->capacity; i++) {
    if (!all->programs[i]) return i;
  }
  int32_t capacity = all->capacity * 2 + 8;
  program **programs = realloc(all->programs, (size_t)capacity * sizeof(program *));
  if (!programs) return -1;
  for (int32_t i = all->capacity; i < capacity; i++) programs[i] = 0;
  int32_t number = all->capacity;
  all->programs = programs;
  all->capacity = capacity;
  return number;
}

/** the place in the table that a call's only argument names, or null */
static program **place_of(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  int32_t number = -1;
  table *all = table_of(env);
  napi_get_cb_info(env, info, &count, &argument, 0, 0);
  napi_get_value_int32(env, argument, &number);
  if (!all || number < 0 || number >= all->capacity || !all->programs[number]) return 0;
  return &all->programs[number];
}

/** load(words, variant, longest, threads): the number of a program; `words` must stay until it is unloaded */
napi_value tatami_load(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4], result;
  int32_t variant = 0;
  program *self = calloc(1, sizeof(program));
  table *all = table_of(env);
  int32_t number = all && self ? free_number(all) : -1;
  if (number < 0) {
    free(self);
    return fail(env, "internal: load: no memory for a program");
  }
  napi_get_cb_info(env, info, &count, arguments, 0, 0);
  self->program = tatami_data(env, arguments[0]);
  napi_get_value_int32(env, arguments[1], &variant);
  napi_get_value_double(env, arguments[2], &self->longest);
  napi_get_value_int32(env, arguments[3], &self->threads);
  self->variant = tatami_variants()[variant];
  self->milliseconds = __builtin_inf();
  all->programs[number] = self;
  napi_create_int32(env, number, &result);
  return result;
}

/** unload(program): none of its runs may be going on */
napi_value tatami_unload(napi_env env, napi_callback_info info) {
  program **place = place_of(env, info);
  if (!place) return fail(env, "internal: unload: no such program");
  free(*place);
  *place = 0;
  return 0;
}

/** run(program): -1, the number of the guard that stopped it, or -2 where it has not run because it takes long */
napi_value tatami_run_here(napi_env env, napi_callback_info info) {
  program **place = place_of(env, info);
  if (!place) return fail(env, "internal: run: no such program");
  program *self = *place;
  napi_value result;
  napi_create_int32(env, self->milliseconds > self->longest ? TAKES_LONG : run(self), &result);
  return result;
}

static void execute(napi_env env, void *data) {
  (void)env;
  pending_run *pending = data;
  pending->result = run(pending->program);
}

static void complete(napi_env env, napi_status status, void *data) {
  pending_run *pending = data;
  napi_value value;
  if (status == napi_ok) {
    napi_create_int32(env, pending->result, &value);
    napi_resolve_deferred(env, pending->deferred, value);
  }
  napi_delete_async_work(env, pending->work);
  free(pending);
}

/** start(program): a promise of what run(program) answers; only one run of a program at a time */
napi_value tatami_run_beside(napi_env env, napi_callback_info info) {
  program **place = place_of(env, info);
  pending_run *pending = place ? calloc(1, sizeof(pending_run)) : 0;
  if (!pending) return fail(env, "internal: start: no such program");
  napi_value promise, name;
  pending->program = *place;
  napi_create_string_utf8(env, "tatami", NAPI_AUTO_LENGTH, &name);
  napi_create_promise(env, &pending->deferred, &promise);
  napi_create_async_work(env, 0, name, execute, complete, pending, &pending->work);
  napi_queue_async_work(env, pending->work);
  return promise;
}
