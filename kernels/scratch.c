// The one working memory of a thread.
#include "scratch.h"

THREAD_LOCAL convolution_scratch scratch;
