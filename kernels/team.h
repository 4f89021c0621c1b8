// The team of threads that takes the lanes of a phase: see team.c.
#ifndef TATAMI_TEAM_H
#define TATAMI_TEAM_H

#include <stdint.h>

/** Runs one lane; any thread of the team may call it. */
typedef void tatami_lane_function(void *context, int32_t lane);

/**
 * Runs the lanes from `first` to `end` on at most `threads` threads, this one among them, and returns when all have ended.
 * Which thread runs which lane is chance.
 */
void tatami_team_run(tatami_lane_function *run, void *context, int32_t first, int32_t end, int32_t threads);

/** What a worker's thread does for ever; workers are numbered from 1 to 255 without gaps. */
void tatami_team_work(int32_t worker);

/**
 * Said once, before the first run.
 * @param cores with more threads than these, none waits by spinning
 * @param sleeps 0 where the running thread must not sleep: the main thread of a page
 */
void tatami_team_rules(int32_t cores, int32_t sleeps);

#endif
