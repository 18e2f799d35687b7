/* What `kernels.c` offers to `im2col_cython.pyx`. */

#ifndef DASECV_KERNELS_H
#define DASECV_KERNELS_H

#include <stddef.h>

/* Sizes of a convolution, by the course's letters; out is (N, F, H_out, W_out). */
typedef struct {
    ptrdiff_t N, C, H, W, F, HH, WW, stride, pad, H_out, W_out;
} ConvSizes;

/* Sizes of a max pooling over planes of (H, W); planes = N * C. */
typedef struct {
    ptrdiff_t planes, H, W, height, width, stride, H_out, W_out;
} PoolSizes;

/* The kernels for one type of number at one level of vector instructions. Arrays are in C order and
 * of that type. Convolutions return 0, or -1 when memory ran out; a NULL dx is not computed. */
typedef struct {
    int (*conv_forward)(const void *x, const void *w, const void *b, void *out, const ConvSizes *);
    int (*conv_backward)(const void *dout, const void *x, const void *w, void *dx, void *dw,
                         void *db, const ConvSizes *);
    void (*max_pool_forward)(const void *x, void *out, const PoolSizes *);
    void (*max_pool_backward)(const void *dout, const void *x, void *dx, const PoolSizes *);
} Kernels;

typedef struct {
    const char *name;
    Kernels of_float, of_double;
} Level;

/* The level of that name ("avx512", "avx2", "base"), or the widest that runs on this processor when
 * `wanted` is NULL; NULL when the name is unknown or the level does not run here. */
const Level *choose_level(const char *wanted);

/* From now on, run on one thread: for a child process after fork. */
void stay_on_one_thread(void);

#endif
