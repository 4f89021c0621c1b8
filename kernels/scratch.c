// The one working memory of a thread.
#include "scratch.h"

PER_THREAD convolution_scratch scratch;
