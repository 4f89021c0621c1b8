// Memory that programs work in: see memory.c.
#ifndef TATAMI_MEMORY_H
#define TATAMI_MEMORY_H

#include <node_api.h>
#include <stdint.h>

napi_value tatami_allocate(napi_env env, napi_callback_info info);
napi_value tatami_address(napi_env env, napi_callback_info info);
napi_value tatami_release(napi_env env, napi_callback_info info);

/** where the ArrayBuffer's memory lies; null for one that is empty or released */
void *tatami_data(napi_env env, napi_value buffer);

#endif
