// Programs and their runs: see program.c.
#ifndef TATAMI_PROGRAM_H
#define TATAMI_PROGRAM_H

#include <node_api.h>

napi_value tatami_load(napi_env env, napi_callback_info info);
napi_value tatami_unload(napi_env env, napi_callback_info info);
napi_value tatami_run_here(napi_env env, napi_callback_info info);
napi_value tatami_run_beside(napi_env env, napi_callback_info info);

#endif
