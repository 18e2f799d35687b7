/* Generated from daseCV/kernels.c by "dasecv release". */
/* Convolution and max pooling in C: what each kernel computes, and how it is shared out.
 *
 * `kernels_template.h` holds the arithmetic once, for any type and vector width. This file includes
 * it for float and double at each level of vector instructions, and runs it over the images of a
 * batch, on several threads where OpenMP is there. Nothing here knows Python.
 *
 * Convolution is direct: no matrix of windows (im2col) is ever built. One image is copied into a
 * buffer that has its zeros around it and that fits the cache; then blocks of FILTERS filters times
 * PLACES vectors of output pixels are summed up in registers. Per tap (c, k, l) that is PLACES loads
 * and FILTERS broadcasts for FILTERS * PLACES multiply-adds, so arithmetic is the limit, not memory.
 */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#ifdef _OPENMP
#include <omp.h>
#define THREADS omp_get_max_threads()
#define THREAD omp_get_thread_num()
#else
#define THREADS 1
#define THREAD 0
#endif

/* Below this many multiply-adds one thread is done before others have started; and on a shared
 * processor it waits for none. A number that is only read and compared counts for sixteen. */
#define WORTH_THREADS 2000000

#define FILTERS 4
#define JOIN(a, b) a##_##b
#define JOINED(a, b) JOIN(a, b)
#define NAME(function) JOINED(JOINED(function, TYPE), LEVEL)

#define KERNELS(suffix)                                                               \
    {conv_forward_##suffix, conv_backward_##suffix, max_pool_forward_##suffix, max_pool_backward_##suffix}

static ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

/* A child forked after a parallel region would wait for ever for threads that only the parent has. */
static int forked = 0;

void stay_on_one_thread(void) { forked = 1; }

static int worth_threads(double work) { return !forked && work > WORTH_THREADS; }

static double conv_work(const ConvSizes *z) {
    return (double)z->N * z->F * z->H_out * z->W_out * z->C * z->HH * z->WW;
}

static double pool_work(const PoolSizes *z) { return 16.0 * z->planes * z->H * z->W; }

/* One stride-1 or strided correlation of an image with filters, and where its output goes. */
typedef struct {
    ptrdiff_t channels, height, width; /* of the input image */
    ptrdiff_t top, left;               /* zeros before its first row and column; negative: cut */
    ptrdiff_t stride;
    ptrdiff_t filters, filter_height, filter_width;
    ptrdiff_t rows, columns;                          /* of the output */
    ptrdiff_t filter_step, row_step, column_step;     /* in the output array, in elements */
} Correlation;

#if defined(__x86_64__) || defined(__i386__)
#define LEVEL avx512
#define VECTOR_BYTES 64
#define PLACES 6
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma,avx2")))
#include "kernels_levels.h"

#define LEVEL avx2
#define VECTOR_BYTES 32
#define PLACES 3
#define TARGET __attribute__((target("avx2,fma")))
#include "kernels_levels.h"
#endif

/* SSE2 on x86-64, NEON on arm64, and whatever the compiler makes of it elsewhere. */
#define LEVEL base
#define VECTOR_BYTES 16
#if defined(__aarch64__)
#define PLACES 6
#else
#define PLACES 2
#endif
#define TARGET
#include "kernels_levels.h"

static const Level levels[] = {
#if defined(__x86_64__) || defined(__i386__)
    {"avx512", KERNELS(float_avx512), KERNELS(double_avx512)},
    {"avx2", KERNELS(float_avx2), KERNELS(double_avx2)},
#endif
    {"base", KERNELS(float_base), KERNELS(double_base)},
};

static int runs_here(const char *level) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
    if (!strcmp(level, "avx512"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
    if (!strcmp(level, "avx2"))
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return !strcmp(level, "base");
}

const Level *choose_level(const char *wanted) {
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if ((!wanted || !strcmp(wanted, levels[i].name)) && runs_here(levels[i].name))
            return &levels[i];
    return NULL;
}
