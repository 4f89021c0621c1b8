// Runs recorded programs (record.mjs) under a compiler's sanitizers: each buffer in memory of its own and of exactly its
// size, on 1 to 8 threads, and twice at a time. Every run must leave the same bytes.
//   driver FILE [MOST]   MOST: after so many threads the system refuses to start more
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../packages/native/addon/threads.h"
#include "../run.h"

enum { ALIGNMENT = 64, MOST_THREADS = 8 };

static int32_t most_threads = MOST_THREADS;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);

/** the linker puts it in the place of the system's */
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  static int32_t started = 1;
  // only the team starts detached threads
  int detached = 0;
  if (attributes) pthread_attr_getdetachstate(attributes, &detached);
  if (detached == PTHREAD_CREATE_DETACHED && started++ >= most_threads) return EAGAIN;
  return __real_pthread_create(thread, attributes, run, argument);
}

static void fail(const char *message, int32_t record) {
  fprintf(stderr, "driver: program %d: %s\n", record, message);
  exit(1);
}

static void *allocate(size_t bytes) {
  void *memory = 0;
  if (posix_memalign(&memory, ALIGNMENT, bytes ? bytes : 1)) fail("out of memory", -1);
  return memory;
}

typedef struct {
  int32_t words, relatives, pointers, buffers;
  const int32_t *word, *relative;
  /** of each pointer to a buffer: its place among the words, the buffer and the offset in it */
  const int32_t *pointer;
  /** of each buffer: its bytes, then what they are */
  const int32_t *content;
} record;

/** takes a list with its length in front */
static const int32_t *take(const int32_t **file, int32_t *count, int32_t size) {
  *count = *(*file)++;
  const int32_t *list = *file;
  *file += *count * size;
  return list;
}

static record read_record(const int32_t **file) {
  record self;
  self.word = take(file, &self.words, 1);
  self.relative = take(file, &self.relatives, 1);
  self.pointer = take(file, &self.pointers, 3);
  self.buffers = *(*file)++;
  self.content = *file;
  for (int32_t i = 0; i < self.buffers; i++) *file += 1 + **file / 4;
  return self;
}

static void set_pointer(int32_t *word, const void *address) { memcpy(word, &address, sizeof address); }

/** Runs the program on copies of its buffers, which it returns. */
static char **run(const record *self, int32_t threads, int32_t *result) {
  char **buffers = allocate((size_t)self->buffers * sizeof(char *));
  const int32_t *content = self->content;
  for (int32_t i = 0; i < self->buffers; i++) {
    const size_t bytes = (size_t)*content++;
    buffers[i] = allocate(bytes);
    memcpy(buffers[i], content, bytes);
    content += bytes / 4;
  }
  int32_t *words = allocate((size_t)self->words * 4);
  memcpy(words, self->word, (size_t)self->words * 4);
  for (int32_t i = 0; i < self->relatives; i++) {
    int32_t *place = words + self->relative[i];
    set_pointer(place, (char *)words + *place);
  }
  for (int32_t i = 0; i < self->pointers; i++) {
    const int32_t *pointer = self->pointer + 3 * i;
    set_pointer(words + pointer[0], buffers[pointer[1]] + (uint32_t)pointer[2]);
  }
  *result = tatami_run((const tatami_program *)words, threads);
  free(words);
  return buffers;
}

static void release(const record *self, char **buffers) {
  for (int32_t i = 0; i < self->buffers; i++) free(buffers[i]);
  free(buffers);
}

static int same(const record *self, char **a, char **b) {
  const int32_t *content = self->content;
  for (int32_t i = 0; i < self->buffers; i++) {
    const size_t bytes = (size_t)*content;
    if (memcmp(a[i], b[i], bytes)) return 0;
    content += 1 + bytes / 4;
  }
  return 1;
}

typedef struct {
  const record *record;
  int32_t threads, result;
  char **buffers;
} job;

static void *run_job(void *data) {
  job *self = data;
  self->buffers = run(self->record, self->threads, &self->result);
  return 0;
}

static int32_t *read_file(const char *path) {
  FILE *stream = fopen(path, "rb");
  if (!stream) fail("no file", -1);
  fseek(stream, 0, SEEK_END);
  const size_t bytes = (size_t)ftell(stream);
  rewind(stream);
  int32_t *file = allocate(bytes);
  if (fread(file, 1, bytes, stream) != bytes) fail("the file cannot be read", -1);
  fclose(stream);
  return file;
}

int main(int count, char **values) {
  if (count < 2) fail("which file?", -1);
  if (count > 2) most_threads = atoi(values[2]);
  const int32_t threads = tatami_start_threads(MOST_THREADS, MOST_THREADS / 2);
  if (threads != most_threads) fail("the team is of another size", -1);
  int32_t *file = read_file(values[1]);
  const int32_t *next = file;
  const int32_t records = *next++;
  for (int32_t i = 0; i < records; i++) {
    const record self = read_record(&next);
    int32_t expected;
    char **alone = run(&self, 1, &expected);
    for (int32_t n = 2; n <= MOST_THREADS; n++) {
      // every other time beside a second run, which finds the team taken
      job jobs[2] = {{&self, n, 0, 0}, {&self, n / 2 + 1, 0, 0}};
      pthread_t beside;
      if (n % 2 == 0 && pthread_create(&beside, 0, run_job, &jobs[1])) fail("no second thread", i);
      run_job(&jobs[0]);
      if (n % 2 == 0) pthread_join(beside, 0);
      for (int32_t j = 0; j < 2 - n % 2; j++) {
        if (jobs[j].result != expected) fail("threads change which guard stops it", i);
        if (!same(&self, alone, jobs[j].buffers)) fail("threads change a bit", i);
        release(&self, jobs[j].buffers);
      }
    }
    release(&self, alone);
  }
  free(file);
  printf("%d programs on 1 to %d threads\n", records, threads);
  return 0;
}
