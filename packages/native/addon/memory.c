// Memory that programs work in, seen from JavaScript as ArrayBuffers. It is freed when JavaScript says so, which empties
// the ArrayBuffer, or else when that is collected or its environment ends.
#include "memory.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64 };
/**
 * From here on memory comes straight from the system: malloc puts small things into the holes that large ones leave, and
 * a process that computes with changing sizes would grow without end.
 */
enum { LARGE = 128 * 1024 };

/** outlives the memory: the finalizer of an emptied ArrayBuffer still comes */
typedef struct {
  void *memory;
  size_t bytes;
} block;

static block **block_of(void *data) { return (block **)((char *)data - ALIGNMENT); }

/** a block of at least `bytes` bytes, or null */
static block *create_block(size_t bytes) {
  block *self = malloc(sizeof(block));
  if (!self) return 0;
  self->bytes = bytes;
  if (bytes >= LARGE) {
    self->memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (self->memory != MAP_FAILED) return self;
  } else if (posix_memalign(&self->memory, ALIGNMENT, bytes) == 0) {
    return self;
  }
  free(self);
  return 0;
}

static void free_memory(block *self) {
  if (self->memory && self->bytes >= LARGE) munmap(self->memory, self->bytes);
  else free(self->memory);
  self->memory = 0;
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env, (void)data;
  free_memory(hint);
  free(hint);
}

/** allocate(bytes): an ArrayBuffer whose address is a multiple of 64, or null where there is not enough memory */
napi_value tatami_allocate(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, result;
  double bytes = 0;
  napi_get_cb_info(env, info, &count, &argument, 0, 0);
  napi_get_value_double(env, argument, &bytes);
  napi_get_null(env, &result);
  if (!(bytes >= 0 && bytes < 0x1p47)) return result;

  block *self = create_block(ALIGNMENT + (size_t)bytes);
  if (!self) return result;
  // the block's address stands in front of what is handed out
  void *data = (char *)self->memory + ALIGNMENT;
  *block_of(data) = self;
  napi_value buffer;
  napi_status status = napi_create_external_arraybuffer(env, data, (size_t)bytes, finalize, self, &buffer);
  if (status == napi_ok) return buffer;
  // after any other failure the finalizer has been called
  if (status == napi_no_external_buffers_allowed) finalize(env, data, self);
  return result;
}

void *tatami_data(napi_env env, napi_value buffer) {
  void *data = 0;
  size_t bytes;
  napi_get_arraybuffer_info(env, buffer, &data, &bytes);
  return data;
}

/** address(buffer): a number, which holds every address of today's processors exactly */
napi_value tatami_address(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, result;
  napi_get_cb_info(env, info, &count, &argument, 0, 0);
  napi_create_double(env, (double)(uintptr_t)tatami_data(env, argument), &result);
  return result;
}

/** release(buffer): empties the ArrayBuffer and frees its memory */
napi_value tatami_release(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, 0, 0);
  void *data = tatami_data(env, argument);
  if (!data) return 0;
  block *self = *block_of(data);
  if (napi_detach_arraybuffer(env, argument) != napi_ok) return 0;
  free_memory(self);
  return 0;
}
