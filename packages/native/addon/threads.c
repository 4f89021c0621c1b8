// The team's threads. They belong to the process, not to an environment of Node: once started they stay, asleep while
// nothing runs, and end with the process. So the addon must stay loaded too (see build.mjs).
#include "threads.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../../kernels/team.h"

enum { STACK_BYTES = 1024 * 1024, ALIGNMENT = 64, GRAIN = 64 * 1024 };

static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;
static int32_t workers;

static void *work(void *worker) {
  tatami_team_work((int32_t)(intptr_t)worker);
  return 0;
}

static int start_worker(int32_t worker) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes)) return 0;
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  const int failed = pthread_create(&thread, &attributes, work, (void *)(intptr_t)worker);
  pthread_attr_destroy(&attributes);
  return !failed;
}

static pthread_key_t memory_key;
static pthread_once_t memory_once = PTHREAD_ONCE_INIT;

static void create_key(void) { pthread_key_create(&memory_key, free); }

// Several instruction sets may run on one thread, in turns, and want sizes that differ by a few bytes: one memory is for
// all of them, zero at first, and goes with the thread.
void *tatami_thread_memory(uint64_t bytes) {
  pthread_once(&memory_once, create_key);
  char *memory = pthread_getspecific(memory_key);
  if (!memory) {
    memory = calloc((bytes + ALIGNMENT) / GRAIN + 1, GRAIN);
    if (!memory) {
      fprintf(stderr, "tatami: no memory for a thread, got a request of %llu bytes\n", (unsigned long long)bytes);
      abort();
    }
    pthread_setspecific(memory_key, memory);
  }
  return memory + ALIGNMENT - (uintptr_t)memory % ALIGNMENT;
}

int32_t tatami_start_threads(int32_t threads, int32_t cores) {
  // signals are for the threads of Node
  sigset_t all, before;
  sigfillset(&all);
  pthread_mutex_lock(&starting);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  tatami_team_rules(cores, 1);
  while (workers + 1 < threads && start_worker(workers + 1)) workers++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  const int32_t all_threads = workers + 1;
  pthread_mutex_unlock(&starting);
  return all_threads < threads ? all_threads : threads;
}
