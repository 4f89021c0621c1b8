// One team of threads for a whole process or WebAssembly memory. A running thread offers lanes, takes some itself and
// waits for the rest, so that a team of any size, or of nobody, gets them done. Starting threads is the host's business.
#include "team.h"

#if !defined(__wasm__) || defined(__wasm_atomics__)

#include <stdatomic.h>

#include "wait.h"

enum { MOST_THREADS = 256 };

/** looks before a thread goes to sleep: natively some 100 µs, as long as waking one takes on virtual cores; in WebAssembly 30 */
#if defined(__wasm__)
enum { SPINS = 15000 };
#else
enum { SPINS = 6000 };
#endif

/** an offer: how many workers it is for, above the number of lanes that nobody has taken */
enum { WORKER_SHIFT = 24, LANE_MASK = (1 << WORKER_SHIFT) - 1 };

static struct {
  /** who has set it offers lanes; another runs its lanes alone meanwhile, which gives the same bits and never waits */
  _Alignas(64) atomic_flag taken;
  tatami_lane_function *run;
  void *context;
  int32_t end;
  _Alignas(64) _Atomic uint32_t offer;
  _Alignas(64) _Atomic int32_t unfinished;
  /** whether the thread that made the offer sleeps */
  _Atomic int32_t runnerSleeps;
  _Alignas(64) _Atomic int32_t spins;
  _Atomic int32_t cores;
  _Atomic int32_t mustSpin;
} team = {.taken = ATOMIC_FLAG_INIT};

/** of each worker: whether it sleeps; each in a cache line of its own */
static struct {
  _Alignas(64) _Atomic int32_t sleeps;
} workers[MOST_THREADS];

static int32_t lanes_left(uint32_t offer) { return (int32_t)(offer & LANE_MASK); }

static int is_for(uint32_t offer, int32_t worker) {
  return lanes_left(offer) > 0 && worker <= (int32_t)(offer >> WORKER_SHIFT);
}

/**
 * Takes one of the lanes offered: how many were left, or 0. Whose exchange succeeds has a lane of the offer that stands,
 * be it another than it saw first; until that lane has ended, the offer's fields stay.
 */
static int32_t take_lane(int32_t worker) {
  uint32_t offer = atomic_load_explicit(&team.offer, memory_order_relaxed);
  while (is_for(offer, worker)) {
    if (atomic_compare_exchange_weak_explicit(&team.offer, &offer, offer - 1, memory_order_acquire,
                                              memory_order_relaxed)) {
      return lanes_left(offer);
    }
  }
  return 0;
}

static void run_lanes(int32_t worker) {
  for (int32_t left = take_lane(worker); left > 0; left = take_lane(worker)) {
    team.run(team.context, team.end - left);
    // either the runner, about to sleep, sees the last lane ended, or the last one to end sees it sleep
    if (atomic_fetch_sub(&team.unfinished, 1) == 1 && atomic_load(&team.runnerSleeps)) tatami_wake(&team.unfinished);
  }
}

static void wait_for_all(void) {
  const int mustSpin = atomic_load_explicit(&team.mustSpin, memory_order_relaxed);
  const int32_t spins = atomic_load_explicit(&team.spins, memory_order_relaxed);
  for (int32_t spin = 0; mustSpin || spin < spins; spin++) {
    if (atomic_load_explicit(&team.unfinished, memory_order_acquire) == 0) return;
    pause_briefly();
  }
  atomic_store(&team.runnerSleeps, 1);
  for (int32_t left = atomic_load(&team.unfinished); left > 0; left = atomic_load(&team.unfinished)) {
    tatami_wait(&team.unfinished, left);
  }
  atomic_store_explicit(&team.runnerSleeps, 0, memory_order_relaxed);
}

void tatami_team_run(tatami_lane_function *run, void *context, int32_t first, int32_t end, int32_t threads) {
  const int32_t lanes = end - first;
  const int32_t helpers = (threads < lanes ? threads : lanes) - 1;
  if (helpers < 1 || lanes > LANE_MASK || atomic_flag_test_and_set_explicit(&team.taken, memory_order_acquire)) {
    for (int32_t lane = first; lane < end; lane++) run(context, lane);
    return;
  }
  const int32_t cores = atomic_load_explicit(&team.cores, memory_order_relaxed);
  atomic_store_explicit(&team.spins, threads > cores ? 0 : SPINS, memory_order_relaxed);
  team.run = run;
  team.context = context;
  team.end = end;
  atomic_store_explicit(&team.unfinished, lanes, memory_order_relaxed);
  atomic_store(&team.offer, (uint32_t)helpers << WORKER_SHIFT | (uint32_t)lanes);
  for (int32_t worker = 1; worker <= helpers; worker++) {
    if (atomic_load(&workers[worker].sleeps) && atomic_exchange(&workers[worker].sleeps, 0)) {
      tatami_wake(&workers[worker].sleeps);
    }
  }
  run_lanes(0);
  wait_for_all();
  atomic_flag_clear_explicit(&team.taken, memory_order_release);
}

static int has_offer(int32_t worker) {
  const int32_t spins = atomic_load_explicit(&team.spins, memory_order_relaxed);
  for (int32_t spin = 0; spin < spins; spin++) {
    if (is_for(atomic_load_explicit(&team.offer, memory_order_relaxed), worker)) return 1;
    pause_briefly();
  }
  return 0;
}

static void sleep_until_woken(int32_t worker) {
  _Atomic int32_t *sleeps = &workers[worker].sleeps;
  atomic_store(sleeps, 1);
  // either this sees the offer or who makes it sees the sleeper
  if (is_for(atomic_load(&team.offer), worker)) atomic_store(sleeps, 0);
  while (atomic_load(sleeps)) tatami_wait(sleeps, 1);
}

void tatami_team_work(int32_t worker) {
  for (;;) {
    run_lanes(worker);
    if (!has_offer(worker)) sleep_until_woken(worker);
  }
}

void tatami_team_rules(int32_t cores, int32_t sleeps) {
  atomic_store_explicit(&team.cores, cores, memory_order_relaxed);
  atomic_store_explicit(&team.mustSpin, !sleeps, memory_order_relaxed);
}

#else

void tatami_team_run(tatami_lane_function *run, void *context, int32_t first, int32_t end, int32_t threads) {
  (void)threads;
  for (int32_t lane = first; lane < end; lane++) run(context, lane);
}

#endif
