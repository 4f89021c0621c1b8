// Starting the threads of the team: see threads.c.
#ifndef TATAMI_THREADS_H
#define TATAMI_THREADS_H

#include <stdint.h>

/**
 * Sees to it that the team is of `threads` threads, the calling one among them.
 * @param cores how many of them run at the same time
 * @returns how many there are: fewer where the system refuses more
 */
int32_t tatami_start_threads(int32_t threads, int32_t cores);

#endif
