// What kernels/wait.h asks of a host: a futex on Linux, elsewhere condition variables, one for many words.
#include "../../../kernels/wait.h"

#if defined(__linux__)

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void tatami_wait(_Atomic int32_t *word, int32_t value) { syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0); }

void tatami_wake(_Atomic int32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0); }

#else

#include <pthread.h>

/** words that fall together only wake each other for nothing */
enum { ROOMS = 64, WORD_BYTES = 64 };

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
} rooms[ROOMS] = {[0 ... ROOMS - 1] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER}};

static unsigned room_of(_Atomic int32_t *word) { return (uintptr_t)word / WORD_BYTES % ROOMS; }

void tatami_wait(_Atomic int32_t *word, int32_t value) {
  const unsigned room = room_of(word);
  pthread_mutex_lock(&rooms[room].mutex);
  if (atomic_load(word) == value) pthread_cond_wait(&rooms[room].changed, &rooms[room].mutex);
  pthread_mutex_unlock(&rooms[room].mutex);
}

void tatami_wake(_Atomic int32_t *word) {
  const unsigned room = room_of(word);
  pthread_mutex_lock(&rooms[room].mutex);
  pthread_cond_broadcast(&rooms[room].changed);
  pthread_mutex_unlock(&rooms[room].mutex);
}

#endif
